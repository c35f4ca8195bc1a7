#include "core/compute/compute_device.h"
#include "core/data/image/image_io.h"
#include "core/model/network_torch.h"
#include "tests/core/explain/explained_models.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace thaw;

namespace {

double evidenceSum(const Explanation& explanation)
{
    const std::vector<float>& values = explanation.evidence.values;
    return std::accumulate(values.begin(), values.end(), 0.0);
}

/// What the biases above a layer add to a class's score: each times the score's gradient with respect to it.
/// From a layer's output on the network is piecewise linear, and there a score is the sum of its inputs and
/// biases, each times its gradient (Euler's theorem for what grows in proportion).
double effectiveBias(const ModelWeights& model, const std::filesystem::path& file, int layer, int label)
{
    const Network network(model, c10::Device(at::kCPU));
    const int side = model.transform.inputSize;
    std::vector<float> values(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
    preprocess(transformFile(file, model.transform), model.base.preprocessing, values);
    const at::Tensor inputs = inputTensor(values, 1, side, c10::Device(at::kCPU));
    const at::Tensor below = network.forwardBase(inputs, 1, layer);
    FreezePlan above;
    for (int i = layer + 1; i <= baseLayerCount; ++i) {
        above.setTrainable(i, true);
    }
    std::vector<at::Tensor> biases;
    for (const NamedParameter& parameter : network.trainable(above)) {
        if (parameter.name.ends_with(".bias")) {
            biases.push_back(parameter.tensor);
            parameter.tensor.set_requires_grad(true);
        }
    }
    const at::Tensor logits = network.forwardHead(network.forwardBase(below, layer + 1, baseLayerCount));
    const bool isSigmoid = logits.size(1) == 1;
    (isSigmoid ? logits[0][0] * (label == 1 ? 1 : -1) : logits[0][label]).backward();
    double sum = 0;
    for (const at::Tensor& bias : biases) {
        sum += (bias.grad() * bias.detach()).sum().item<double>();
    }
    return sum;
}

const std::vector<float>& headValues(const ModelWeights& model, const std::string& name)
{
    return std::ranges::find(model.head, name, &NamedTensor::name)->values;
}

} // namespace

/// Whether HiResCAM's maps are a score taken apart: the places' evidence and a bias add up to the logit.
class TestExplanationSums : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(1);
        for (std::uint64_t i = 0; i < 4; ++i) {
            m_files.push_back(m_folder / (std::to_string(i) + ".png"));
            writePng(m_files.back(), test::plantedPicture(96, i % 2 == 0, i).image);
        }
    }

    // Above block5_conv3 there is only the head, whose biases add W₂b₁ + b₂, by hand.
    void evidenceAndTheHeadsBiasAreTheLogit()
    {
        const ModelWeights model = test::narrowModel({HeadKind::Book, 3});
        const std::vector<float>& b1 = headValues(model, "head.dense1.bias");
        const std::vector<float>& w2 = headValues(model, "head.dense2.weight");
        const std::vector<float>& b2 = headValues(model, "head.dense2.bias");
        const auto maps =
            test::explained(model, m_files, {ExplainMethod::HiResCam, "block5_conv3", {0, 1, 2}});
        QCOMPARE(maps.size(), std::size_t(12));
        for (const Explanation& map : maps) {
            const auto label = static_cast<std::size_t>(map.label);
            double bias = b2[label];
            for (std::size_t i = 0; i < b1.size(); ++i) {
                bias += static_cast<double>(w2[label * b1.size() + i]) * b1[i];
            }
            verifySum(map, bias);
        }
    }

    void evidenceAndBiasAreTheLogitFromAnyLayer_data()
    {
        QTest::addColumn<int>("head");
        QTest::addColumn<int>("classes");
        QTest::addColumn<QString>("layer");
        for (const HeadKind head : headKinds) {
            for (const int classes : {2, 3}) {
                for (const char* layer : {"block5_conv3", "block5_conv1", "block3_conv2"}) {
                    QTest::addRow("%s, %d classes, %s", nameOf(head), classes, layer)
                        << int(head) << classes << QString(layer);
                }
            }
        }
    }

    void evidenceAndBiasAreTheLogitFromAnyLayer()
    {
        QFETCH(int, head);
        QFETCH(int, classes);
        QFETCH(QString, layer);
        const ModelWeights model = test::narrowModel({static_cast<HeadKind>(head), classes});
        const std::string name = layer.toStdString();
        const auto maps = test::explained(model, m_files, {ExplainMethod::HiResCam, name, {0, 1}});
        QCOMPARE(maps.size(), std::size_t(8));
        for (const Explanation& map : maps) {
            verifySum(map, effectiveBias(model, map.path, layerIndex(name), map.label));
        }
    }

    // Grad-CAM's are none where every place has weights of its own, which is why it is not the first choice.
    void gradCamIsNoSum()
    {
        const ModelWeights model = test::narrowModel({HeadKind::Book, 2});
        const auto hires = test::explained(model, m_files, {ExplainMethod::HiResCam, "block5_conv3", {1}});
        const auto grad = test::explained(model, m_files, {ExplainMethod::GradCam, "block5_conv3", {1}});
        double apart = 0;
        for (std::size_t i = 0; i < m_files.size(); ++i) {
            apart = std::max(apart, std::abs(evidenceSum(hires[i]) - evidenceSum(grad[i])));
        }
        QVERIFY(apart > 1e-2);
    }

private:
    // The logit is of the order of 1, its parts of 10: float32 leaves 1e-6 of that.
    static void verifySum(const Explanation& map, double bias)
    {
        const double sum = evidenceSum(map);
        const double difference = std::abs(sum + bias - map.logit);
        QVERIFY2(difference <= 1e-4, qPrintable(QString("%1 + %2 for %3").arg(sum).arg(bias).arg(map.logit)));
        QVERIFY(std::abs(bias) > 1e-3 && std::abs(sum) > 1e-3); // neither would be missed otherwise
    }

    test::TemporaryFolder m_folder;
    std::vector<std::filesystem::path> m_files;
};

THAW_TEST(TestExplanationSums)
#include "test_explanation_sums.moc"
