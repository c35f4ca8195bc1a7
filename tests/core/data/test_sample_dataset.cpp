#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/base/scratch_folder.h"
#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/image/image_io.h"
#include "core/data/sample/sample_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

using namespace thaw;
namespace fs = std::filesystem;

namespace {

/// Files below a folder, with what they hold.
std::map<std::string, std::string> contents(const fs::path& folder)
{
    std::map<std::string, std::string> files;
    for (const auto& item : fs::recursive_directory_iterator(folder)) {
        if (item.is_regular_file()) {
            files[item.path().lexically_relative(folder).string()] = readTextFile(item.path(), 1 << 20);
        }
    }
    return files;
}

/// How many pixels differ from the picture's corner by more than its noise.
double coveredShare(const RgbImage& image)
{
    std::size_t covered = 0;
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        int far = 0;
        for (std::size_t c = 0; c < 3; ++c) {
            far = std::max(far, std::abs(int(image.pixels[i + c]) - int(image.pixels[c])));
        }
        // The noise is ±8 on either pixel; the colours are 120 apart, so 69 in one channel at least.
        covered += far > 32 ? 1 : 0;
    }
    return double(covered) * 3 / double(image.pixels.size());
}

} // namespace

class TestSampleDataset : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        test::isolateUserFolders(m_folder->path());
        // Nothing on the network: the public address is skipped, and apt-get is not to be found.
        qputenv("THAW_OFFLINE", "1");
        m_path = qgetenv("PATH");
        qputenv("PATH", m_folder->path().c_str());
    }

    void cleanup()
    {
        qputenv("PATH", m_path);
        m_folder.reset();
    }

    void generatedFoldersScanAsTwoClasses()
    {
        generateSampleDataset(*m_folder / "made", 12, 64, 3);
        const auto index = scanDataset(*m_folder / "made", {});
        QVERIFY(index.has_value());
        QCOMPARE(index->classes, (std::vector<std::string>{"discs", "squares"}));
        QCOMPARE(index->samples.size(), std::size_t(24));
        for (const Problem& problem : index->problems) {
            // The training share of so few pictures is under ten a class, which the scan points out.
            QVERIFY2(problem.code == ProblemCode::FewSamples, problem.message.c_str());
        }
        const RgbImage image = loadImage(*m_folder / "made" / "discs/discs_001.png");
        QCOMPARE(image.width, 64);
        QCOMPARE(image.height, 64);
    }

    void generatesJpegsWhereAskedFor()
    {
        generateSampleDataset(*m_folder / "made", 2, 64, 3, SampleFormat::Jpeg);
        const fs::path file = *m_folder / "made" / "squares/squares_002.jpg";
        QCOMPARE(probeImage(readFile(file, 1 << 20), file).format, ImageFormat::Jpeg);
        QCOMPARE(loadImage(file).width, 64);
    }

    void generatedPicturesDifferAndRepeat()
    {
        generateSampleDataset(*m_folder / "a", 5, 32, 7);
        generateSampleDataset(*m_folder / "b", 5, 32, 7);
        generateSampleDataset(*m_folder / "c", 5, 32, 8);
        const auto first = contents(*m_folder / "a");
        QCOMPARE(first, contents(*m_folder / "b"));
        QVERIFY(first != contents(*m_folder / "c"));
        std::set<std::string> distinct;
        for (const auto& [name, bytes] : first) {
            distinct.insert(bytes);
        }
        QCOMPARE(distinct.size(), std::size_t(10));
    }

    void shapesOfBothClassesCoverTheSameArea()
    {
        constexpr int count = 20;
        generateSampleDataset(*m_folder / "made", count, 48, 5);
        double share[2] = {0, 0};
        for (int label = 0; label < 2; ++label) {
            for (const auto& item :
                 fs::directory_iterator(*m_folder / "made" / (label == 0 ? "discs" : "squares"))) {
                const double covered = coveredShare(loadImage(item.path()));
                // Radii lie in 0.15–0.28 of the side: 7 % to 25 % of the picture, a pixel's edge allowed.
                QVERIFY2(covered > 0.055 && covered < 0.28, qPrintable(QString::number(covered)));
                share[label] += covered / count;
            }
        }
        // The shares spread by 0.05 each, so the means of 40 by 0.008; the difference by 0.012: three of
        // those.
        QVERIFY2(std::abs(share[0] - share[1]) < 0.048,
                 qPrintable(QString("%1 %2").arg(share[0]).arg(share[1])));
    }

    void obtainFallsBackToDrawnPicturesAndSaysSo()
    {
        const fs::path samples = dataFolder() / "samples";
        fs::create_directories(samples);
        const ScratchFolder ofAnother(samples, ".partial-");
        fs::create_directories(samples / ".partial-killed");
        writeFileAtomically(samples / ".partial-killed" / "half.zip", "x");
        const fs::path called = *m_folder / "called";
        for (const char* program : {"apt-get", "dpkg-deb", "python3", "curl"}) {
            writeFileAtomically(*m_folder / program, "#!/bin/sh\ntouch '" + called.string() + "'\n");
            fs::permissions(*m_folder / program, fs::perms::owner_all);
        }

        std::vector<std::string> said;
        const auto sample =
            obtainSampleDataset({[&said](const std::string& text) { said.push_back(text); }, {}});
        QVERIFY(sample.has_value());
        QCOMPARE(sample->source, SampleSource::Generated);
        QCOMPARE(sample->folder.parent_path(), samples);
        QVERIFY(sample->note.find("proves nothing") != std::string::npos ||
                sample->note.find("prove nothing") != std::string::npos);
        const auto isAbout = [&said](const char* word) {
            return std::any_of(said.begin(), said.end(), [word](const std::string& text) {
                return text.find(word) != std::string::npos;
            });
        };
        QVERIFY(isAbout("THAW_OFFLINE=1"));
        QVERIFY(!isAbout("Fetching photographs"));
        QVERIFY(!fs::exists(called));
        QVERIFY(isAbout("Drawing"));
        QVERIFY(!isAbout("https://"));

        const auto index = scanDataset(sample->folder, {});
        QVERIFY(index.has_value());
        QCOMPARE(index->samples.size(), std::size_t(120));
        QVERIFY(index->problems.empty());
        // Of what lies beside it, only what is in use stays.
        QVERIFY(!fs::exists(samples / ".partial-killed"));
        QVERIFY(fs::exists(ofAnother.path()));
        QCOMPARE(std::distance(fs::directory_iterator(samples), fs::directory_iterator()), std::ptrdiff_t(2));

        writeFileAtomically(sample->folder / "mark.txt", "untouched");
        said.clear();
        const auto again =
            obtainSampleDataset({[&said](const std::string& text) { said.push_back(text); }, {}});
        QVERIFY(again.has_value());
        QCOMPARE(again->folder, sample->folder);
        QCOMPARE(again->note, sample->note);
        QVERIFY(said.empty());
        QCOMPARE(readTextFile(sample->folder / "mark.txt", 100), std::string("untouched"));
    }

    void cachedPhotographsGoBeforeDrawnPictures()
    {
        QVERIFY(obtainSampleDataset().has_value());
        const fs::path photographs = dataFolder() / "samples/cats_and_dogs";
        fs::create_directories(photographs);
        writeFileAtomically(photographs / ".thaw-sample.json",
                            R"({"version": 1, "source": "cats_and_dogs"})");
        const auto sample = obtainSampleDataset();
        QVERIFY(sample.has_value());
        QCOMPARE(sample->source, SampleSource::CatsAndDogs);
        QCOMPARE(sample->folder, photographs);
    }

    void aFolderWithoutAWholeNoteIsNeitherUsedNorOverwritten()
    {
        const fs::path place = dataFolder() / "samples/discs_and_squares";
        fs::create_directories(place);
        writeFileAtomically(place / "mine.png", "somebody's");
        writeFileAtomically(place / ".thaw-sample.json", "{\"source\": ");
        try {
            obtainSampleDataset();
            QFAIL("a folder in the way must be told");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::WriteFailed);
            QCOMPARE(error.path(), place);
        }
        QCOMPARE(readTextFile(place / "mine.png", 100), std::string("somebody's"));
        QCOMPARE(std::distance(fs::directory_iterator(dataFolder() / "samples"), fs::directory_iterator()),
                 std::ptrdiff_t(1));
    }

    void aStopLeavesNothing()
    {
        std::stop_source source;
        const SampleObserver observer{[&source](const std::string&) { source.request_stop(); }, {}};
        QVERIFY(!obtainSampleDataset(observer, source.get_token()).has_value());
        QVERIFY(fs::is_empty(dataFolder() / "samples"));
    }

private:
    std::unique_ptr<test::TemporaryFolder> m_folder;
    QByteArray m_path;
};

THAW_TEST(TestSampleDataset)
#include "test_sample_dataset.moc"
