#include "core/base/random.h"
#include "core/compute/compute_device.h"
#include "core/data/image/image_io.h"
#include "core/run/run_files.h"
#include "tests/core/explain/explained_models.h"
#include "tests/support/narrow_network.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

namespace {

constexpr int patchSide = 96;
constexpr int testPictures = 20; // of each class

/// Random, but for a channel that passes red up through all layers: a narrow random base loses colour on its
/// way, and training it takes too long for a test.
BaseWeights baseThatSeesRed()
{
    BaseWeights base = randomBaseWeights(scaledBackbone(1.0 / 16), 7);
    for (std::size_t i = 0; i < base.layers.size(); ++i) {
        std::vector<float>& kernel = base.layers[i].kernel;
        const auto inputs = static_cast<std::size_t>(base.layers[i].inputs);
        std::fill_n(kernel.begin(), inputs * 9, 0.0f);
        // The middle of 3 × 3: of blue, green and red red less the others, then channel 0 as it is.
        kernel[4] = i == 0 ? -0.5f : 1.0f;
        if (i == 0) {
            kernel[9 + 4] = -0.5f;
            kernel[18 + 4] = 1.0f;
        }
    }
    // What the other channels find is no help, and would take a larger data set to be unlearnt.
    ConvolutionWeights& last = base.layers.back();
    for (std::size_t i = static_cast<std::size_t>(last.inputs) * 9; i < last.kernel.size(); ++i) {
        last.kernel[i] /= 10;
    }
    base.hash = hashOf(base.layers);
    return base;
}

/// Whether a map's place lies on the square or next to it: an answer spreads over neighbours.
bool liesOnSquare(const PlaceMap& map, std::size_t place, const test::PlantedPicture& picture)
{
    const double step = static_cast<double>(patchSide) / map.width;
    const double x = (static_cast<double>(place % static_cast<std::size_t>(map.width)) + 0.5) * step;
    const double y = (static_cast<double>(place / static_cast<std::size_t>(map.width)) + 0.5) * step;
    const double margin = step / 2;
    return x > picture.left - margin && x < picture.left + picture.square + margin &&
           y > picture.top - margin && y < picture.top + picture.square + margin;
}

} // namespace

/// A model trained on a data set where a red square decides the class, and nothing else does.
class TestPlantedPatch : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        setThreadCount(1);
        const std::pair<const char*, int> splits[] = {
            {"train", 100}, {"validation", 20}, {"test", testPictures}};
        std::uint64_t seed = 0;
        for (const auto& [split, count] : splits) {
            for (const bool hasSquare : {false, true}) {
                const auto folder = m_folder.path() / "data" / split / (hasSquare ? "square" : "none");
                std::filesystem::create_directories(folder);
                for (int i = 0; i < count; ++i) {
                    const test::PlantedPicture picture = test::plantedPicture(patchSide, hasSquare, ++seed);
                    writePng(folder / (std::to_string(i) + ".png"), picture.image);
                    if (hasSquare && std::string(split) == "test") {
                        m_files.push_back(folder / (std::to_string(i) + ".png"));
                        m_pictures.push_back(picture);
                    }
                }
            }
        }
        // One phase of the head, whose stored inputs make an epoch of it take no time.
        Recipe recipe = test::narrowRecipe(20);
        recipe.phases.resize(1);
        recipe.augmentation.views = 1;
        recipe.inputSize = patchSide;
        recipe.augmentation.flip = 0;
        recipe.augmentation.rotation = 0;
        recipe.augmentation.zoom = 0;
        TrainRequest request = test::narrowRequest(recipe, m_folder / "data", m_folder / "run");
        request.weights = baseThatSeesRed();
        TrainObserver quiet;
        const RunRecord record = trainRun(request, quiet);
        QCOMPARE(record.state, RunState::Finished);
        // Else its maps need not point at what decides.
        QVERIFY2(record.test->score.accuracy >= 0.95,
                 qPrintable(QString::number(record.test->score.accuracy)));
        m_model = readModelWeights(RunFiles{m_folder / "run"}.best());
    }

    void isFound_data()
    {
        QTest::addColumn<int>("method");
        for (const ExplainMethod method : explainMethods) {
            QTest::newRow(nameOf(method)) << int(method);
        }
    }

    // With the margin the square is a twelfth of a picture or less, which chance would point at as often.
    void isFound()
    {
        QFETCH(int, method);
        const auto maps =
            test::explained(m_model, m_files, {static_cast<ExplainMethod>(method), "block5_conv3", {1}});
        int found = 0;
        for (std::size_t i = 0; i < maps.size(); ++i) {
            const std::vector<float>& values = maps[i].map.values;
            const auto most = std::ranges::max_element(values) - values.begin();
            found += liesOnSquare(maps[i].map, static_cast<std::size_t>(most), m_pictures[i]) ? 1 : 0;
        }
        qInfo("%d of %d found", found, testPictures);
        QVERIFY(found >= testPictures * 9 / 10);
    }

    // Adebayo and others 2018: a map that does not depend on what was learnt explains nothing.
    void aRandomHeadLosesTheMap()
    {
        for (const ExplainMethod method : {ExplainMethod::HiResCam, ExplainMethod::GradCam}) {
            const ExplainRequest request{method, "block5_conv3", {1}};
            const auto maps = test::explained(m_model, m_files, request);
            const auto nudged = test::explained(nudgedHead(m_model), m_files, request);
            double same = 0;
            for (std::size_t i = 0; i < maps.size(); ++i) {
                same += test::rankCorrelation(maps[i].evidence.values, nudged[i].evidence.values);
            }
            same /= static_cast<double>(maps.size());
            double other = 0;
            constexpr int heads = 5;
            for (int head = 0; head < heads; ++head) {
                const auto random =
                    test::explained(test::withRandomHead(m_model, 100 + head), m_files, request);
                double mean = 0;
                for (std::size_t i = 0; i < maps.size(); ++i) {
                    mean += test::rankCorrelation(maps[i].evidence.values, random[i].evidence.values);
                }
                other += std::abs(mean / static_cast<double>(maps.size())) / heads;
            }
            qInfo("%s: rank correlation %.3f with the head nudged, %.3f with a random one", nameOf(method),
                  same, other);
            // A head changed by a hundredth keeps the ranks.
            QVERIFY(same > 0.95);
            // By chance 36 places, of which neighbours are alike, correlate by some 0.3; where a channel is
            // strong, any weight of it shows. A map that did not ask what was learnt would keep its ranks.
            QVERIFY(other < 0.6);
        }
    }

private:
    static ModelWeights nudgedHead(ModelWeights model)
    {
        RandomStream random(3);
        for (NamedTensor& tensor : model.head) {
            for (float& value : tensor.values) {
                value *= static_cast<float>(1 + random.uniform(-0.01, 0.01));
            }
        }
        return model;
    }

    test::TemporaryFolder m_folder;
    std::vector<std::filesystem::path> m_files; ///< of the test split, with a square
    std::vector<test::PlantedPicture> m_pictures;
    ModelWeights m_model;
};

THAW_TEST(TestPlantedPatch)
#include "test_planted_patch.moc"
