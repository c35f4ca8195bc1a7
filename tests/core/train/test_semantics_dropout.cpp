#include "core/compute/compute_device.h"
#include "core/data/input/preprocessing.h"
#include "core/data/input/transform.h"
#include "core/model/network_torch.h"
#include "core/run/run_store.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

namespace {

/// Mean training loss under a dropout, and how far a measured mean of so many pictures may lie from it.
struct Expectation
{
    double loss = 0;
    double deviation = 0; ///< of one picture's loss
};

/// By drawing masks of our own. @param terms [N, units] what each unit adds to the logit
Expectation expect(const at::Tensor& terms, const at::Tensor& labels, double dropped, double scale)
{
    at::manual_seed(3);
    constexpr std::int64_t draws = 4000;
    const at::Tensor masks = (at::rand({draws, terms.size(1)}) >= dropped).to(at::kFloat) * scale;
    const at::Tensor logits = masks.matmul(terms.t()); // [draws, N]
    const at::Tensor losses = at::softplus(logits) - logits * labels.to(at::kFloat);
    return {losses.mean().item<double>(), std::sqrt(losses.var(0).mean().item<double>())};
}

} // namespace

/// Dropout as a run applies it, told from the losses it reports while its weights stand still.
class TestSemanticsDropout : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 12, 40, true, 9});
        setThreadCount(1);

        m_recipe = test::narrowRecipe(epochs, 1);
        m_recipe.augmentation = {0, 0, 0, 0};
        m_recipe.phases[0].learningRate = 1e-30;
        const TrainRequest request = test::narrowRequest(m_recipe, m_folder / "two", m_folder / "run");
        TrainObserver observer;
        const RunRecord record = trainRun(request, observer);
        QCOMPARE(record.error, std::string());
        m_run = loadRun(m_folder / "run");
        const ModelWeights model = readModelWeights(RunFiles{m_folder / "run"}.phase(1));
        const Network network(model, c10::Device(at::kCPU));
        m_training = termsOf(network, request.dataset, Split::Train, m_labels);
        at::Tensor labels;
        const at::Tensor validation = termsOf(network, request.dataset, Split::Validation, labels);
        m_validationLoss = lossOf(validation.sum(1, true), labels).item<double>();
    }

    void isOffAtValidation()
    {
        for (std::size_t i = 0; i < epochs; ++i) {
            const double loss = m_run.history[i].valLoss;
            QVERIFY2(std::abs(loss - m_validationLoss) <= 1e-5 * m_validationLoss,
                     qPrintable(QString("%1 %2").arg(loss).arg(m_validationLoss)));
        }
    }

    void dropsTheShareAndKeepsTheMean()
    {
        double measured = 0;
        for (std::size_t i = 0; i < epochs; ++i) {
            measured += m_run.history[i].loss / epochs;
        }
        const Expectation right = expect(m_training, m_labels, 0.5, 2);
        const double error = right.deviation / std::sqrt(static_cast<double>(epochs) * m_labels.size(0));
        qInfo("mean loss %.5g, expected %.5g ± %.2g", measured, right.loss, error);
        QVERIFY(std::abs(measured - right.loss) < 3 * error);
        // That the measurement could tell: another share, or no scaling, would be seen.
        QVERIFY(std::abs(measured - expect(m_training, m_labels, 0.4, 1 / 0.6).loss) > 3 * error);
        QVERIFY(std::abs(measured - expect(m_training, m_labels, 0.6, 1 / 0.4).loss) > 3 * error);
        QVERIFY(std::abs(measured - expect(m_training, m_labels, 0.5, 1).loss) > 3 * error);
        QVERIFY(std::abs(measured - expect(m_training, m_labels, 0, 1).loss) > 3 * error);
    }

    void isDrawnAnewEachEpoch()
    {
        for (std::size_t i = 1; i < epochs; ++i) {
            QVERIFY(m_run.history[i].loss != m_run.history[i - 1].loss);
        }
    }

    // The same picture in both classes, one a batch: under one mask both have the same output, and exactly
    // one of them is right, whatever the epoch.
    void isDrawnAnewEachStep()
    {
        const auto data = m_folder / "one picture";
        test::writeSyntheticDataset(data, {{"blue", "red"}, 1, 40, true, 9});
        for (const char* split : {"train", "validation", "test"}) {
            std::filesystem::copy_file(data / split / "blue" / "blue.0.png",
                                       data / split / "red" / "red.0.png",
                                       std::filesystem::copy_options::overwrite_existing);
        }
        Recipe recipe = m_recipe;
        recipe.batchSize = 1;
        recipe.phases.pop_back();
        TrainObserver observer;
        const RunRecord record = trainRun(test::narrowRequest(recipe, data, m_folder / "steps"), observer);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.counts[0], (std::vector<std::size_t>{1, 1}));
        int bothOrNeither = 0;
        for (const EpochMetrics& metrics : loadRun(m_folder / "steps").history) {
            bothOrNeither += metrics.accuracy != 0.5;
        }
        // Half of all epochs where the sign of the output is as good as a coin.
        QVERIFY2(bothOrNeither >= epochs / 10, std::to_string(bothOrNeither).c_str());
    }

private:
    static constexpr int epochs = 120;

    /// What each of dense1's units adds to the logit of each picture; biases are zero.
    static at::Tensor termsOf(const Network& network, const DatasetIndex& dataset, Split split,
                              at::Tensor& labels)
    {
        const at::NoGradGuard guard;
        const TransformSpec transform{32, ResizeRule::Stretch, true};
        std::vector<at::Tensor> inputs;
        std::vector<std::int64_t> classes;
        for (const std::size_t index : dataset.indicesOf(split)) {
            const FloatImage image = transformFile(dataset.pathOf(dataset.samples[index]), transform);
            std::vector<float> values(image.pixels.size());
            preprocess(image, network.preprocessing(), values);
            inputs.push_back(inputTensor(values, 1, 32, c10::Device(at::kCPU)));
            classes.push_back(dataset.samples[index].label);
        }
        labels = at::tensor(classes, at::kLong);
        const at::Tensor features = network.forwardBase(at::cat(inputs), 1, baseLayerCount);
        const auto head = network.trainable(FreezePlan());
        const at::Tensor hidden = at::linear(features.flatten(1), head[0].tensor, head[1].tensor);
        return hidden * head[2].tensor; // [N, 256] · [1, 256]
    }

    test::TemporaryFolder m_folder;
    Recipe m_recipe;
    SavedRun m_run;
    at::Tensor m_training;
    at::Tensor m_labels;
    double m_validationLoss = 0;
};

THAW_TEST(TestSemanticsDropout)
#include "test_semantics_dropout.moc"
