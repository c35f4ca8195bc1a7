#include "core/compute/compute_device.h"
#include "core/evaluate/evaluation.h"
#include "core/run/run_store.h"
#include "core/train/checkpoint/checkpoint_file.h"
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

constexpr double standstill = 1e-30; ///< no weight but a zero one has a digit for it

class BestMarks : public TrainObserver
{
public:
    void epochDone(const EpochMetrics&, bool isBest) override { marks.push_back(isBest); }
    std::vector<bool> marks;
};

} // namespace

/// What is kept of a phase, and what the next one starts from.
class TestSemanticsPhases : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 12, 40, true, 7});
        setThreadCount(1);
    }

    void theFirstOfEqualEpochsIsBest()
    {
        Recipe recipe = test::narrowRecipe(3, 2);
        recipe.phases[0].learningRate = standstill;
        recipe.phases[1].learningRate = standstill;
        BestMarks observer;
        const SavedRun run = runOf("ties", recipe, observer);
        QCOMPARE(run.history[2].valLoss, run.history[0].valLoss);
        QCOMPARE(run.record.best[0].epoch, 1);
        QCOMPARE(run.record.best[1].epoch, 1);
        QVERIFY((observer.marks == std::vector<bool>{true, false, false, true, false}));
    }

    // A rate this high makes the losses leap: the lowest is not the last, and the file must hold its weights.
    void theBestFileGivesTheLowestValidationLoss()
    {
        Recipe recipe = test::narrowRecipe(6, 1);
        recipe.phases[0].learningRate = 0.3;
        BestMarks observer;
        const SavedRun run = runOf("lowest", recipe, observer);
        const auto lowest =
            std::min_element(run.history.begin(), run.history.begin() + 6,
                             [](const auto& a, const auto& b) { return a.valLoss < b.valLoss; });
        QVERIFY(lowest->epoch < 6);
        QCOMPARE(run.record.best[0].epoch, lowest->epoch);
        QCOMPARE(run.record.best[0].valLoss, lowest->valLoss);
        const auto dataset = test::narrowRequest(recipe, m_folder / "two", {}).dataset;
        const ModelWeights model = readModelWeights(RunFiles{run.folder}.phase(1));
        const auto score = evaluateModel(model, dataset, Split::Validation, {})->score;
        QVERIFY2(std::abs(score.loss - lowest->valLoss) <= 1e-5 * lowest->valLoss,
                 qPrintable(QString("%1 %2").arg(score.loss).arg(lowest->valLoss)));
        QVERIFY(std::abs(run.history[5].valLoss - lowest->valLoss) > 1e-2 * lowest->valLoss);
    }

    void phaseTwoStartsFromTheEnd()
    {
        Recipe recipe = test::narrowRecipe(6, 1);
        recipe.phases[0].learningRate = 0.3;
        recipe.phases[1].learningRate = standstill;
        TrainObserver observer;
        const SavedRun run = runOf("from end", recipe, observer);
        const double end = run.history[5].valLoss;
        QVERIFY(std::abs(run.record.best[0].valLoss - end) > 1e-2 * end);
        QVERIFY(std::abs(run.history[6].valLoss - end) <= 1e-5 * end);
    }

    // The exported model is the best epoch's; the figure beside it must be that model's too.
    void theTestIsOfTheBestWeights_data()
    {
        QTest::addColumn<int>("views");
        QTest::newRow("pictures read anew") << 0;
        QTest::newRow("stored features") << 2;
    }

    void theTestIsOfTheBestWeights()
    {
        QFETCH(int, views);
        Recipe recipe = test::narrowRecipe(6, 1);
        recipe.phases.pop_back();
        recipe.phases[0].learningRate = 0.3; // as above: the last epoch is not the best
        recipe.augmentation.views = views;
        TrainObserver observer;
        const SavedRun run = runOf(std::string("tested ") + QTest::currentDataTag(), recipe, observer);
        QVERIFY(run.record.best[0].epoch < 6);
        QVERIFY(run.record.test.has_value());
        QCOMPARE(run.record.test->split, std::string("test"));
        QCOMPARE(run.record.test->phase, 1);
        const auto dataset = test::narrowRequest(recipe, m_folder / "two", {}).dataset;
        const auto scoreOf = [&](const ModelWeights& model) {
            return evaluateModel(model, dataset, Split::Test, {})->score;
        };
        ModelWeights model = readModelWeights(RunFiles{run.folder}.best());
        const Score best = scoreOf(model);
        QCOMPARE(run.record.test->score.images, best.images);
        QCOMPARE(run.record.test->score.accuracy, best.accuracy);
        // The same sums in batches of another size.
        QVERIFY2(std::abs(run.record.test->score.loss - best.loss) <= 1e-5 * best.loss,
                 qPrintable(QString("%1 %2").arg(run.record.test->score.loss).arg(best.loss)));
        // That the last weights would have given another figure.
        const std::vector<NamedTensor> last = loadCheckpoint(RunFiles{run.folder}).weights;
        QCOMPARE(last.size(), model.head.size());
        for (std::size_t i = 0; i < last.size(); ++i) {
            QCOMPARE(last[i].values.size(), model.head[i].values.size());
            model.head[i].values = last[i].values;
        }
        QVERIFY(std::abs(scoreOf(model).loss - best.loss) > 1e-2 * best.loss);
    }

    void theTestIsOfTheLastPhase()
    {
        TrainObserver observer;
        const SavedRun run = runOf("tested after two phases", test::narrowRecipe(2, 2), observer);
        QCOMPARE(run.record.test->phase, 2);
        const auto dataset = test::narrowRequest(run.recipe, m_folder / "two", {}).dataset;
        const auto lossOf = [&](int phase) {
            const ModelWeights model = readModelWeights(RunFiles{run.folder}.phase(phase));
            return evaluateModel(model, dataset, Split::Test, {})->score.loss;
        };
        const double told = run.record.test->score.loss;
        // The same sums in batches of another size.
        QVERIFY2(std::abs(told - lossOf(2)) <= 1e-5 * told, qPrintable(QString::number(told)));
        QVERIFY(std::abs(told - lossOf(1)) > 1e-3 * told);
    }

    // One batch an epoch, and nothing learnt in phase 1, so both phases see the same gradient g. A new
    // optimizer steps by rate · g / √(0.1 g²) = 3.162 rate; one that went on would step by rate · g / √(0.19
    // g²) = 2.294 rate.
    void phaseTwoHasANewOptimizer()
    {
        Recipe recipe = test::narrowRecipe(1, 1);
        recipe.batchSize = 24;
        recipe.dropout = 0;
        recipe.augmentation = {0, 0, 0, 0};
        recipe.phases[0].learningRate = standstill;
        recipe.phases[1].learningRate = 1e-3;
        TrainObserver observer;
        const SavedRun run = runOf("new optimizer", recipe, observer);
        const ModelWeights before = readModelWeights(RunFiles{run.folder}.phase(1));
        const ModelWeights after = readModelWeights(RunFiles{run.folder}.phase(2));
        double largest = 0;
        for (std::size_t i = 0; i < before.head.size(); ++i) {
            for (std::size_t k = 0; k < before.head[i].values.size(); ++k) {
                const double moved = static_cast<double>(after.head[i].values[k]) - before.head[i].values[k];
                largest = std::max(largest, std::abs(moved));
            }
        }
        QVERIFY2(largest > 3.1e-3 && largest < 3.17e-3, qPrintable(QString::number(largest)));
    }

private:
    SavedRun runOf(const std::string& name, const Recipe& recipe, TrainObserver& observer)
    {
        const auto folder = m_folder / name;
        const RunRecord record = trainRun(test::narrowRequest(recipe, m_folder / "two", folder), observer);
        if (record.state != RunState::Finished) {
            qFatal("%s", record.error.c_str());
        }
        return loadRun(folder);
    }

    test::TemporaryFolder m_folder;
};

THAW_TEST(TestSemanticsPhases)
#include "test_semantics_phases.moc"
