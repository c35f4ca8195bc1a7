#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/train/loop/train_step_torch.h"
#include "core/train/optimizer/keras_rmsprop_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace thaw;

namespace {

constexpr int batchSize = 8;
constexpr int boundary = 15; // block5_conv1
constexpr double learningRate = 1e-3;

/// The narrow network with block5 and the head training, and one batch for it.
struct Model
{
    explicit Model(int classes)
        : network(randomBaseWeights(scaledBackbone(1.0 / 16), 1),
                  {HeadKind::Book, classes, 0.5, 2, scaledBackbone(1.0 / 16).channels.back()},
                  c10::Device(at::kCPU))
    {
        network.initialiseHead(2);
        at::manual_seed(3);
        const at::Tensor features =
            at::rand({batchSize, 32, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast) * 3;
        const at::Tensor labels = at::arange(batchSize, at::kLong).remainder(classes);
        const at::Tensor scale = (at::rand({batchSize, network.dropoutUnits()}) < 0.5).to(at::kFloat) * 2;
        batch = stepBatch(features, labels, scale);
        trained = applyFreezePlan(network, FreezePlan::unfreezeLast(4));
    }

    StepResult gradients(std::int64_t part) const
    {
        return computeGradients(network, boundary, at::kFloat, trained, batch, 1, part);
    }

    Network network;
    StepBatch batch;
    std::vector<NamedParameter> trained;
};

/// Largest difference of two tensors, as a share of the first one's largest value.
double relative(const at::Tensor& expected, const at::Tensor& found)
{
    return ((expected - found).abs().max() / expected.abs().max()).item<double>();
}

} // namespace

class TestTrainStep : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { setThreadCount(1); }

    void partsAddUpToTheBatch_data()
    {
        QTest::addColumn<int>("part");
        QTest::addColumn<int>("classes");
        for (const int classes : {2, 3}) {
            for (const int part : {1, 3, 5}) {
                QTest::addRow("%d of %d, %d classes", part, batchSize, classes) << part << classes;
            }
        }
    }

    // Other orders of the same float32 sums. Classes pull apart, so a gradient is about a tenth of the terms
    // it sums, whose roundings (6e-8 each) then count tenfold, and a few of them add up: 1.5e-6 was measured.
    // A part weighted wrongly would be off by a tenth and more.
    void partsAddUpToTheBatch()
    {
        QFETCH(int, part);
        QFETCH(int, classes);
        const Model whole(classes);
        const Model parts(classes);
        const StepResult expected = whole.gradients(batchSize);
        const StepResult found = parts.gradients(part);
        QVERIFY(std::abs(expected.loss - found.loss) < 1e-6 * expected.loss);
        QCOMPARE(found.correct, expected.correct);
        double largest = 0;
        for (std::size_t i = 0; i < whole.trained.size(); ++i) {
            largest =
                std::max(largest, relative(whole.trained[i].tensor.grad(), parts.trained[i].tensor.grad()));
        }
        qInfo("gradients differ by %.2g", largest);
        QVERIFY(largest < 5e-6);
    }

    // RMSprop divides each gradient by its own size, so that roundings which are 1e-6 of the largest gradient
    // are more of a small one's update. The unit is the weights' size, ten rates at least: 6e-6 was measured.
    void updatesByPartsAgree()
    {
        const Model whole(2);
        const Model parts(2);
        KerasRmsprop first(whole.trained, learningRate);
        KerasRmsprop second(parts.trained, learningRate);
        for (int step = 0; step < 3; ++step) {
            PartSize unlimited;
            trainStep(whole.network, boundary, at::kFloat, first, whole.batch, unlimited);
            parts.gradients(3);
            second.step();
        }
        double largest = 0;
        for (std::size_t i = 0; i < whole.trained.size(); ++i) {
            const at::NoGradGuard guard;
            // Biases begin at zero: a step is their largest value.
            const double size =
                std::max(whole.trained[i].tensor.abs().max().item<double>(), 10 * learningRate);
            const at::Tensor difference = (whole.trained[i].tensor - parts.trained[i].tensor).abs();
            largest = std::max(largest, difference.max().item<double>() / size);
        }
        qInfo("weights differ by %.2g", largest);
        QVERIFY(largest < 3e-5);
    }

