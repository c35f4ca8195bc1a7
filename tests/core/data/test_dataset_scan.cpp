#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/dataset/folder_walk.h"
#include "core/data/dataset/trainable.h"
#include "core/data/image/image_io.h"
#include "tests/core/data/made_pictures.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QProcess>
#include <QTest>

#include <algorithm>
#include <fcntl.h>
#include <iterator>
#include <pthread.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace thaw;

namespace {

/// `count` different pictures; `seed` keeps folders apart.
void writePictures(const std::filesystem::path& folder, int count, int seed = 0)
{
    std::filesystem::create_directories(folder);
    for (int i = 0; i < count; ++i) {
        RgbImage image = test::gradient(8, 8);
        image.pixels[0] = static_cast<std::uint8_t>(i);
        image.pixels[1] = static_cast<std::uint8_t>(seed);
        const std::string number = std::to_string(100 + i);
        test::writeBytes(folder / ("p" + number + ".png"), test::pngOf(image));
    }
}

DatasetIndex scan(const std::filesystem::path& root, const ScanOptions& options = {})
{
    return scanDataset(root, options).value();
}

std::vector<std::string> pathsOf(const DatasetIndex& index)
{
    std::vector<std::string> paths;
    for (const Sample& sample : index.samples) {
        paths.push_back(sample.path);
    }
    return paths;
}

std::vector<std::string> pathsWith(const DatasetIndex& index, ProblemCode code)
{
    std::vector<std::string> paths;
    for (const Problem& problem : index.problems) {
        if (problem.code == code) {
            paths.push_back(problem.path);
        }
    }
    return paths;
}

std::optional<ErrorCode> scanError(const std::filesystem::path& root)
{
    return test::codeOf([&] { scan(root); });
}

using Paths = std::vector<std::string>;
using Counts = std::vector<std::size_t>;

} // namespace

