#include "core/base/atomic_file.h"
#include "core/compute/compute_device.h"
#include "core/train/loop/train_step_torch.h"
#include "tests/support/golden.h"
#include "tests/support/golden_trajectory_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace thaw;
using nlohmann::json;

namespace {

/// A phase with the optimizer of an entry, whose keys are those of the recipe.
PhaseRecipe optimizerSettings(const json& entry, double learningRate)
{
    Recipe recipe = bookRecipe();
    for (const char* key : {"optimizer", "momentum", "nesterov", "weight_decay"}) {
        if (entry.contains(key)) {
            setRecipeField(recipe, std::string("phases.0.") + key, entry.at(key).dump());
        }
    }
    recipe.phases[0].learningRate = learningRate;
    return recipe.phases[0];
}

/// The largest |value − expected| / |expected|.
double worstShare(const at::Tensor& values, const std::vector<double>& expected)
{
    double worst = static_cast<std::size_t>(values.numel()) == expected.size() ? 0 : HUGE_VAL;
    for (std::size_t i = 0; i < expected.size() && worst < HUGE_VAL; ++i) {
        const double value = values[static_cast<std::int64_t>(i)].item<double>();
        worst = std::max(worst, test::relativeDifference(value, expected[i]));
    }
    return worst;
}

/// A parameter's first values in the order that Keras lays it out in: [H, W, in, out] and [in, out].
at::Tensor firstInKerasOrder(const at::Tensor& parameter, std::int64_t count)
{
    at::Tensor values = parameter.detach();
    if (values.dim() == 4) {
        values = values.permute({2, 3, 1, 0});
    } else if (values.dim() == 2) {
        values = values.t();
    }
    return values.reshape(-1).narrow(0, 0, count);
}

double normOf(const at::Tensor& tensor)
{
    return tensor.norm().item<double>();
}

} // namespace

/// SGD, momentum, Nesterov's momentum, Adam, AdamW and RMSprop as Keras computes them, with a learning rate
/// that changes in the middle.
class TestNarrowOptimizers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(1);
        m_truth = json::parse(readTextFile(test::goldenData() / "learning.json", 1 << 20));
    }

    void formulasEqualKeras_data() { addRows("traces"); }

    void formulasEqualKeras()
    {
        QFETCH(int, number);
        const json& trace = m_truth.at("traces").at(static_cast<std::size_t>(number));
        at::Tensor weight =
            at::tensor(trace.at("start").get<std::vector<float>>(), at::kFloat).set_requires_grad(true);
        const auto rates = trace.at("rates").get<std::vector<double>>();
        const auto optimizer = makeOptimizer(optimizerSettings(trace, rates.at(0)), {{"w", weight}});
        double worst = 0;
        for (std::size_t step = 0; step < rates.size(); ++step) {
            optimizer->setLearningRate(rates[step]);
            weight.mutable_grad() =
                at::tensor(trace.at("gradients").at(step).get<std::vector<float>>(), at::kFloat);
            optimizer->step();
            worst = std::max(worst, worstShare(weight, trace.at("weights").at(step)));
        }
        const json& state = trace.at("state");
        QCOMPARE(optimizer->state().size(), state.size());
        double worstState = 0;
        for (const OptimizerSlot& slot : optimizer->state()) {
            QVERIFY2(state.contains(slot.name), slot.name.c_str());
            worstState = std::max(worstState, worstShare(slot.values.at(0).tensor, state.at(slot.name)));
        }
        qInfo("largest relative difference: weights %.2g, state %.2g", worst, worstState);
        // A weight's last bit is 1.2e-7 of it at most, and each of six steps may round another way.
        QVERIFY2(worst <= 4e-7, qPrintable(QString::number(worst)));
        // Sums of gradients with either sign lose a little more.
        QVERIFY2(worstState <= 1e-6, qPrintable(QString::number(worstState)));
    }

    void followsKerasStepByStep_data() { addRows("trajectories"); }

    void followsKerasStepByStep()
    {
        QFETCH(int, number);
        const json& entry = m_truth.at("trajectories").at(static_cast<std::size_t>(number));
        Network network = startNetwork();
        const FreezePlan plan = FreezePlan::unfreezeLast(4);
        const std::vector<NamedParameter> trained = applyFreezePlan(network, plan);
        std::vector<at::Tensor> start;
        for (const NamedParameter& parameter : trained) {
            start.push_back(parameter.tensor.detach().to(at::kDouble));
        }

        const double worstLoss = train(network, plan, trained, entry);
        QVERIFY2(worstLoss <= tolerance, qPrintable(QString::number(worstLoss)));

        const json& tensors = entry.at("tensors");
        QCOMPARE(trained.size(), tensors.size());
        double worstValue = 0;
        for (std::size_t i = 0; i < trained.size(); ++i) {
            const std::string name = test::layerName(trained[i].name);
            const json& expected = tensors.at(name);
            const at::Tensor after = trained[i].tensor.detach().to(at::kDouble);
            const double norm = expected.at("norm");
            QVERIFY2(test::relativeDifference(normOf(after), norm) <= tolerance, name.c_str());
            // The change is what an optimizer decides. Of a small one roundings of the weights themselves
            // are a part: Keras's in float32 and float64 are up to 5e-8 of the norm apart.
            const double change = expected.at("change");
            const double off = std::abs(normOf(after - start[i]) - change);
            QVERIFY2(off <= tolerance * change + 1e-7 * norm,
                     qPrintable(QString::fromStdString(name) + QString(" changed by %1 too much").arg(off)));
            const auto values = expected.at("values").get<std::vector<double>>();
            worstValue =
                std::max(worstValue, worstShare(firstInKerasOrder(after, std::ssize(values)), values));
        }
        qInfo("largest relative difference: losses %.2g, values %.2g", worstLoss, worstValue);
        QVERIFY2(worstValue <= tolerance, qPrintable(QString::number(worstValue)));
    }

