#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/evaluate/evaluation.h"
#include "core/export/export.h"
#include "core/run/run_files.h"
#include "core/run/run_store.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace thaw;

namespace {

/// The same network for pixels prepared in another way: what `target` does to a pixel, the first layer
/// undoes.
BaseWeights forConvention(BaseWeights base, const Preprocessing& target)
{
    const Preprocessing from = base.preprocessing;
    ConvolutionWeights& layer = base.layers.front();
    const ConvolutionWeights before = layer;
    constexpr std::size_t plane = 9;
    for (std::size_t out = 0; out < static_cast<std::size_t>(layer.outputs); ++out) {
        double bias = before.bias[out];
        for (std::size_t in = 0; in < 3; ++in) {
            // pixel = (x · std + mean) / scale in the target's terms, put into the original's formula.
            const std::size_t to = from.order == target.order ? in : 2 - in;
            const double pixel = double(target.std[to]) / target.scale;
            const double offset = double(target.mean[to]) / target.scale;
            for (std::size_t tap = 0; tap < plane; ++tap) {
                const double value = before.kernel[(out * 3 + in) * plane + tap];
                layer.kernel[(out * 3 + to) * plane + tap] =
                    static_cast<float>(value * pixel * from.scale / from.std[in]);
                bias += value * (offset * from.scale - from.mean[in]) / from.std[in];
            }
        }
        layer.bias[out] = static_cast<float>(bias);
    }
    base.preprocessing = target;
    base.hash = hashOf(base.layers);
    return base;
}

/// Scaled like torchvision's, with Caffe's means: so that padding, which is zero after the preparation, means
/// the same grey in both, and the networks are equal at the pictures' borders too.
Preprocessing scaledWithCaffesMeans()
{
    Preprocessing scaled = torchvisionPreprocessing();
    const Preprocessing caffe = caffePreprocessing();
    for (std::size_t i = 0; i < 3; ++i) {
        scaled.mean[i] = caffe.mean[2 - i] * scaled.scale;
    }
    return scaled;
}

/// As torchvision's users have it: its names, no metadata.
void writePlain(const std::filesystem::path& path, const BaseWeights& base)
{
    writeBaseWeights(path, base);
    SafetensorsFile file = readSafetensors(path);
    file.metadata.clear();
    writeSafetensors(path, file);
}

double largestDifference(const std::vector<double>& a, const std::vector<double>& b)
{
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(a[i] - b[i]));
    }
    return largest;
}

} // namespace

/// One network for Caffe's convention and for another must be one network in everything that Thaw does.
class TestInputConvention : public QObject
{
    Q_OBJECT

    ModelWeights model(const BaseWeights& base) const
    {
        ModelWeights made = m_trained;
        made.base = base;
        return made;
    }

    /// Of the pictures of one class.
    std::vector<double> probabilities(const BaseWeights& base) const
    {
        std::vector<double> result;
        predictFiles(model(base), m_pictures, ComputeOptions{},
                     [&](const Prediction& prediction) { result.push_back(prediction.probabilities.at(1)); });
        return result;
    }

