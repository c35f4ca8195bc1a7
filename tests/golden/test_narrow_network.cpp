#include "core/base/atomic_file.h"
#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/evaluate/evaluation.h"
#include "tests/support/golden.h"
#include "tests/support/golden_trajectory_torch.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;
using nlohmann::json;

/// A narrow VGG16 with the weights file that Keras wrote: block outputs, and training step by step.
class TestNarrowNetwork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(1);
        m_base = readBaseWeights(test::goldenData() / "narrow.weights.h5");
        m_truth = json::parse(readTextFile(test::goldenData() / "trajectories.json", 1 << 20));
    }

    void readsTheWeightsThatKerasWrote()
    {
        QVERIFY(m_base.backbone() == scaledBackbone(1.0 / 16));
        QVERIFY(m_base.preprocessing == caffePreprocessing());
    }

    void blockOutputs()
    {
        const SafetensorsFile file = test::readGolden(test::goldenData() / "forward.safetensors");
        const auto picture = test::goldenData() / "pictures" / file.metadata.at("picture");
        TransformSpec transform;
        transform.inputSize = m_truth.at("side");
        ComputeOptions options;
        options.precision = Precision::Float32;
        for (int block = 1; block <= 5; ++block) {
            const std::string layer = "block" + std::to_string(block) + "_pool";
            const auto maps = computeFeatures(m_base, transform, layer, {picture}, options);
            QVERIFY(maps && maps->size() == 1);
            const NamedTensor& expected = *file.find(layer);
            QCOMPARE(static_cast<std::int64_t>(maps->front().height), expected.shape[0]);
            QCOMPARE(static_cast<std::int64_t>(maps->front().channels), expected.shape[2]);
            const test::Difference difference = test::differenceOf(maps->front().values, expected.values);
            const double share = difference.largest / difference.largestExpected;
            qInfo("%s: largest %g, difference %.2g of it", layer.c_str(), difference.largestExpected, share);
            // Two correct float32 programs that sum in another order differ by about 1e-6 of the largest
            // value.
            QVERIFY2(share <= 5e-6, layer.c_str());
        }
    }

    void followsKerasStepByStep_data()
    {
        QTest::addColumn<int>("number");
        int number = 0;
        for (const json& entry : m_truth.at("cases")) {
            if (!entry.at("steps").empty()) {
                QTest::newRow(entry.at("name").get<std::string>().c_str()) << number;
            }
            ++number;
        }
    }

    void followsKerasStepByStep()
    {
        QFETCH(int, number);
        const json& entry = m_truth.at("cases").at(static_cast<std::size_t>(number));
        const HeadSpec spec = headOf(entry);
        Network network(m_base, spec, c10::Device(at::kCPU));
        network.loadHead(sineHead(spec));
        std::vector<std::filesystem::path> files;
        std::vector<std::int64_t> labels;
        readTrainingList(entry.at("list"), files, labels);
        std::vector<test::TrajectoryPhase> phases;
        for (const json& phase : entry.at("steps")) {
            phases.push_back({FreezePlan::unfreezeLast(phase.at("unfreeze")), phase.at("rate"), phase});
        }
        const test::TrajectoryDifference difference =
            test::followTrajectory(network, test::inputsOf(files), at::tensor(labels, at::kLong),
                                   m_truth.at("batch"), phases, test::layerName);
        qInfo("%s", difference.text().c_str());
        // See make_golden.py: float32 and float64 of Keras itself differ by a tenth of this at these rates.
        QVERIFY2(difference.isWithin(2e-5), difference.text().c_str());
        const BaseWeights after = network.copyBase();
        for (std::size_t i = 0; i < after.layers.size(); ++i) {
            QCOMPARE(after.layers[i] == m_base.layers[i], i < 10);
        }
    }

private:
    HeadSpec headOf(const json& entry) const
    {
        HeadSpec spec;
        spec.kind = *headKindFromName(entry.at("head").get<std::string>());
        spec.classes = entry.at("classes");
        spec.featureSide = featureSide(m_truth.at("side"));
        spec.featureChannels = m_base.backbone().channels.back();
        return spec;
    }

    static HeadWeights sineHead(const HeadSpec& spec)
    {
        HeadWeights head;
        const std::vector<DenseInfo> layers = headLayers(spec);
        for (const DenseInfo& layer : layers) {
            const double scale = layer.name == layers.back().name ? 0.02 : 0.01;
            const std::string name = "head." + layer.name;
            head.push_back(test::sineKernel(name + ".weight", layer.inputs, layer.outputs, scale));
            head.push_back({name + ".bias", {layer.outputs}, std::vector<float>(layer.outputs)});
        }
        return head;
    }

    /// The rows of NAME.csv that train, in the list's order.
    static void readTrainingList(const std::string& name, std::vector<std::filesystem::path>& files,
                                 std::vector<std::int64_t>& labels)
    {
        const auto folder = test::goldenData() / "pictures";
        ScanOptions options;
        options.threads = 1;
        const DatasetIndex dataset = *scanDataset(folder / (name + ".csv"), options);
        for (const std::size_t index : dataset.indicesOf(Split::Train)) {
            files.push_back(dataset.pathOf(dataset.samples[index]));
            labels.push_back(dataset.samples[index].label);
        }
    }

    BaseWeights m_base;
    json m_truth;
};

THAW_TEST(TestNarrowNetwork)
#include "test_narrow_network.moc"
