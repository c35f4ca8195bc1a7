#include "core/compute/compute_device.h"
#include "core/experiment/run_plan.h"
#include "core/run/run_store.h"
#include "core/train/start/resume_run.h"
#include "core/train/start/resume_terms.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace thaw;

namespace {

/// Asks for a stop in the middle of an epoch.
class StopIn : public TrainObserver
{
public:
    StopIn(int phase, int epoch) : m_phase(phase), m_epoch(epoch) {}

    void batchDone(const BatchProgress& progress) override
    {
        if (progress.stage == TrainStage::Training && progress.phase == m_phase &&
            progress.epoch == m_epoch && progress.step >= 2)
        {
            source.request_stop();
        }
    }
    void noticeGiven(const Notice& notice) override { notices.add(notice); }

    std::stop_source source;
    test::Notices notices;

private:
    int m_phase;
    int m_epoch;
};

constexpr int never = 0;
/// No epoch of these runs is better than another one by so much.
constexpr double beyondReach = 1e3;

int epochsOf(const std::vector<EpochMetrics>& history, int phase)
{
    return static_cast<int>(std::count_if(history.begin(), history.end(),
                                          [phase](const EpochMetrics& row) { return row.phase == phase; }));
}

} // namespace

/// What a recipe can choose of how weights are learnt, in whole runs. The formulas themselves are compared
/// with Keras's in tests/golden.
class TestLearning : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 20, 40, true, 7});
        setThreadCount(1);
    }

    void resumesExactly_data()
    {
        using Change = std::function<void(Recipe&)>;
        QTest::addColumn<Change>("change");
        const auto phases = [](const std::function<void(PhaseRecipe&)>& change) {
            return Change([change](Recipe& recipe) {
                for (PhaseRecipe& phase : recipe.phases) {
                    change(phase);
                }
            });
        };
        QTest::newRow("sgd") << phases([](PhaseRecipe& p) { p.optimizer = OptimizerKind::Sgd; });
        QTest::newRow("sgd with Nesterov's momentum") << phases([](PhaseRecipe& p) {
            p.optimizer = OptimizerKind::Sgd;
            p.momentum = 0.9;
            p.nesterov = true;
        });
        QTest::newRow("adam") << phases([](PhaseRecipe& p) { p.optimizer = OptimizerKind::Adam; });
        QTest::newRow("adamw, averaged") << phases([](PhaseRecipe& p) {
            p.optimizer = OptimizerKind::Adamw;
            p.emaMomentum = 0.9;
        });
        QTest::newRow("smoothing and class weights") << Change([](Recipe& recipe) {
            recipe.labelSmoothing = 0.1;
            recipe.classWeights = ClassWeights::Balanced;
        });
        // Epoch 2 is in the middle of both rules' patience.
        QTest::newRow("early stopping and plateau") << phases([](PhaseRecipe& p) {
            p.epochs = 6;
            p.earlyStopping = {3, beyondReach};
            p.reduceOnPlateau = {0.5, 2, beyondReach, 0, 0};
        });
    }

    void resumesExactly()
    {
        QFETCH(std::function<void(Recipe&)>, change);
        const std::string name = QTest::currentDataTag();
        Recipe recipe = test::narrowRecipe(2, 2);
        change(recipe);
        const auto whole = m_folder / (name + " whole");
        TrainObserver nobody;
        QCOMPARE(trainRun(test::narrowRequest(recipe, m_folder / "two", whole), nobody).state,
                 RunState::Finished);
        for (const int phase : {1, 2}) {
            const auto parts = m_folder / (name + " stopped in phase " + std::to_string(phase));
            StopIn stopper(phase, 2);
            const TrainRequest request = test::narrowRequest(recipe, m_folder / "two", parts);
            QCOMPARE(trainRun(request, stopper, stopper.source.get_token()).state, RunState::Stopped);
            const RunRecord finished = resumeRun(parts, {}, nobody);
            QCOMPARE(finished.error, std::string());
            QVERIFY(test::outcomeOf(parts) == test::outcomeOf(whole));
        }
    }

    void optimizersDiffer()
    {
        std::set<std::string> outcomes;
        for (const OptimizerKind kind :
             {OptimizerKind::Rmsprop, OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::Adamw})
        {
            Recipe recipe = test::narrowRecipe(1, 1);
            for (PhaseRecipe& phase : recipe.phases) {
                phase.optimizer = kind;
                phase.weightDecay = 0.5;
            }
            const auto run = m_folder / ("with " + std::string(nameOf(kind)));
            TrainObserver nobody;
            QCOMPARE(trainRun(test::narrowRequest(recipe, m_folder / "two", run), nobody).state,
                     RunState::Finished);
            outcomes.insert(test::outcomeOf(run).history);
        }
        QCOMPARE(outcomes.size(), std::size_t(4));
    }

    void aPhaseEndsEarlyWithItsBestWeights()
    {
        Recipe recipe = test::narrowRecipe(30, 1);
        recipe.phases[0].learningRate = 0.05; // overshoots
        recipe.phases[0].earlyStopping = {2, 0};
        recipe.phases[1].learningRate = 1e-30; // moves nothing
        const auto run = m_folder / "early";
        StopIn observer(never, never);
        QCOMPARE(trainRun(test::narrowRequest(recipe, m_folder / "two", run), observer).state,
                 RunState::Finished);
        const SavedRun saved = loadRun(run);
        const int epochs = epochsOf(saved.history, 1);
        QVERIFY(epochs < 30);
        const BestEpoch& best = saved.record.best[0];
        QCOMPARE(epochs - best.epoch, 2);
        QCOMPARE(epochsOf(saved.history, 2), 1);
        // Phase 2 begins with the best weights, not with the last ones.
        QCOMPARE(saved.history.back().valLoss, best.valLoss);
        QVERIFY(observer.notices.has(NoticeCode::PhaseEndedEarly, R"("patience":2)"));
    }

    void theRateFallsOnAPlateau()
    {
        Recipe recipe = test::narrowRecipe(6, 1);
        recipe.phases[0].reduceOnPlateau = {0.5, 2, beyondReach, 0, 3e-4};
        const auto run = m_folder / "plateau";
        TrainObserver nobody;
        QCOMPARE(trainRun(test::narrowRequest(recipe, m_folder / "two", run), nobody).state,
                 RunState::Finished);
        // The first epoch counts as better than none; then two without. Keras holds rates in float32.
        const double rate = recipe.phases[0].learningRate;
        const std::vector<double> expected{
            rate, rate, rate, double(float(rate) / 2), double(float(rate) / 2), double(float(3e-4))};
        const auto history = loadRun(run).history;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QVERIFY2(std::abs(history[i].learningRate - expected[i]) < 1e-7 * rate,
                     qPrintable(QStringLiteral("%1: %2").arg(i).arg(history[i].learningRate)));
        }
        QCOMPARE(history[6].learningRate, recipe.phases[1].learningRate);
    }

    void eachPhaseHasRulesOfItsOwn()
    {
        Recipe recipe = test::narrowRecipe(6, 6);
        for (PhaseRecipe& phase : recipe.phases) {
            phase.earlyStopping = {3, beyondReach};
            phase.reduceOnPlateau = {0.5, 1, beyondReach, 0, 0};
        }
        const auto run = m_folder / "own rules";
        TrainObserver nobody;
        QCOMPARE(trainRun(test::narrowRequest(recipe, m_folder / "two", run), nobody).state,
                 RunState::Finished);
        const auto history = loadRun(run).history;
        // The first epoch of each counts as better than none; then three without.
        QCOMPARE(epochsOf(history, 1), 4);
        QCOMPARE(epochsOf(history, 2), 4);
        QCOMPARE(history[4].learningRate, recipe.phases[1].learningRate);
        QVERIFY(history[7].learningRate < recipe.phases[1].learningRate);
    }

    // A rate that a rule has lowered already is lowered further, not put back to a tenth of the recipe's.
    void aFactorCountsFromTheRateInUse()
    {
        Recipe recipe = test::narrowRecipe();
        TrainState state;
        state.phase = 1;
        state.rules["reduce_on_plateau"] = {{"learning_rate", 5e-4}, {"wait", 1}};
        scaleRates(recipe, state, 0.1);
        QCOMPARE(recipe.phases[0].learningRate, 1e-4);
        QCOMPARE(state.rules["reduce_on_plateau"]["learning_rate"], 5e-5);
        QCOMPARE(state.rules["reduce_on_plateau"]["wait"], 1.0);
    }

    void balancedWeightsMakeUpForCounts()
    {
        Recipe recipe = test::narrowRecipe();
        QVERIFY(planRun(recipe, {40, 0, 0}, 2, {30, 10}).classWeights.empty());
        recipe.classWeights = ClassWeights::Balanced;
        QCOMPARE(planRun(recipe, {40, 0, 0}, 2, {30, 10}).classWeights, (std::vector{40.0 / 60, 2.0}));
        QCOMPARE(planRun(recipe, {12, 0, 0}, 3, {6, 0, 6}).classWeights,
                 (std::vector{12.0 / 18, 1.0, 12.0 / 18}));
    }

    // At a rate that moves nothing, an epoch's losses are those of the start's weights.
    void whatIsReportedIsAsInKeras()
    {
        const auto firstEpoch = [&](const std::string& name, const std::function<void(Recipe&)>& change) {
            Recipe recipe = test::narrowRecipe(1, 1);
            recipe.augmentation = {0, 0, 0, 0, 0};
            recipe.dropout = 0;
            recipe.phases[0].learningRate = 1e-30;
            change(recipe);
            TrainObserver nobody;
            trainRun(test::narrowRequest(recipe, m_folder / "uneven", m_folder / name), nobody);
            return loadRun(m_folder / name);
        };
        test::writeSyntheticDataset(m_folder / "uneven", {{"blue", "red"}, 20, 40, true, 7});
        int removed = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(m_folder / "uneven")) {
            if (entry.is_regular_file() && entry.path().parent_path().filename() == "red" && ++removed % 2) {
                std::filesystem::remove(entry.path());
            }
        }
        const SavedRun plain = firstEpoch("plain", [](Recipe&) {});
        const SavedRun weighted =
            firstEpoch("weighted", [](Recipe& recipe) { recipe.classWeights = ClassWeights::Balanced; });
        const SavedRun smoothed = firstEpoch("smoothed", [](Recipe& recipe) { recipe.labelSmoothing = 0.2; });
        QVERIFY(std::abs(plain.history[0].loss - weighted.history[0].loss) > 1e-6);
        QCOMPARE(plain.history[0].valLoss, weighted.history[0].valLoss);
        QCOMPARE(plain.history[0].accuracy, weighted.history[0].accuracy);
        QVERIFY(std::abs(plain.history[0].loss - smoothed.history[0].loss) > 1e-6);
        QVERIFY(std::abs(plain.history[0].valLoss - smoothed.history[0].valLoss) > 1e-6);
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestLearning)
#include "test_learning.moc"
