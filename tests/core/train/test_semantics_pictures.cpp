#include "core/compute/compute_device.h"
#include "core/evaluate/evaluation.h"
#include "core/run/run_store.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

namespace {

/// So low that no weight changes: a float has no digit for it. What an epoch then measures depends on the
/// pictures alone.
constexpr double noStep = 1e-30;

/// A narrow recipe in which only pictures matter: no dropout, no variation, nothing learnt.
Recipe still(int epochs)
{
    Recipe recipe = test::narrowRecipe(epochs, 1);
    recipe.dropout = 0;
    recipe.augmentation = {0, 0, 0, 0};
    recipe.phases[0].learningRate = noStep;
    recipe.phases[1].learningRate = noStep;
    return recipe;
}

/// Stops a run at the end of an epoch, before its phase ends: the checkpoint then holds the optimizer.
class StopAfter : public TrainObserver
{
public:
    explicit StopAfter(int epoch) : m_epoch(epoch) {}
    void epochDone(const EpochMetrics& metrics, bool) override
    {
        if (metrics.epoch == m_epoch) {
            m_stop.request_stop();
        }
    }
    std::stop_token token() const { return m_stop.get_token(); }

private:
    int m_epoch;
    std::stop_source m_stop;
};

double difference(const std::vector<double>& a, const std::vector<double>& b, double factor)
{
    double sum = 0;
    double whole = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += std::abs(a[i] - factor * b[i]);
        whole += std::abs(factor * b[i]);
    }
    return sum / whole;
}

} // namespace

/// Which pictures an epoch sees, in what order, and varied how.
class TestSemanticsPictures : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        // 26 pictures a split in batches of 8: the last batch has two.
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 13, 40, true, 5});
        setThreadCount(1);
    }

    void theLastPartialBatchCounts()
    {
        const Recipe recipe = still(1);
        const SavedRun run = runOf("partial", recipe);
        const DatasetIndex dataset = test::narrowRequest(recipe, m_folder / "two", {}).dataset;
        QCOMPARE(dataset.indicesOf(Split::Train).size() % 8, std::size_t(2));
        const ModelWeights model = readModelWeights(RunFiles{run.folder}.phase(1));
        const auto whole = evaluateModel(model, dataset, Split::Train, {});
        QCOMPARE(whole->score.images, 26);
        // Means over the same 26 pictures, summed in another order. Without the last two pictures, or with
        // each batch weighted alike, they would differ in the first digits.
        QVERIFY2(std::abs(run.history[0].loss - whole->score.loss) < 1e-5 * whole->score.loss,
                 qPrintable(QString("%1 %2").arg(run.history[0].loss).arg(whole->score.loss)));
        QVERIFY(std::abs(run.history[0].accuracy - whole->score.accuracy) < 1e-9);
    }

    // With weights that stand still, RMSprop's mean squares tell the order: v = 0.1 Σ 0.9^(steps−i) g_i².
    void theOrderDiffersEachEpoch()
    {
        constexpr int steps = 4;
        const std::vector<double> one = velocitiesAfter(1, 8, "order 1");
        const std::vector<double> two = velocitiesAfter(2, 8, "order 2");
        QVERIFY(!one.empty() && one.size() == two.size());
        // The same batches in the same order again would give exactly (0.9⁴ + 1) times as much.
        QVERIFY(difference(two, one, std::pow(0.9, steps) + 1) > 0.01);
        // That nothing but the order is measured: in one batch there is none.
        const std::vector<double> single = velocitiesAfter(1, 26, "whole 1");
        QVERIFY(difference(velocitiesAfter(2, 26, "whole 2"), single, 1.9) < 1e-4);
        // And it can be repeated.
        QVERIFY(velocitiesAfter(2, 8, "order again") == two);
    }

    void onlyTrainingPicturesAreVaried()
    {
        const SavedRun plain = runOf("plain", still(3));
        Recipe recipe = still(3);
        recipe.augmentation = {1.0, 0.5, 0.9, 0};
        const SavedRun varied = runOf("varied", recipe);
        for (std::size_t i = 0; i < 3; ++i) {
            const EpochMetrics& row = varied.history[i];
            QCOMPARE(row.valLoss, plain.history[0].valLoss);
            QCOMPARE(row.valAccuracy, plain.history[0].valAccuracy);
            QVERIFY(std::abs(row.loss - plain.history[i].loss) > 1e-3 * row.loss);
            QVERIFY(i == 0 || std::abs(row.loss - varied.history[i - 1].loss) > 1e-4 * row.loss);
            QVERIFY(std::abs(plain.history[i].loss - plain.history[0].loss) < 1e-5 * plain.history[0].loss);
        }
        QCOMPARE(varied.record.test->split, std::string("test"));
        QCOMPARE(varied.record.test->score.loss, plain.record.test->score.loss);
    }

    void twoThreadsRepeatBitForBit()
    {
        Recipe recipe = test::narrowRecipe(2, 1);
        recipe.threads = 2;
        const SavedRun first = runOf("threads 1", recipe);
        const SavedRun second = runOf("threads 2", recipe);
        setThreadCount(1);
        QCOMPARE(first.recipe.threads, 2);
        QVERIFY(test::bytesOf(RunFiles{first.folder}.phase(2)) ==
                test::bytesOf(RunFiles{second.folder}.phase(2)));
        for (std::size_t i = 0; i < first.history.size(); ++i) {
            QCOMPARE(first.history[i].loss, second.history[i].loss);
            QCOMPARE(first.history[i].valLoss, second.history[i].valLoss);
        }
    }

private:
    SavedRun runOf(const std::string& name, const Recipe& recipe)
    {
        TrainObserver observer;
        const auto folder = m_folder / name;
        const RunRecord record = trainRun(test::narrowRequest(recipe, m_folder / "two", folder), observer);
        if (record.state != RunState::Finished) {
            qFatal("%s", record.error.c_str());
        }
        return loadRun(folder);
    }

    std::vector<double> velocitiesAfter(int epochs, int batchSize, const std::string& name)
    {
        Recipe recipe = still(epochs + 1);
        recipe.batchSize = batchSize;
        const auto folder = m_folder / name;
        StopAfter observer(epochs);
        const TrainRequest request = test::narrowRequest(recipe, m_folder / "two", folder);
        if (trainRun(request, observer, observer.token()).state != RunState::Stopped) {
            return {};
        }
        std::vector<double> values;
        for (const NamedTensor& tensor : readSafetensors(RunFiles{folder}.last()).tensors) {
            if (tensor.name.starts_with("optimizer.velocity.")) {
                values.insert(values.end(), tensor.values.begin(), tensor.values.end());
            }
        }
        return values;
    }

    test::TemporaryFolder m_folder;
};

THAW_TEST(TestSemanticsPictures)
#include "test_semantics_pictures.moc"
