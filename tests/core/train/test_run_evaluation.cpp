#include "core/compute/compute_device.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/model/weights/weights.h"
#include "core/run/run_files.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <filesystem>
#include <functional>

using namespace thaw;

namespace {

class EvaluationListener : public TrainObserver
{
public:
    void epochDone(const EpochMetrics&, bool) override
    {
        if (onEpoch) {
            onEpoch();
        }
    }

    std::function<void()> onEpoch;
};

} // namespace

/// evaluation.json and predictions.csv, which a run leaves without measuring anything twice.
class TestRunEvaluation : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 30, 40, false, 1});
        test::writeSyntheticDataset(m_folder / "three", {{"blue", "green", "red"}, 20, 40, true, 2});
        setThreadCount(1);
    }

    void isLeftByTheEndOfARun_data()
    {
        QTest::addColumn<QString>("dataset");
        QTest::addColumn<int>("views");
        QTest::newRow("a sigmoid, computed each time") << "two" << 0;
        QTest::newRow("a softmax, from stored features") << "three" << 2;
    }

    // As `evaluate` would give it, to the bit.
    void isLeftByTheEndOfARun()
    {
        QFETCH(QString, dataset);
        QFETCH(int, views);
        const auto run = m_folder / ("run of " + dataset.toStdString());
        Recipe recipe = test::narrowRecipe(2, 1);
        recipe.augmentation.views = views;
        const TrainRequest request = test::narrowRequest(recipe, m_folder / dataset.toStdString(), run);
        EvaluationListener nobody;
        const RunRecord record = trainRun(request, nobody);
        QCOMPARE(record.state, RunState::Finished);
        const Evaluation kept = keptBy(run);
        QCOMPARE(kept.split, record.test->split);
        QCOMPARE(kept.score.loss, record.test->score.loss);
        QCOMPARE(kept.score.accuracy, record.test->score.accuracy);
        QCOMPARE(kept.score.images, record.test->score.images);
        QCOMPARE(kept.classes, record.classes);
        const auto again = evaluateModel(readModelWeights(RunFiles{run}.best()), request.dataset, Split::Test,
                                         {.batchSize = 8});
        QCOMPARE(kept.predictions, again->predictions);
        QCOMPARE(kept.confusion, again->confusion);
        QCOMPARE(kept.total, again->total);
        QVERIFY(kept.leftOut.empty());
    }

    void isLeftByFinishNow()
    {
        const auto run = m_folder / "finished now";
        std::stop_source stop;
        EvaluationListener listener;
        listener.onEpoch = [&] { stop.request_stop(); };
        trainRun(test::narrowRequest(test::narrowRecipe(3, 1), m_folder / "two", run), listener,
                 stop.get_token());
        QVERIFY(!readEvaluation(run)); // of weights that train on there is none
        listener.onEpoch = {};
        const RunRecord record = resumeRun(run, {.finishNow = true}, listener);
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(keptBy(run).score.loss, record.test->score.loss);
    }

    // Without a test split validation is measured; without either nothing is.
    void measuresWhatThereIs()
    {
        EvaluationListener nobody;
        for (const bool hasValidation : {true, false}) {
            const auto run = m_folder / (hasValidation ? "validation alone" : "training alone");
            TrainRequest request = test::narrowRequest(test::narrowRecipe(1, 1), m_folder / "two", run);
            for (Sample& sample : request.dataset.samples) {
                if (sample.split == Split::Test || !hasValidation) {
                    sample.split = hasValidation ? Split::Validation : Split::Train;
                }
            }
            const RunRecord record = trainRun(request, nobody);
            QCOMPARE(record.error, std::string());
            QCOMPARE(record.test.has_value(), hasValidation);
            QCOMPARE(readEvaluation(run).has_value(), hasValidation);
            if (hasValidation) {
                QCOMPARE(keptBy(run).split, std::string("validation"));
            }
        }
    }

    // A picture that goes while the run trains is named with its reason.
    void namesWhatCouldNotBeMeasured()
    {
        test::writeSyntheticDataset(m_folder / "losing", {{"blue", "red"}, 30, 40, false, 3});
        const auto run = m_folder / "run of losing";
        const TrainRequest request = test::narrowRequest(test::narrowRecipe(1, 1), m_folder / "losing", run);
        const std::size_t lost = request.dataset.indicesOf(Split::Test).front();
        const std::filesystem::path path = request.dataset.pathOf(request.dataset.samples[lost]);
        EvaluationListener listener;
        listener.onEpoch = [&] { std::filesystem::remove(path); };
        const RunRecord record = trainRun(request, listener);
        QCOMPARE(record.state, RunState::Finished);
        const Evaluation kept = keptBy(run);
        QCOMPARE(kept.leftOut.size(), std::size_t(1));
        QCOMPARE(kept.leftOut[0].path, path.string());
        QVERIFY(!kept.leftOut[0].reason.empty());
        QCOMPARE(kept.score.images, record.test->score.images);
    }

private:
    static Evaluation keptBy(const std::filesystem::path& run)
    {
        const auto kept = readEvaluation(run);
        Evaluation evaluation = kept.value().evaluation;
        evaluation.predictions = readPredictions(run, *kept).value();
        return evaluation;
    }

    test::TemporaryFolder m_folder;
};

THAW_TEST(TestRunEvaluation)
#include "test_run_evaluation.moc"
