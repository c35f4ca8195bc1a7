#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/evaluate/evaluation.h"
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

/// Stops after the first epoch of phase 2, where it is asked to.
class Observer : public TrainObserver
{
public:
    void epochDone(const EpochMetrics& metrics, bool) override
    {
        if (stopsInPhaseTwo && metrics.phase == 2) {
            stop.request_stop();
        }
    }

    bool stopsInPhaseTwo = false;
    std::stop_source stop;
};

} // namespace

/// The same runs on a CUDA device as on the processor. Skipped where there is no device.
class TestCuda : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (availableDevices().size() == 1) {
            QSKIP("there is no CUDA device here");
        }
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 30, 40, false, 1});
        setThreadCount(1);
    }

    void epochsAreTheProcessors()
    {
        const SavedRun expected = trained(exactRecipe("cpu"), "exact on the processor");
        const SavedRun found = trained(exactRecipe("cuda"), "exact on the device");
        QCOMPARE(found.record.device, availableDevices()[1].id);
        QCOMPARE(found.history.size(), expected.history.size());
        for (std::size_t i = 0; i < found.history.size(); ++i) {
            // Sums in another order, over 40 steps of growing weights.
            QVERIFY(close(found.history[i].loss, expected.history[i].loss, 1e-3));
            QVERIFY(close(found.history[i].valLoss, expected.history[i].valLoss, 1e-3));
        }
        const ModelWeights model = readModelWeights(RunFiles{m_folder / "exact on the processor"}.best());
        const DatasetIndex dataset = test::narrowRequest(exactRecipe("cpu"), m_folder / "two", {}).dataset;
        ComputeOptions onDevice;
        onDevice.device = "cuda";
        ComputeOptions onProcessor;
        onProcessor.device = "cpu";
        const auto device = evaluateModel(model, dataset, Split::Test, onDevice);
        const auto processor = evaluateModel(model, dataset, Split::Test, onProcessor);
        QVERIFY(close(device->score.loss, processor->score.loss, 1e-4));
        QVERIFY(device->confusion == processor->confusion);
        const std::vector<std::filesystem::path> files{m_folder.path() / "two/red/red.1.png"};
        const auto features = [&](const ComputeOptions& options) {
            return computeFeatures(model.base, model.transform, "block5_pool", files, options)
                ->front()
                .values;
        };
        const std::vector<float> there = features(onDevice);
        const std::vector<float> here = features(onProcessor);
        const float largest = *std::max_element(here.begin(), here.end());
        for (std::size_t i = 0; i < here.size(); ++i) {
            QVERIFY(std::abs(there[i] - here[i]) <= 5e-6f * largest);
        }
    }

    void everyWayLearns_data()
    {
        QTest::addColumn<QString>("precision");
        QTest::addColumn<int>("views");
        for (const char* precision : {"float32", "bfloat16", "float16"}) {
            for (const int views : {0, 2}) {
                QTest::addRow("%s, %d views", precision, views) << precision << views;
            }
        }
    }

    // Fresh pictures are warped on the device, stored views are gathered in its memory.
    void everyWayLearns()
    {
        QFETCH(QString, precision);
        QFETCH(int, views);
        Recipe recipe = test::narrowRecipe(6, 3);
        recipe.device = "cuda";
        recipe.precision = *precisionFromName(precision.toStdString());
        recipe.trainedPrecision = recipe.precision;
        recipe.augmentation.views = views;
        recipe.keepValidationFeatures = true;
        const SavedRun run = trained(recipe, QString("%1 %2").arg(precision).arg(views).toStdString());
        QVERIFY(run.record.test->score.accuracy >= 0.9); // hue separates the classes; chance is 0.5
    }

    void aStoppedRunGoesOn()
    {
        const SavedRun whole = trained(exactRecipe("cuda"), "whole");
        Observer observer;
        observer.stopsInPhaseTwo = true;
        const auto folder = m_folder / "in parts";
        const TrainRequest request = test::narrowRequest(exactRecipe("cuda"), m_folder / "two", folder);
        QCOMPARE(trainRun(request, observer, observer.stop.get_token()).state, RunState::Stopped);
        Observer quiet;
        QCOMPARE(resumeRun(folder, {}, quiet).state, RunState::Finished);
        // On a device a run repeats within a tolerance.
        QVERIFY(close(loadRun(folder).history.back().loss, whole.history.back().loss, 1e-3));
    }

private:
    static bool close(double found, double expected, double relative)
    {
        return std::abs(found - expected) <= relative * std::abs(expected);
    }

    /// Without anything random but the head and the order.
    static Recipe exactRecipe(const std::string& device)
    {
        Recipe recipe = test::narrowRecipe(3, 2);
        recipe.device = device;
        recipe.dropout = 0;
        recipe.augmentation = {0, 0, 0, 0};
        recipe.phases[0].learningRate = 1e-4;
        return recipe;
    }

    SavedRun trained(const Recipe& recipe, const std::string& name)
    {
        Observer observer;
        const RunRecord record =
            trainRun(test::narrowRequest(recipe, m_folder / "two", m_folder / name), observer);
        if (record.state != RunState::Finished) {
            throw Error(ErrorCode::Internal, m_folder / name, record.error);
        }
        return loadRun(m_folder / name);
    }

    test::TemporaryFolder m_folder;
};

THAW_TEST(TestCuda)
#include "test_cuda.moc"