private:
    // Keras's own losses in float32 and float64 are 5e-7 apart, single values 1e-6; another order of sums and
    // another convolution may make it some times more. A wrong formula is off by 1e-3 or more.
    static constexpr double tolerance = 2e-5;

    void addRows(const char* list) const
    {
        QTest::addColumn<int>("number");
        int number = 0;
        for (const json& entry : m_truth.at(list)) {
            QTest::newRow(entry.at("name").get<std::string>().c_str()) << number++;
        }
    }

    /// The narrow base and make_golden.py's pooled head for three classes.
    static Network startNetwork()
    {
        const BaseWeights base = readBaseWeights(test::goldenData() / "narrow.weights.h5");
        HeadSpec spec;
        spec.kind = HeadKind::Pooled;
        spec.classes = 3;
        spec.featureSide = featureSide(72);
        spec.featureChannels = base.backbone().channels.back();
        Network network(base, spec, c10::Device(at::kCPU));
        network.loadHead({test::sineKernel("head.dense.weight", spec.featureChannels, 3, 0.02),
                          {"head.dense.bias", {3}, std::vector<float>(3)}});
        return network;
    }

    /// @return the largest relative difference of a step's loss
    double train(const Network& network, const FreezePlan& plan, const std::vector<NamedParameter>& trained,
                 const json& entry) const
    {
        std::vector<std::filesystem::path> files;
        for (const json& name : m_truth.at("pictures")) {
            files.push_back(test::goldenData() / "pictures" / name.get<std::string>());
        }
        const at::Tensor labels =
            at::tensor(m_truth.at("labels").get<std::vector<std::int64_t>>(), at::kLong);
        const FrozenPrefix prefix(network, plan.firstTrainableConvolution(), at::kFloat);
        const at::Tensor features = prefix.forward(test::inputsOf(files));
        const std::int64_t batch = m_truth.at("batch");
        const auto rates = entry.at("epoch_rates").get<std::vector<double>>();
        const auto optimizer = makeOptimizer(optimizerSettings(entry, rates.at(0)), trained);
        PartSize wholeBatches;
        std::size_t step = 0;
        double worst = 0;
        for (const double rate : rates) {
            optimizer->setLearningRate(rate);
            for (std::int64_t first = 0; first < features.size(0); first += batch) {
                const std::int64_t size = std::min(batch, features.size(0) - first);
                const StepResult result =
                    trainStep(network, prefix.boundary(), at::kFloat, *optimizer,
                              stepBatch(features.narrow(0, first, size), labels.narrow(0, first, size), {}),
                              wholeBatches);
                worst = std::max(worst, test::relativeDifference(result.loss, entry.at("losses").at(step++)));
            }
        }
        return step == entry.at("losses").size() ? worst : HUGE_VAL;
    }

    json m_truth;
};

THAW_TEST(TestNarrowOptimizers)
#include "test_narrow_optimizers.moc"
