#include "core/base/atomic_file.h"
#include "core/compute/compute_device.h"
#include "tests/support/golden.h"
#include "tests/support/golden_trajectory_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;
using nlohmann::json;

namespace {

/// A file's name of a tensor as Keras calls it in trajectory.json.
std::string kerasName(const std::string& name)
{
    std::string layer = test::layerName(name);
    const bool bias = layer.ends_with(".bias");
    layer.erase(layer.rfind('.'));
    if (layer == "dense1") {
        layer = "dense";
    } else if (layer == "dense2") {
        layer = "dense_1";
    }
    return layer + (bias ? "/bias" : "/kernel");
}

} // namespace

/// Twenty steps of Keras on 64 pictures with the true VGG16: the losses, the losses after each epoch, and the
/// norms.
class TestGoldenTrajectory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void followsKerasStepByStep()
    {
        const auto golden = test::sharedPath("golden");
        const auto weightsFile = test::imageNetWeights();
        if (!golden || !weightsFile) {
            QSKIP(
                "needs the reference values and the ImageNet weights, which are kept outside the repository");
        }
        setThreadCount(0);
        const json truth = json::parse(readTextFile(*golden / "trajectory.json", 1 << 20));
        std::vector<std::filesystem::path> files;
        for (const json& name : truth.at("order")) {
            files.push_back(*golden / "images" / (name.get<std::string>() + ".png"));
        }
        const at::Tensor labels = at::tensor(truth.at("labels").get<std::vector<std::int64_t>>(), at::kLong);

        const BaseWeights base = readBaseWeights(*weightsFile);
        Network network(base, HeadSpec{}, c10::Device(at::kCPU));
        network.loadHead({test::sineKernel("head.dense1.weight", 12'800, 256, 0.002),
                          {"head.dense1.bias", {256}, std::vector<float>(256)},
                          test::sineKernel("head.dense2.weight", 256, 1, 0.02),
                          {"head.dense2.bias", {1}, std::vector<float>(1)}});
        const test::TrajectoryDifference difference =
            test::followTrajectory(network, test::inputsOf(files), labels, truth.at("batch"),
                                   {{FreezePlan(), 3e-6, truth.at("phases").at(0)},
                                    {FreezePlan::unfreezeLast(4), 1e-6, truth.at("phases").at(1)}},
                                   kerasName);
        qInfo("%s", difference.text().c_str());
        // A plain program gets 1.2e-6 and 6.5e-6: other sums in other orders. A wrong epsilon rule or weight
        // layout is off by far more than 2e-5.
        QVERIFY2(difference.isWithin(2e-5), difference.text().c_str());
        const BaseWeights after = network.copyBase();
        for (std::size_t i = 0; i < 10; ++i) {
            QVERIFY(after.layers[i] == base.layers[i]);
        }
    }
};

THAW_TEST(TestGoldenTrajectory)
#include "test_golden_trajectory.moc"