class TestDatasetScan : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { initialiseImageLibrary(); }

    void classFoldersAreSplitByTheSeed()
    {
        test::TemporaryFolder root;
        writePictures(root / "dog", 20, 1);
        writePictures(root / "cat", 10, 2);
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.layout, DatasetLayout::ClassFolders);
        QCOMPARE(index.classes, (Paths{"cat", "dog"}));
        QCOMPARE(index.countsOf(Split::Train), (Counts{6, 12}));
        QCOMPARE(index.countsOf(Split::Validation), (Counts{2, 4}));
        QCOMPARE(index.countsOf(Split::Test), (Counts{2, 4}));
        QVERIFY(index.checked);
        const auto paths = pathsOf(index);
        QVERIFY(std::is_sorted(paths.begin(), paths.end()));
        const Sample& first = index.samples.front();
        QCOMPARE(first.path, std::string("cat/p100.png"));
        QCOMPARE(first.width, 8);
        QCOMPARE(first.contentHash.size(), std::size_t(64));
        QCOMPARE(first.byteSize, std::filesystem::file_size(index.pathOf(first)));
        ScanOptions other;
        other.shares.seed = 1;
        QVERIFY(scan(root.path(), other).samples != index.samples);
    }

    void theTestStaysWhateverIsSetAsideForValidation()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 13, 1);
        writePictures(root / "b", 4, 2);
        ScanOptions more;
        more.shares.validation = 0.5;
        const DatasetIndex index = scan(root.path());
        const DatasetIndex other = scan(root.path(), more);
        QVERIFY(index.countsOf(Split::Validation) != other.countsOf(Split::Validation));
        QCOMPARE(index.indicesOf(Split::Test), other.indicesOf(Split::Test));
    }

    void assignedPicturesKeepTheirSplit()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 10, 1);
        writePictures(root / "b", 10, 2);
        ScanOptions options;
        for (const Sample& sample : scan(root.path()).samples) {
            options.assigned[sample.path] = sample.split;
        }
        const auto before = options.assigned;
        options.assigned["a/gone.png"] = Split::Test;
        options.shares.seed = 77; // of those that came after alone
        std::filesystem::remove(root / "b/p100.png");
        writePictures(root / "a/new", 5, 3);
        const DatasetIndex index = scan(root.path(), options);
        QCOMPARE(index.samples.size(), std::size_t(24));
        std::array<int, 3> dealt{};
        for (const Sample& sample : index.samples) {
            if (const auto found = before.find(sample.path); found != before.end()) {
                QCOMPARE(sample.split, found->second);
            } else {
                ++dealt[static_cast<std::size_t>(sample.split)];
            }
        }
        QCOMPARE(dealt, (std::array<int, 3>{3, 1, 1}));
    }

    void assignedPicturesKeepTheirSplitAgainstTheFolders()
    {
        test::TemporaryFolder root;
        for (const char* label : {"a", "b"}) {
            writePictures(root.path() / "train" / label, 5, label[0]);
            writePictures(root.path() / "test" / label, 1, label[0] + 10);
        }
        // As of a run that was told to set nothing aside for validation: none is taken from these now.
        ScanOptions options;
        for (const Sample& sample : scan(root.path()).samples) {
            options.assigned[sample.path] = sample.split == Split::Test ? Split::Test : Split::Train;
        }
        const DatasetIndex index = scan(root.path(), options);
        QCOMPARE(index.countsOf(Split::Train), (Counts{5, 5}));
        options.assigned["train/a/p100.png"] = Split::Validation;
        QCOMPARE(scan(root.path(), options).countsOf(Split::Validation), (Counts{1, 0}));
    }

    void splitFoldersAreTakenAsTheyAre()
    {
        test::TemporaryFolder root;
        for (const char* label : {"a", "b"}) {
            writePictures(root.path() / "Train" / label, 12, label[0]);
            writePictures(root.path() / "valid" / label, 3, label[0] + 10);
        }
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.layout, DatasetLayout::SplitFolders);
        QCOMPARE(index.countsOf(Split::Train), (Counts{12, 12}));
        QCOMPARE(index.countsOf(Split::Validation), (Counts{3, 3}));
        QCOMPARE(index.countsOf(Split::Test), (Counts{0, 0}));
        QCOMPARE(index.problems.size(),
                 std::size_t(1)); // the result is measured on what chose the best epoch
        QCOMPARE(index.problems[0].code, ProblemCode::NoTest);
        QCOMPARE(index.problems[0].severity, ProblemSeverity::Info);
    }

    void aMissingValidationSplitIsTakenFromTrain()
    {
        test::TemporaryFolder root;
        for (const char* label : {"a", "b"}) {
            writePictures(root.path() / "train" / label, 20, label[0]);
            writePictures(root.path() / "test" / label, 4, label[0] + 10);
        }
        const DatasetIndex both = scan(root.path());
        QCOMPARE(both.countsOf(Split::Train), (Counts{16, 16}));
        QCOMPARE(both.countsOf(Split::Validation), (Counts{4, 4}));
        QCOMPARE(both.countsOf(Split::Test), (Counts{4, 4}));
        std::filesystem::remove_all(root / "test");
        const DatasetIndex trainOnly = scan(root.path());
        QCOMPARE(trainOnly.countsOf(Split::Train), (Counts{12, 12}));
        QCOMPARE(trainOnly.countsOf(Split::Validation), (Counts{4, 4}));
        QCOMPARE(trainOnly.countsOf(Split::Test), (Counts{4, 4}));
    }

    void aTestFolderAloneCanBeEvaluated()
    {
        test::TemporaryFolder root;
        writePictures(root.path() / "test" / "a", 3, 1);
        writePictures(root.path() / "test" / "b", 3, 2);
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.countsOf(Split::Test), (Counts{3, 3}));
        QCOMPARE(pathsWith(index, ProblemCode::NotTrained).size(), std::size_t(1));
    }

    void depthLitterAndStrays()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 2, 1);
        writePictures(root.path() / "a" / "deep" / "er", 2, 2);
        writePictures(root / "b", 2, 3);
        writePictures(root / ".hidden", 2, 4);
        writePictures(root / "__MACOSX", 2, 5);
        writePictures(root.path(), 1, 6);
        for (const char* name : {"a/Thumbs.db", "a/.p.png", "b/notes.txt", "b/desktop.ini", "readme.md"}) {
            test::writeBytes(root / name, test::bytesOf("litter"));
        }
        test::writeBytes(root / "b/scan.pdf", test::bytesOf("%PDF-1.4"));
        test::writeBytes(root / "b/raw.CR2", test::bytesOf("II*"));
        const DatasetIndex index = scan(root.path());
        QCOMPARE(pathsOf(index), (Paths{"a/deep/er/p100.png", "a/deep/er/p101.png", "a/p100.png",
                                        "a/p101.png", "b/p100.png", "b/p101.png"}));
        QCOMPARE(pathsWith(index, ProblemCode::Unlisted), (Paths{"p100.png"}));
        QCOMPARE(pathsWith(index, ProblemCode::Unreadable), (Paths{"b/scan.pdf"}));
        QCOMPARE(pathsWith(index, ProblemCode::FormatUnsupported), (Paths{"b/raw.CR2"}));
        QCOMPARE(index.unreadableCount(), std::size_t(2));
        const auto litter = std::ranges::find(index.problems, ProblemCode::Unrecognised, &Problem::code);
        QVERIFY(litter != index.problems.end());
        QCOMPARE(litter->severity, ProblemSeverity::Info);
        QVERIFY2(litter->message.starts_with("4 other files"),
                 litter->message.c_str()); // readme.md has no class
    }

    void filesWithoutAKnownEndingAreLookedInto()
    {
        test::TemporaryFolder root;
        writePictures(root / "cat", 4, 1);
        const char* endings[] = {"", ".jpg_large", ".jpg!d", ".PNG.1", ".png ", ".", ".0"};
        for (int i = 0; i < 7; ++i) {
            const std::string name = "p" + std::to_string(i) + endings[i];
            test::writeBytes(root / "dog" / name, test::pngOf(test::gradient(20 + i, 20)));
        }
        test::writeBytes(root / "dog/jpeg", test::waveJpeg(32, 32));
        for (const char* name : {"dog/weights.bin", "dog/deep/LICENSE", "dog/film.mp4"}) {
            test::writeBytes(root / name, test::bytesOf("something else"));
        }
        test::writeBytes(root / "cat/archive.zip", test::bytesOf("PK"));
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.samples.size(), std::size_t(12));
        std::vector<Problem> found;
        std::ranges::copy_if(index.problems, std::back_inserter(found), [](const Problem& problem) {
            return problem.code == ProblemCode::Unrecognised;
        });
        QCOMPARE(found.size(), std::size_t(2)); // one line a class
        QCOMPARE(found[0].path, std::string("cat"));
        QCOMPARE(found[0].files, (Paths{"cat/archive.zip"}));
        QCOMPARE(found[1].path, std::string("dog"));
        QVERIFY2(found[1].message.starts_with("3 files"), found[1].message.c_str());
        QVERIFY(found[1].message.find("'film.mp4'") != std::string::npos);
        QCOMPARE(found[1].files, (Paths{"dog/film.mp4", "dog/weights.bin", "dog/deep/LICENSE"}));
        QCOMPARE(found[1].severity, ProblemSeverity::Warning);
    }

    void aPipeIsNeverOpened()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 2, 1);
        writePictures(root / "b", 2, 2);
        QCOMPARE(mkfifo((root / "b/pipe").c_str(), 0600), 0); // opened, it would wait for ever
        const DatasetIndex index = scan(root.path());
        QCOMPARE(pathsWith(index, ProblemCode::Unrecognised), (Paths{"b"}));
    }

    void classesOfUnknownFilesAreNamedInTheRefusal()
    {
        test::TemporaryFolder root;
        writePictures(root / "cat", 2, 1);
        test::writeBytes(root / "dog/one.xyz", test::bytesOf("data"));
        try {
            scan(root.path());
            QFAIL("it was accepted");
        } catch (const Error& error) {
            QVERIFY2(std::string(error.what()).find("'one.xyz'") != std::string::npos, error.what());
        }
    }

    void splitFoldersAreUnderstoodWhateverTheirAffixes_data()
    {
        QTest::addColumn<QStringList>("train");
        QTest::addColumn<QStringList>("test");
        const auto row = [](const char* name, const char* train, const char* test) {
            QTest::newRow(name) << QStringList{train} << QStringList{test};
        };
        row("other words", "Training", "Testing");
        row("endings", "training_set", "test_set");
        row("doubled", "seg_train/seg_train", "seg_test/seg_test");
        row("plain ones doubled", "train/train", "test/test");
        row("in one word", "TrainImages", "testimages");
        row("years", "train2017", "test2017");
        row("hyphens", "my-train-images", "my-test-images");
        row("one plain", "train", "Final test");
    }

    void splitFoldersAreUnderstoodWhateverTheirAffixes()
    {
        QFETCH(QStringList, train);
        QFETCH(QStringList, test);
        test::TemporaryFolder root;
        for (const char* label : {"a", "b", "c"}) {
            writePictures(root / train[0].toStdString() / label, 10, label[0]);
            writePictures(root / test[0].toStdString() / label, 2, label[0] + 10);
        }
        writePictures(root / "seg_pred", 3, 99); // without classes
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.layout, DatasetLayout::SplitFolders);
        QCOMPARE(index.classes, (Paths{"a", "b", "c"}));
        QCOMPARE(index.countsOf(Split::Test), (Counts{2, 2, 2}));
        QCOMPARE(index.countsOf(Split::Validation), (Counts{2, 2, 2})); // taken from training
        QCOMPARE(pathsWith(index, ProblemCode::Unlisted), (Paths{"seg_pred"}));
    }

    void classesThatSoundLikeSplitsStayClasses()
    {
        test::TemporaryFolder root;
        for (const char* label : {"bullet train", "crash test", "bus"}) {
            writePictures(root.path() / label / "front", 2, label[0]);
            writePictures(root.path() / label / "side", 2, label[1]);
        }
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.classes, (Paths{"bullet train", "bus", "crash test"}));
        QCOMPARE(pathsWith(index, ProblemCode::SplitLikeFolders).size(), std::size_t(1));
        test::TemporaryFolder flat;
        writePictures(flat / "testing", 2, 1);
        writePictures(flat / "training", 2, 2);
        QCOMPARE(scan(flat.path()).classes, (Paths{"testing", "training"}));
    }

    void splitFoldersInsideEachClassAreFollowed()
    {
        test::TemporaryFolder root;
        for (const char* label : {"ok", "scratched"}) {
            writePictures(root.path() / label / "Train" / "good", 10, label[0]);
            writePictures(root.path() / label / "test", 3, label[0] + 10);
            writePictures(root.path() / label / "ground_truth", 2, label[0] + 20);
        }
        writePictures(root.path() / "ok" / "spare", 1, 1);
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.layout, DatasetLayout::SplitFolders);
        QCOMPARE(index.classes, (Paths{"ok", "scratched"}));
        QCOMPARE(index.countsOf(Split::Train), (Counts{8, 8}));
        QCOMPARE(index.countsOf(Split::Validation), (Counts{2, 2}));
        QCOMPARE(index.countsOf(Split::Test), (Counts{3, 3}));
        QCOMPARE(pathsWith(index, ProblemCode::Unlisted),
                 (Paths{"ok/ground_truth", "ok/spare", "scratched/ground_truth"}));
        for (const Sample& sample : index.samples) {
            QCOMPARE(sample.split == Split::Test, sample.path.find("/test/") != std::string::npos);
        }
        // Where one class has none, all are dealt anew, and it is said.
        writePictures(root / "bent", 10, 3);
        const DatasetIndex mixed = scan(root.path());
        QCOMPARE(mixed.layout, DatasetLayout::ClassFolders);
        const auto doubts = std::ranges::find(mixed.problems, ProblemCode::SplitLikeFolders, &Problem::code);
        QVERIFY(doubts != mixed.problems.end());
        QVERIFY2(doubts->message.find("'Train', 'test'") != std::string::npos, doubts->message.c_str());
    }

    void splitsInOtherWordsAreDoubted()
    {
        test::TemporaryFolder root;
        for (const char* part : {"Entrenamiento", "Prueba"}) {
            writePictures(root.path() / part / "gato", 5, part[0]);
            writePictures(root.path() / part / "perro", 5, part[0] + 10);
        }
        const DatasetIndex index = scan(root.path());
        const auto doubts = std::ranges::find(index.problems, ProblemCode::SplitLikeFolders, &Problem::code);
        QVERIFY(doubts != index.problems.end());
        QCOMPARE(doubts->severity, ProblemSeverity::Warning);
        for (const char* name : {"'Entrenamiento', 'Prueba'", "'gato', 'perro'"}) {
            QVERIFY2(doubts->message.find(name) != std::string::npos, doubts->message.c_str());
        }
    }

    void masksInsideAClassAreLeftOutAndNamed()
    {
        test::TemporaryFolder root;
        for (const char* label : {"covid", "normal"}) {
            writePictures(root.path() / label / "images", 5, label[0]);
            writePictures(root.path() / label / "masks", 5, label[0] + 10);
        }
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.samples.size(), std::size_t(10));
        QCOMPARE(pathsWith(index, ProblemCode::Unlisted), (Paths{"covid/masks", "normal/masks"}));
    }

    void classesThatNothingMeasuresAreNamed()
    {
        test::TemporaryFolder root;
        for (const char* label : {"robin", "wren"}) {
            writePictures(root.path() / "train" / label, 12, label[0]);
        }
        writePictures(root.path() / "val" / "robin", 6, 1);
        std::filesystem::create_directories(root / "val/wren");
        const DatasetIndex index = scan(root.path());
        QCOMPARE(pathsWith(index, ProblemCode::EmptyClass), (Paths{"val/wren"}));
        const auto unmeasured = std::ranges::find(index.problems, ProblemCode::Unmeasured, &Problem::code);
        QVERIFY(unmeasured != index.problems.end());
        QVERIFY2(unmeasured->message.find("'wren' has no validation pictures") != std::string::npos,
                 unmeasured->message.c_str());
    }

    void classesNamedDifferentlyInOneSplitAreFound()
    {
        const std::string composed = "caf\xC3\xA9";
        const std::string decomposed = "cafe\xCC\x81";
        test::TemporaryFolder root;
        for (const std::string& label : {std::string("Tea"), std::string("Water glass"), composed}) {
            writePictures(root / "train" / label, 10, label[0]);
        }
        for (const std::string& label : {std::string("tea"), std::string("Water  glass "), decomposed}) {
            writePictures(root / "val" / label, 3, label[0] + 10);
        }
        const DatasetIndex index = scan(root.path());
        QCOMPARE(pathsWith(index, ProblemCode::NotTrained).size(), std::size_t(3));
        std::string pairs;
        for (const Problem& problem : index.problems) {
            if (problem.code == ProblemCode::SimilarNames) {
                pairs += problem.message + "\n";
            }
        }
        for (const char* words : {"'Tea' and 'tea' differ only in capital letters",
                                  "'Water  glass ' and 'Water glass' differ only in blanks",
                                  "differ only in how accented letters are encoded"})
        {
            QVERIFY2(pairs.find(words) != std::string::npos, pairs.c_str());
        }
        QCOMPARE(obstaclesToTraining(index).size(), std::size_t(3));
    }

    void linksAreFollowedOnceAndNeverInCircles()
    {
        namespace fs = std::filesystem;
        test::TemporaryFolder elsewhere;
        test::TemporaryFolder root;
        writePictures(elsewhere.path(), 2, 9);
        writePictures(root.path() / "a" / "real", 1, 1);
        writePictures(root / "b", 1, 2);
        fs::create_symlink(elsewhere / "p100.png", root / "b/outside.png");
        fs::create_directory_symlink(elsewhere.path(), root / "a/linked");
        fs::create_directory_symlink(root.path() / "a" / "real", root / "a/again");
        fs::create_directory_symlink(root.path(), root / "a/circle");
        fs::create_directory_symlink(root / "b", root / "b/self");
        fs::create_symlink(root / "nowhere.jpg", root / "b/dangling.jpg");
        const DatasetIndex index = scan(root.path());
        QCOMPARE(pathsOf(index), (Paths{"a/linked/p100.png", "a/linked/p101.png", "a/real/p100.png",
                                        "b/outside.png", "b/p100.png"}));
        QCOMPARE(pathsWith(index, ProblemCode::Unreadable), (Paths{"b/dangling.jpg"}));
    }

    void namesAreBytes()
    {
        test::TemporaryFolder root;
        writePictures(root / "a\xFF", 2, 1);
        writePictures(root / "\xC3\xA4", 2, 2);
        test::writeBytes(root.path() / "a\xFF" / "bad\xFE\n.jpg", test::bytesOf("no picture"));
        const DatasetIndex index = scan(root.path());
        QCOMPARE(index.classes, (Paths{"a\xFF", "\xC3\xA4"}));
        QCOMPARE(pathsWith(index, ProblemCode::Unreadable), (Paths{"a\xFF/bad\xFE\n.jpg"}));
        for (const Problem& problem : index.problems) {
            QVERIFY(!QString::fromStdString(problem.message).contains(QChar::ReplacementCharacter));
            QVERIFY(problem.message.find('\n') == std::string::npos);
        }
    }

    void headersAloneGiveTheSameListQuickly()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 12, 1);
        writePictures(root / "b", 12, 2);
        test::writeBytes(root / "b/text.png", test::bytesOf("hello"));
        ScanOptions quick;
        quick.deep = false;
        DatasetIndex deep = scan(root.path());
        const DatasetIndex index = scan(root.path(), quick);
        QVERIFY(!index.checked);
        QVERIFY(index.fingerprint.empty());
        QVERIFY(index.samples.front().contentHash.empty());
        for (Sample& sample : deep.samples) {
            sample.contentHash.clear();
        }
        QCOMPARE(index.samples, deep.samples);
        QCOMPARE(index.problems, deep.problems);
        // What only the data show needs the deep check.
        test::Bytes cut = test::pngOf(test::gradient(8, 8));
        cut.resize(60);
        test::writeBytes(root / "b/cut.png", cut);
        QCOMPARE(scan(root.path(), quick).unreadableCount(), std::size_t(1));
        QCOMPARE(scan(root.path()).unreadableCount(), std::size_t(2));
        // A TIFF keeps its directory at the end, beyond any first part.
        test::writeBytes(root / "b/large.tif", test::tiffOf(test::gradient(500, 400), 1));
        const DatasetIndex withTiff = scan(root.path(), quick);
        const auto tiff = std::find_if(withTiff.samples.begin(), withTiff.samples.end(),
                                       [](const Sample& sample) { return sample.path == "b/large.tif"; });
        QVERIFY(tiff != withTiff.samples.end());
        QCOMPARE(tiff->width, 500);
    }

    void threadsDoNotShow()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 30, 1);
        writePictures(root / "b", 30, 1);
        test::writeBytes(root / "b/text.png", test::bytesOf("hello"));
        ScanOptions options;
        options.threads = 1;
        const DatasetIndex one = scan(root.path(), options);
        options.threads = 7;
        QCOMPARE(scan(root.path(), options), one);
        QCOMPARE(scan(root.path() / ""), one);
    }

    void fingerprintFollowsWhatIsTrainedOn()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 5, 1);
        writePictures(root / "b", 5, 2);
        const std::string before = scan(root.path()).fingerprint;
        QCOMPARE(before.size(), std::size_t(64));
        test::writeBytes(root / "b/notes.txt", test::bytesOf("not part of it"));
        QCOMPARE(scan(root.path()).fingerprint, before);
        ScanOptions seeded;
        seeded.shares.seed = 99;
        QVERIFY(scan(root.path(), seeded).fingerprint != before);
        test::writeBytes(root / "b/p100.png", test::pngOf(test::gradient(9, 9)));
        QVERIFY(scan(root.path()).fingerprint != before);
    }

    void progressEndsAtTheTotalAndAStopReturnsNothing()
    {
        test::TemporaryFolder root;
        writePictures(root / "a", 15, 1);
        writePictures(root / "b", 15, 2);
        std::vector<Progress> seen;
        const auto index = scanDataset(root.path(), {}, [&](const Progress& p) { seen.push_back(p); });
        QVERIFY(index.has_value());
        QVERIFY(!seen.empty());
        QCOMPARE(seen.back(), (Progress{30, 30}));
        std::stop_source source;
        source.request_stop();
        QVERIFY(!scanDataset(root.path(), {}, {}, source.get_token()).has_value());
    }

    void whatIsNoDataSetIsRefusedInWords_data()
    {
        QTest::addColumn<QStringList>("folders");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("word");
        QTest::newRow("empty") << QStringList() << int(ErrorCode::DatasetEmpty) << "no pictures";
        QTest::newRow("no sub-folders")
            << QStringList{"."} << int(ErrorCode::DatasetInvalid) << "sub-folder for each class";
        QTest::newRow("one class") << QStringList{"cats"} << int(ErrorCode::DatasetOneClass) << "'cats'";
        QTest::newRow("one level too high, with a picture")
            << QStringList{".", "set/cats", "set/dogs"} << int(ErrorCode::DatasetOneClass) << "inside 'set'";
        QTest::newRow("pictures in train")
            << QStringList{"train", "cats"} << int(ErrorCode::DatasetInvalid) << "give it another name";
    }

    void whatIsNoDataSetIsRefusedInWords()
    {
        QFETCH(QStringList, folders);
        QFETCH(int, code);
        QFETCH(QString, word);
        test::TemporaryFolder root;
        for (const QString& folder : folders) {
            writePictures(root / folder.toStdString(), 2, 1);
        }
        try {
            scan(root.path());
            QFAIL("it was accepted");
        } catch (const Error& error) {
            QCOMPARE(int(error.code()), code);
            QVERIFY2(QString::fromUtf8(error.what()).contains(word), error.what());
        }
    }

    void oneClassCanBeMeasured()
    {
        test::TemporaryFolder root;
        writePictures(root / "cats", 3);
        ScanOptions measuring;
        measuring.purpose = ScanPurpose::Measuring;
        const DatasetIndex index = scan(root.path(), measuring);
        QCOMPARE(index.classes, (std::vector<std::string>{"cats"}));
        QCOMPARE(index.samples.size(), std::size_t(3));
        QVERIFY(index.problems.empty());
        test::TemporaryFolder empty;
        QCOMPARE(test::codeOf([&] { scan(empty.path(), measuring); }),
                 std::optional(ErrorCode::DatasetEmpty));
    }

    void otherWrongPaths()
    {
        test::TemporaryFolder root;
        QCOMPARE(scanError(root / "absent"), std::optional(ErrorCode::FileNotFound));
        test::writeBytes(root / "a.txt", test::bytesOf("text"));
        QCOMPARE(scanError(root / "a.txt"), std::optional(ErrorCode::DatasetInvalid));
        test::writeBytes(root / "x/broken.jpg", test::bytesOf("text"));
        test::writeBytes(root / "y/broken.jpg", test::bytesOf("text"));
        QCOMPARE(scanError(root.path()), std::optional(ErrorCode::DatasetEmpty));
    }

    void aPlaceholderAmongPhotographsIsFound()
    {
        const auto noisy = [](int side, std::uint32_t seed) {
            RgbImage image = test::gradient(side, side);
            for (std::uint8_t& level : image.pixels) {
                seed = seed * 1664525 + 1013904223;
                level = static_cast<std::uint8_t>(level + (seed >> 24) % 40);
            }
            return image;
        };
        RgbImage flat = noisy(64, 1);
        for (std::uint8_t& level : flat.pixels) {
            level = level / 128 * 128;
        }
        RgbImage tiny = flat;
        tiny.width = tiny.height = 63;
        tiny.pixels.resize(63 * 63 * 3);
        test::TemporaryFolder root;
        for (std::uint32_t i = 0; i < 38; ++i) {
            const std::string name = (i % 2 ? "a/" : "b/") + std::to_string(i) + ".png";
            test::writeBytes(root / name, test::pngOf(noisy(64, i)));
        }
        test::writeBytes(root / "a/flat.png", test::pngOf(flat));
        test::writeBytes(root / "a/tiny.png", test::pngOf(tiny));
        const DatasetIndex index = scan(root.path());
        const auto isFlat = [](const Problem& problem) { return problem.code == ProblemCode::FewColours; };
        QCOMPARE(std::count_if(index.problems.begin(), index.problems.end(), isFlat), 1);
        const auto found = std::find_if(index.problems.begin(), index.problems.end(), isFlat);
        QCOMPARE(found->path, std::string("a/flat.png"));
        QCOMPARE(found->severity, ProblemSeverity::Info);
        QVERIFY(found->message.find("colours") != std::string::npos);
        // It stays in the data set: a finding, not a verdict.
        QCOMPARE(index.samples.size(), std::size_t(40));
        // Where drawings are the rule, none is odd.
        for (int i = 0; i < 5; ++i) {
            flat.pixels[0] = static_cast<std::uint8_t>(i);
            test::writeBytes(root / ("b/flat" + std::to_string(i) + ".png"), test::pngOf(flat));
        }
        const DatasetIndex drawings = scan(root.path());
        QCOMPARE(std::count_if(drawings.problems.begin(), drawings.problems.end(), isFlat), 0);
    }

    void realDataSets()
    {
        const auto cats = test::sharedPath("data/catsdogs");
        const auto insects = test::sharedPath("data/hymenoptera");
        if (!cats || !insects) {
            QSKIP("the real pictures are not on this machine");
        }
        ScanOptions quick;
        quick.deep = false;
        const DatasetIndex pets = scan(*cats, quick);
        QCOMPARE(pets.layout, DatasetLayout::SplitCsv);
        QCOMPARE(pets.classes, (Paths{"cats", "dogs"}));
        QCOMPARE(pets.countsOf(Split::Train), (Counts{1000, 1000}));
        QCOMPARE(pets.countsOf(Split::Validation), (Counts{500, 500}));
        QCOMPARE(pets.countsOf(Split::Test), (Counts{1000, 1000}));
        QVERIFY(pets.problems.empty());
        const DatasetIndex ants = scan(*insects);
        QCOMPARE(ants.countsOf(Split::Train).size(), std::size_t(2));
        QCOMPARE(ants.samples.size(), std::size_t(398));
        QCOMPARE(ants.unreadableCount(), std::size_t(0));
        // The placeholder that the set's makers overlooked.
        QCOMPARE(ants.problems.size(), std::size_t(2));
        QCOMPARE(ants.problems[0].code, ProblemCode::NoTest);
        QCOMPARE(ants.problems[1].path, std::string("train/ants/imageNotFound.gif"));
        QCOMPARE(ants.problems[1].code, ProblemCode::FewColours);
    }

    // As deep as a path may be long, on a stack as small as a user may have set (ulimit -s).
    void foldersMayBeVeryDeep()
    {
        test::TemporaryFolder root;
        constexpr int levels = 1500;
        int folder = open(root.path().c_str(), O_RDONLY | O_DIRECTORY);
        for (int level = 1; level <= levels; ++level) {
            QCOMPARE(mkdirat(folder, "abc", 0700), 0);
            const int next = openat(folder, "abc", O_RDONLY | O_DIRECTORY);
            close(std::exchange(folder, next));
            if (level == 900 || level == levels) {
                close(openat(folder, "picture.png", O_WRONLY | O_CREAT, 0600));
            }
        }
        close(folder);
        struct Walk
        {
            std::filesystem::path root;
            std::vector<Problem> problems;
            std::vector<std::string> pictures;
        } walk{root.path(), {}, {}};
        pthread_attr_t small;
        pthread_attr_init(&small);
        QCOMPARE(pthread_attr_setstacksize(&small, std::size_t(128) * 1024), 0);
        pthread_t thread{};
        const auto run = [](void* argument) -> void* {
            auto& own = *static_cast<Walk*>(argument);
            own.pictures = FolderWalk(own.root, own.problems, {}).picturesUnder({});
            return nullptr;
        };
        QCOMPARE(pthread_create(&thread, &small, run, &walk), 0);
        pthread_join(thread, nullptr);
        pthread_attr_destroy(&small);
        QProcess::execute("rm", {"-rf", QString::fromStdString((root.path() / "abc").string())});
        QCOMPARE(walk.pictures.size(), std::size_t(1));
        QCOMPARE(walk.pictures[0].size(), std::size_t(900 * 4) + std::string("picture.png").size());
        QCOMPARE(walk.problems.size(), std::size_t(1));
        QVERIFY2(walk.problems[0].message.find("cannot be read") != std::string::npos,
                 walk.problems[0].message.c_str());
    }
};

THAW_TEST(TestDatasetScan)
#include "test_dataset_scan.moc"
