#include "core/run/run_store.h"
#include "core/train/compute_device.h"
#include "core/train/trainer.h"
#include "core/train/weight_average_torch.h"
#include "tests/support/narrow_network.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace thaw;

namespace {

class Listener : public TrainObserver
{
public:
    void batchDone(const BatchProgress& progress) override
    {
        if (onBatch) {
            onBatch(progress);
        }
    }
    std::function<void(const BatchProgress&)> onBatch;
};

} // namespace

/// What changes weights beside the optimizer: the average over steps, and the learning rate's schedule.
class TestWeightAverage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 12, 40, true, 7});
        setThreadCount(1);
    }

    // By hand: 4 after the first step, then ¾ of the average and ¼ of the weight. All exact in float.
    void followsKerasFormula()
    {
        const at::Tensor weight = at::full({1}, 100.0f);
        WeightAverage average({{"w", weight}}, 0.75);
        weight.fill_(4);
        average.update();
        QCOMPARE(average.averages()[0].tensor.item<float>(), 4.0f);
        weight.fill_(8);
        average.update();
        QCOMPARE(average.averages()[0].tensor.item<float>(), 5.0f);
        WeightAverage other({{"w", weight}}, 0.75);
        other.restore({{"w", {1}, {5.0f}}}, 2);
        weight.fill_(9);
        other.update();
        QCOMPARE(other.averages()[0].tensor.item<float>(), 6.0f);
        {
            const AverageInPlace inPlace(&other);
            QCOMPARE(weight.item<float>(), 6.0f);
        }
        QCOMPARE(weight.item<float>(), 9.0f);
        QCOMPARE(other.averages()[0].tensor.item<float>(), 6.0f);
    }

    void aPhaseIsJudgedKeptAndLeftWithItsAverage()
    {
        Recipe recipe = test::narrowRecipe(3, 1);
        recipe.phases[0].learningRate = 0.03; // weights leap, so that their average is another model
        recipe.phases[1].learningRate = 1e-30;
        const SavedRun plain = runOf("plain", recipe);
        recipe.phases[0].emaMomentum = 0.8;
        const SavedRun averaged = runOf("averaged", recipe);
        // Training goes on from the weights themselves, validation sees their average.
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(averaged.history[i].loss, plain.history[i].loss);
            QVERIFY(averaged.history[i].valLoss != plain.history[i].valLoss);
        }
        // At a standstill phase 2 shows what it began with; only the order of sums differs.
        const double left = averaged.history[2].valLoss;
        QVERIFY2(std::abs(averaged.history[3].valLoss - left) <= 1e-5 * left,
                 qPrintable(QString("%1 %2").arg(averaged.history[3].valLoss).arg(left)));
    }

    void theRateFollowsACosine()
    {
        PhaseRecipe phase;
        phase.learningRate = 0.5;
        QCOMPARE(phase.learningRateAt(0.75), 0.5);
        phase.schedule = RateSchedule::Cosine;
        QCOMPARE(phase.learningRateAt(0), 0.5);
        QVERIFY(std::abs(phase.learningRateAt(0.5) - 0.25) < 1e-15);
        QVERIFY(std::abs(phase.learningRateAt(1)) < 1e-15);

        Recipe recipe = test::narrowRecipe(2, 1);
        recipe.phases[0].schedule = RateSchedule::Cosine;
        const SavedRun run = runOf("cosine", recipe);
        const SavedRun constant = runOf("constant", test::narrowRecipe(2, 1));
        const std::size_t images =
            test::narrowRequest(recipe, m_folder / "two", {}).dataset.indicesOf(Split::Train).size();
        const auto batch = static_cast<std::size_t>(recipe.batchSize);
        const auto steps = static_cast<double>((images + batch - 1) / batch);
        const double rate = recipe.phases[0].learningRate;
        QCOMPARE(run.history[0].learningRate, recipe.phases[0].learningRateAt((steps - 1) / (2 * steps)));
        QVERIFY(run.history[1].learningRate < run.history[0].learningRate);
        QCOMPARE(constant.history[1].learningRate, rate);
        QVERIFY(run.history[1].loss != constant.history[1].loss);
    }

    void resumeEqualsAnUninterruptedRun_data()
    {
        QTest::addColumn<int>("phase");
        QTest::addColumn<int>("epoch");
        QTest::addColumn<int>("step");
        QTest::newRow("first batch") << 1 << 1 << 1;
        QTest::newRow("last batch of an epoch") << 1 << 2 << 1000;
        QTest::newRow("middle of phase 2") << 2 << 2 << 2;
    }

    void resumeEqualsAnUninterruptedRun()
    {
        QFETCH(int, phase);
        QFETCH(int, epoch);
        QFETCH(int, step);
        Recipe recipe = test::narrowRecipe(2, 2);
        recipe.batchSize = 4;
        for (PhaseRecipe& each : recipe.phases) {
            each.emaMomentum = 0.9;
            each.schedule = RateSchedule::Cosine;
        }
        const std::string tag = QTest::currentDataTag();
        runOf("whole " + tag, recipe);
        std::stop_source stop;
        Listener listener;
        listener.onBatch = [&](const BatchProgress& progress) {
            if (progress.stage == TrainStage::Training && progress.phase == phase &&
                progress.epoch == epoch && progress.step >= std::min(step, progress.steps))
            {
                stop.request_stop();
            }
        };
        const auto parts = m_folder / ("parts " + tag);
        const RunRecord stopped =
            trainRun(test::narrowRequest(recipe, m_folder / "two", parts), listener, stop.get_token());
        QCOMPARE(stopped.state, RunState::Stopped);
        TrainObserver nobody;
        QCOMPARE(resumeRun(parts, false, nobody).state, RunState::Finished);
        QVERIFY(test::outcomeOf(m_folder / ("whole " + tag)) == test::outcomeOf(parts));
    }

private:
    SavedRun runOf(const std::string& name, const Recipe& recipe)
    {
        const auto folder = m_folder / name;
        TrainObserver nobody;
        const RunRecord record = trainRun(test::narrowRequest(recipe, m_folder / "two", folder), nobody);
        if (record.state != RunState::Finished) {
            qFatal("%s", record.error.c_str());
        }
        return loadRun(folder);
    }

    test::TemporaryFolder m_folder;
};

QTEST_GUILESS_MAIN(TestWeightAverage)
#include "test_weight_average.moc"
