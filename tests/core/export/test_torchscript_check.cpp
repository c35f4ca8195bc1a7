#include "core/export/torchscript_check_torch.h"
#include "core/export/torchscript_torch.h"
#include "core/model/network_torch.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace thaw;

namespace {

constexpr int side = 64;

double logitOf(const ModelWeights& model)
{
    const at::NoGradGuard guard;
    const Network network(model, c10::Device(at::kCPU));
    const FloatImage picture = checkPicture(side);
    std::vector<float> input(picture.pixels.size());
    preprocess(picture, model.base.preprocessing, input);
    const at::Tensor pixels = inputTensor(input, 1, side, network.device());
    return network.forwardHead(network.forwardBase(pixels, 1, baseLayerCount)).item<double>();
}

/// Two classes, told apart by the mean features times `even` and `odd` in turn. The bias makes it `logit` for
/// the picture that modules are asked about.
ModelWeights modelWith(float even, float odd, double logit)
{
    ModelWeights model;
    model.base = randomBaseWeights(scaledBackbone(1.0 / 16), 3);
    model.headSpec = {HeadKind::Pooled, 2, 0.5, featureSide(side), model.base.backbone().channels.back()};
    model.transform.inputSize = side;
    model.classes = {"cat", "dog"};
    const int inputs = model.headSpec.featureChannels;
    NamedTensor kernel{"head.dense.weight", {1, inputs}, {}};
    for (int i = 0; i < inputs; ++i) {
        kernel.values.push_back(i % 2 == 0 ? even : odd);
    }
    model.head.push_back(std::move(kernel));
    model.head.push_back({"head.dense.bias", {1}, {0.0f}});
    model.head.back().values.front() = static_cast<float>(logit - logitOf(model));
    return model;
}

/// Of the check when the file holds `written`.
std::string verdict(const ModelWeights& written, const ModelWeights& model)
{
    const test::TemporaryFolder folder;
    writeTorchScript(written, folder / "model.pt");
    return test::refusalOf(ErrorCode::Internal, [&] { checkTorchScript(model, folder / "model.pt"); });
}

} // namespace

/// What counts as the same model after an export. That whole exports pass is tested in test_export.
class TestTorchscriptCheck : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Terms of a hundred thousand and more cancel out to a logit near 0, where a probability moves most.
    // Their rounding shows in it as far more than 1e-5 wherever module and network do not use the same
    // kernels.
    void roundingInLargeTermsIsNoDifference()
    {
        const ModelWeights model = modelWith(1000, -1000, 0);
        QCOMPARE(verdict(model, model), std::string("nothing thrown"));
    }

    void aDifferenceThatProbabilitiesHideIsSeen()
    {
        const ModelWeights model = modelWith(0.001f, 0.001f, 1000);
        ModelWeights other = model;
        other.base.preprocessing = torchvisionPreprocessing();
        // Both answer 1 to the last bit of a float32.
        QVERIFY(logitOf(model) > 100 && logitOf(other) > 100);
        QVERIFY(verdict(model, other).find("logits differ") != std::string::npos);
        QVERIFY(verdict(other, model).find("logits differ") != std::string::npos);
    }

    void aSmallDifferenceIsSeen()
    {
        const ModelWeights model = modelWith(0.01f, -0.01f, 1);
        ModelWeights other = model;
        std::vector<float>& weights = other.head.front().values;
        for (std::size_t i = 0; i < weights.size(); i += 2) {
            weights[i] *= 1.01f;
        }
        QVERIFY(verdict(model, other).find("logits differ") != std::string::npos);
    }

    // What other programs read to feed the module.
    void theDescriptionIsThatOfTheModel()
    {
        ModelWeights model = modelWith(0.01f, -0.01f, 1);
        model.classes = {"cat", "d\xC3\xB6g"};
        model.transform.resize = ResizeRule::Letterbox;
        model.transform.applyOrientation = false;
        model.transform.dctMethod = DctMethod::Fast;
        for (const Preprocessing& preprocessing : {caffePreprocessing(), torchvisionPreprocessing()}) {
            model.base.preprocessing = preprocessing;
            const test::TemporaryFolder folder;
            writeTorchScript(model, folder / "model.pt");
            torch::jit::ExtraFilesMap files{{"thaw.json", ""}};
            torch::jit::load((folder / "model.pt").string(), {}, files);
            const auto json = nlohmann::json::parse(files["thaw.json"]);
            const std::vector<std::string> classes = json["classes"];
            QCOMPARE(classes, model.classes);
            const nlohmann::json& input = json["input"];
            QVERIFY(input["layout"] == "NCHW" && input["channels"] == "RGB");
            QCOMPARE(input["size"].get<int>(), side);
            QVERIFY(input["resize"] == "letterbox" && input["exif"] == false &&
                    input["dct_method"] == "fast");
            const nlohmann::json& inside = json["inside"];
            const bool isBgr = preprocessing.order == ChannelOrder::Bgr;
            QVERIFY(inside["order"] == (isBgr ? "BGR" : "RGB"));
            QCOMPARE(inside["scale"].get<float>(), preprocessing.scale);
            const std::array<float, 3> mean = inside["mean"];
            const std::array<float, 3> deviation = inside["std"];
            QVERIFY(mean == preprocessing.mean);
            QVERIFY(deviation == preprocessing.std);
            QVERIFY(mean != deviation);
        }
    }

    void whatIsNoNumberIsADifference()
    {
        ModelWeights model = modelWith(0.01f, -0.01f, 1);
        model.head.back().values.front() = std::numeric_limits<float>::quiet_NaN();
        QVERIFY(verdict(model, model).find("logits differ") != std::string::npos);
    }
};

THAW_TEST(TestTorchscriptCheck)
#include "test_torchscript_check.moc"
