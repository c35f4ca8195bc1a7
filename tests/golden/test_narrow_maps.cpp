#include "core/base/atomic_file.h"
#include "core/compute/compute_device.h"
#include "core/explain/explainer.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <map>

using namespace thaw;
using nlohmann::json;

namespace {

/// See make_maps_golden.py.
NamedTensor sineWeight(const DenseInfo& layer, double scale)
{
    NamedTensor tensor{"head." + layer.name + ".weight", {layer.outputs, layer.inputs}, {}};
    for (int j = 0; j < layer.outputs; ++j) {
        for (int i = 0; i < layer.inputs; ++i) {
            tensor.values.push_back(static_cast<float>(scale * std::sin(0.1 * i + 0.7 * j)));
        }
    }
    return tensor;
}

NamedTensor risingBias(const DenseInfo& layer)
{
    NamedTensor tensor{"head." + layer.name + ".bias", {layer.outputs}, {}};
    for (int j = 0; j < layer.outputs; ++j) {
        tensor.values.push_back(static_cast<float>(0.001 * (j + 1)));
    }
    return tensor;
}

} // namespace

/// A narrow VGG16's maps of classes beside PyTorch's, which were computed in float64.
class TestNarrowMaps : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        setThreadCount(1);
        m_base = readBaseWeights(test::goldenData() / "narrow.weights.h5");
        m_truth = json::parse(readTextFile(test::goldenData() / "maps.json", 1 << 20)).at("maps");
        QCOMPARE(m_truth.size(), std::size_t(80));
    }

    void areAsPyTorchHasThem()
    {
        std::map<std::string, double> worst;
        for (const json& expected : m_truth) {
            const std::string name = expected.at("head").get<std::string>() + " " +
                                     expected.at("method").get<std::string>() + " " +
                                     expected.at("layer").get<std::string>();
            ExplainRequest request;
            request.method = *explainMethodFromName(expected.at("method").get<std::string>());
            request.layer = expected.at("layer");
            request.labels = {expected.at("label")};
            Explanation map;
            Explainer(modelOf(expected), {})
                .explain({test::goldenData() / "pictures" / expected.at("picture").get<std::string>()},
                         request, [&map](const Explanation& each) { map = each; });
            QVERIFY2(map.error.empty(), map.error.c_str());
            QCOMPARE(map.evidence.height, expected.at("shape").at(0).get<int>());
            QCOMPARE(map.evidence.width, expected.at("shape").at(1).get<int>());
            const auto evidence = expected.at("evidence").get<std::vector<float>>();
            const test::Difference difference = test::differenceOf(map.evidence.values, evidence);
            double& share = worst[nameOf(request.method)];
            share = std::max(share, difference.largest / difference.largestExpected);
            // Float32 against float64: about 1e-6 of the numbers is lost. Occlusion's are differences of two
            // logits, which lose more of what is left.
            QVERIFY2(difference.largest <= 1e-4 * difference.largestExpected, name.c_str());
            const double logit = expected.at("logit");
            QVERIFY2(std::abs(map.logit - logit) <= 1e-5 * std::max(1.0, std::abs(logit)), name.c_str());
        }
        for (const auto& [method, share] : worst) {
            qInfo("%s: %.1e of a map's largest value", method.c_str(), share);
        }
    }

private:
    ModelWeights modelOf(const json& entry) const
    {
        ModelWeights model;
        model.base = m_base;
        model.transform.inputSize = 72;
        model.headSpec.kind = *headKindFromName(entry.at("head").get<std::string>());
        model.headSpec.classes = entry.at("classes");
        model.headSpec.featureSide = featureSide(model.transform.inputSize);
        model.headSpec.featureChannels = m_base.backbone().channels.back();
        model.classes.resize(static_cast<std::size_t>(model.headSpec.classes), "a class");
        const std::vector<DenseInfo> layers = headLayers(model.headSpec);
        for (const DenseInfo& layer : layers) {
            model.head.push_back(sineWeight(layer, layer == layers.back() ? 0.02 : 0.01));
            model.head.push_back(risingBias(layer));
        }
        return model;
    }

    BaseWeights m_base;
    json m_truth;
};

THAW_TEST(TestNarrowMaps)
#include "test_narrow_maps.moc"