    // Memory for three pictures, as a device tells it: in the middle of a step.
    void whatMemoryDoesNotHoldIsComputedInParts()
    {
        const Model whole(2);
        const Model parts(2);
        KerasRmsprop first(whole.trained, learningRate);
        KerasRmsprop second(parts.trained, learningRate);
        PartSize unlimited;
        std::vector<std::int64_t> told;
        PartSize limited("memory", [&](std::int64_t count, std::int64_t part) { told = {count, part}; });
        StepBatch batch = parts.batch;
        int failures = 0;
        batch.features = [&](std::int64_t begin, std::int64_t count) {
            // The first part of four passes, so that its gradients are there when the second one fails.
            if (count > 4 || (count == 4 && begin > 0)) {
                ++failures;
                throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory.");
            }
            return parts.batch.features(begin, count);
        };
        for (int step = 0; step < 2; ++step) {
            const StepResult expected =
                trainStep(whole.network, boundary, at::kFloat, first, whole.batch, unlimited);
            const StepResult found = trainStep(parts.network, boundary, at::kFloat, second, batch, limited);
            QVERIFY(std::abs(expected.loss - found.loss) < 1e-5 * expected.loss);
            QCOMPARE(found.correct, expected.correct);
        }
        QCOMPARE(failures, 2);
        QCOMPARE(told, (std::vector<std::int64_t>{batchSize, 2}));
        for (std::size_t i = 0; i < whole.trained.size(); ++i) {
            // A part counted twice would be off by a tenth.
            QVERIFY(relative(first.state()[0].values[i].tensor, second.state()[0].values[i].tensor) < 1e-4);
        }
    }

    void nothingIsUpdatedWhereNotOnePictureFits()
    {
        const Model model(2);
        KerasRmsprop optimizer(model.trained, learningRate);
        std::vector<at::Tensor> before;
        for (const NamedParameter& parameter : model.trained) {
            before.push_back(parameter.tensor.detach().clone());
        }
        StepBatch batch = model.batch;
        batch.features = [](std::int64_t, std::int64_t) -> at::Tensor {
            throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory.");
        };
        PartSize parts;
        QVERIFY_THROWS_EXCEPTION(Error,
                                 trainStep(model.network, boundary, at::kFloat, optimizer, batch, parts));
        for (std::size_t i = 0; i < before.size(); ++i) {
            QVERIFY(model.trained[i].tensor.equal(before[i]));
        }
    }

    // A power of two changes exponents alone, so nothing rounds otherwise.
    void aScaledLossChangesNoBitInFloat32()
    {
        const Model plain(2);
        const Model scaled(2);
        KerasRmsprop first(plain.trained, learningRate);
        KerasRmsprop second(scaled.trained, learningRate);
        PartSize parts;
        LossScale scale;
        for (int step = 0; step < 3; ++step) {
            const StepResult expected =
                trainStep(plain.network, boundary, at::kFloat, first, plain.batch, parts);
            const StepResult found =
                trainStep(scaled.network, boundary, at::kFloat, second, scaled.batch, parts, &scale);
            QCOMPARE(found.loss, expected.loss);
            QVERIFY(expected.isTaken && found.isTaken);
        }
        QVERIFY((scale == LossScale{65536, 3}));
        for (std::size_t i = 0; i < plain.trained.size(); ++i) {
            QVERIFY(plain.trained[i].tensor.equal(scaled.trained[i].tensor));
            QVERIFY(first.state()[0].values[i].tensor.equal(second.state()[0].values[i].tensor));
        }
    }

    // 2^140 is more than float32 holds: every gradient overflows, as float16's do at far smaller scales.
    void aStepWhoseGradientsOverflowIsLeftOut()
    {
        const Model model(2);
        KerasRmsprop optimizer(model.trained, learningRate);
        std::vector<at::Tensor> before;
        for (const NamedParameter& parameter : model.trained) {
            before.push_back(parameter.tensor.detach().clone());
        }
        PartSize parts;
        LossScale scale{std::ldexp(1.0, 140), 7};
        const StepResult result =
            trainStep(model.network, boundary, at::kFloat, optimizer, model.batch, parts, &scale);
        QVERIFY(std::isfinite(result.loss));
        QVERIFY(!result.isTaken); // so that an average of the weights leaves it out too
        QCOMPARE(result.culprit, std::string());
        QVERIFY((scale == LossScale{std::ldexp(1.0, 139), 0}));
        for (std::size_t i = 0; i < before.size(); ++i) {
            QVERIFY(model.trained[i].tensor.equal(before[i]));
            QVERIFY(!model.trained[i].tensor.grad().defined());
            QVERIFY(optimizer.state()[0].values[i].tensor.equal(at::zeros_like(before[i])));
        }
    }

    void nothingIsLeftOfABatchThatDiverged()
    {
        const Model model(2);
        at::Tensor features = model.batch.features(0, batchSize).clone();
        features[5].fill_(std::numeric_limits<float>::infinity());
        const StepBatch batch = stepBatch(features, model.batch.labels, model.batch.dropoutScale);
        const StepResult result =
            computeGradients(model.network, boundary, at::kFloat, model.trained, batch, 1, 2);
        QVERIFY(!std::isfinite(result.loss));
        QCOMPARE(result.culprit, std::string("what the frozen layers give"));
        for (const NamedParameter& parameter : model.trained) {
            QVERIFY(!parameter.tensor.grad().defined());
        }
    }
};

THAW_TEST(TestTrainStep)
#include "test_train_step.moc"