    std::vector<EpochMetrics> train(const BaseWeights& base, const std::string& name) const
    {
        struct Observer : TrainObserver
        {
            std::vector<EpochMetrics> epochs;
            void epochDone(const EpochMetrics& metrics, bool) override { epochs.push_back(metrics); }
        } observer;
        TrainRequest request = test::narrowRequest(test::narrowRecipe(1, 1), m_data, m_folder / name);
        request.weights = base;
        trainRun(request, observer);
        return observer.epochs;
    }

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        setThreadCount(1);
        test::writeSyntheticDataset(m_data, {{"blue", "red"}, 10, 96, true, 5});
        for (int i = 0; i < 6; ++i) {
            m_pictures.push_back(m_data / "test" / (i % 2 ? "red" : "blue") /
                                 ((i % 2 ? "red." : "blue.") + std::to_string(i) + ".png"));
        }
        m_caffe = randomBaseWeights(scaledBackbone(test::narrowRecipe().width), 11);
        for (ConvolutionWeights& layer : m_caffe.layers) {
            layer.bias.front() = 0.25f;
        }
        m_caffe.hash = hashOf(m_caffe.layers);
        m_scaled = forConvention(m_caffe, scaledWithCaffesMeans());
        // The same numbers, taken for what they are not.
        m_mistaken = m_scaled;
        m_mistaken.preprocessing = caffePreprocessing();
        QCOMPARE(train(m_caffe, "base").size(), std::size_t(2));
        m_trained = readModelWeights(RunFiles{m_folder / "base"}.best());
    }

    void featuresOfTorchvisionsFiles()
    {
        writeBaseWeights(m_folder / "caffe.safetensors", m_caffe);
        writePlain(m_folder / "torchvision.safetensors", forConvention(m_caffe, torchvisionPreprocessing()));
        const BaseWeights caffe = readBaseWeights(m_folder / "caffe.safetensors");
        const BaseWeights torchvision = readBaseWeights(m_folder / "torchvision.safetensors");
        QCOMPARE(torchvision.preprocessing, torchvisionPreprocessing());
        const TransformSpec transform{96, ResizeRule::Stretch, true};
        const auto of = [&](const BaseWeights& base) {
            return computeFeatures(base, transform, "block3_conv3", m_pictures, ComputeOptions{}).value();
        };
        const auto a = of(caffe);
        const auto b = of(torchvision);
        const auto wrong = of(m_mistaken);
        // Zeros around the prepared picture are another grey in each convention (123.675 and 123.68 …), which
        // shows up to 18 pixels, 5 places of this layer, from the border.
        constexpr int border = 6;
        double difference = 0;
        double mistake = 0;
        double largest = 0;
        for (std::size_t picture = 0; picture < a.size(); ++picture) {
            const FeatureMap& map = a[picture];
            QCOMPARE(map.height, 24);
            for (int y = border; y < map.height - border; ++y) {
                for (int i = border * map.channels; i < (map.width - border) * map.channels; ++i) {
                    const auto at = static_cast<std::size_t>(y * map.width * map.channels + i);
                    largest = std::max(largest, double(map.values[at]));
                    difference =
                        std::max(difference, std::abs(double(map.values[at]) - b[picture].values[at]));
                    mistake = std::max(mistake, std::abs(double(map.values[at]) - wrong[picture].values[at]));
                }
            }
        }
        // float32 has 6e-8; seven layers of a few hundred terms each add up to some 1e-6.
        QVERIFY2(difference < 1e-5 * largest, qPrintable(QString::number(difference / largest)));
        QVERIFY2(mistake > 0.1 * largest, qPrintable(QString::number(mistake / largest)));
    }

    void predictions()
    {
        const auto expected = probabilities(m_caffe);
        QCOMPARE(expected.size(), m_pictures.size());
        // The rounding above, once more through the rest of the network.
        QVERIFY(largestDifference(probabilities(m_scaled), expected) < 1e-4);
        QVERIFY(largestDifference(probabilities(m_mistaken), expected) > 1e-2);
    }

    void trainingAndItsFiles()
    {
        const auto expected = train(m_caffe, "caffe");
        const auto scaled = train(m_scaled, "scaled");
        const auto mistaken = train(m_mistaken, "mistaken");
        for (std::size_t epoch = 0; epoch < 2; ++epoch) {
            // RMSprop divides by the gradient's own size, which makes rounding in small gradients larger.
            const double tolerance = 1e-2 * expected[epoch].valLoss;
            QVERIFY2(std::abs(scaled[epoch].valLoss - expected[epoch].valLoss) < tolerance,
                     qPrintable(QString("%1 %2").arg(scaled[epoch].valLoss).arg(expected[epoch].valLoss)));
            QVERIFY2(std::abs(mistaken[epoch].valLoss - expected[epoch].valLoss) > 5 * tolerance,
                     qPrintable(QString("%1 %2").arg(mistaken[epoch].valLoss).arg(expected[epoch].valLoss)));
        }
        for (const char* file : {"phase1.safetensors", "phase2.safetensors", "best.safetensors"}) {
            QCOMPARE(readModelWeights(m_folder / "scaled" / file).base.preprocessing, m_scaled.preprocessing);
        }
        QCOMPARE(loadRun(m_folder / "scaled").record.weightsInput, formulaOf(m_scaled.preprocessing));
    }

    // TorchScript does the preparation itself; the export compares its answer with the model's.
    void exports()
    {
        for (const Exporter& format : exporters()) {
            exportModel(model(m_scaled), format, m_folder / format.name);
        }
        const ModelWeights again = readModelWeights(m_folder / "safetensors");
        QCOMPARE(again.base, m_scaled);
    }

    // The numbers' hash is the same; what they mean has changed.
    void resumeRefusesAnotherConvention()
    {
        const auto file = m_folder / "base.safetensors";
        writeBaseWeights(file, m_scaled);
        struct Observer : TrainObserver
        {
            std::stop_source stop;
            void epochDone(const EpochMetrics&, bool) override { stop.request_stop(); }
        } observer;
        TrainRequest request = test::narrowRequest(test::narrowRecipe(2, 1), m_data, m_folder / "stopped");
        request.recipe.weights = file.string();
        request.weights = m_scaled;
        QCOMPARE(trainRun(request, observer, observer.stop.get_token()).state, RunState::Stopped);
        writeBaseWeights(file, m_mistaken);
        TrainObserver quiet;
        try {
            resumeRun(m_folder / "stopped", {}, quiet);
            QFAIL("resumed with another input convention");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunDiffers);
            QVERIFY2(error.detail().find("the weights' input was RGB") != std::string::npos, error.what());
        }
        writeBaseWeights(file, m_scaled);
        QCOMPARE(resumeRun(m_folder / "stopped", {}, quiet).state, RunState::Finished);
    }

private:
    test::TemporaryFolder m_folder;
    std::filesystem::path m_data = m_folder / "data";
    std::vector<std::filesystem::path> m_pictures;
    BaseWeights m_caffe;
    BaseWeights m_scaled;
    BaseWeights m_mistaken;
    ModelWeights m_trained;
};

THAW_TEST(TestInputConvention)
#include "test_input_convention.moc"
