#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/evaluate/evaluation.h"
#include "core/model/weights/weights.h"
#include "core/run/history_csv.h"
#include "core/run/run_files.h"
#include "core/run/run_store.h"
#include "core/train/start/resume_run.h"
#include "tests/support/archive.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <fstream>

using namespace thaw;

/// Runs and checkpoints that a former version wrote, see files/README.md: nobody's work is lost by an update.
class TestFormerRuns : public QObject
{
    Q_OBJECT

private:
    /// On the machine that wrote them the losses are the same bits. Another processor sums in another order,
    /// which eight epochs of a narrow network in float32 make no larger than this.
    static constexpr double tolerance = 1e-3;

    static void compareEpochs(const std::vector<EpochMetrics>& now, const std::vector<EpochMetrics>& then)
    {
        QCOMPARE(now.size(), then.size());
        for (std::size_t i = 0; i < now.size(); ++i) {
            QCOMPARE(now[i].phase, then[i].phase);
            QCOMPARE(now[i].epoch, then[i].epoch);
            QCOMPARE(now[i].learningRate, then[i].learningRate);
            for (const auto& [value, expected] :
                 {std::pair(now[i].loss, then[i].loss), std::pair(now[i].valLoss, then[i].valLoss)})
            {
                QVERIFY2(std::abs(value - expected) <= tolerance * expected,
                         qPrintable(QString("epoch %1: %2, was %3").arg(i).arg(value).arg(expected)));
            }
        }
    }

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        setThreadCount(1);
        for (const auto& [name, content] : test::readArchive(THAW_FORMER_RUNS)) {
            std::filesystem::create_directories((m_folder / name).parent_path());
            std::ofstream(m_folder / name, std::ios::binary) << content;
        }
    }

    void aFinishedRunIsRead()
    {
        const SavedRun run = loadRun(m_folder / "finished");
        QCOMPARE(run.record.state, RunState::Finished);
        QCOMPARE(run.history.size(), std::size_t(10));
        QCOMPARE(run.recipe.phases.size(), std::size_t(2));
        QCOMPARE(run.recipe.phases[1].emaMomentum, 0.9);
        QVERIFY(run.recipe.split.order == SplitOrder::ValidationFirst); // as version 1 dealt
        QCOMPARE(run.record.best.size(), std::size_t(2));
        QCOMPARE(run.record.test->score.images, 6);
    }

    void itsModelIsMeasuredAsThen()
    {
        const SavedRun run = loadRun(m_folder / "finished");
        const ModelWeights model = readModelWeights(RunFiles{m_folder / "finished"}.best());
        const auto dataset = scanDataset(m_folder / "pictures", {run.recipe.split});
        QVERIFY(dataset.has_value());
        QCOMPARE(dataset->fingerprint, run.record.datasetFingerprint);
        ComputeOptions options;
        options.device = "cpu";
        const auto evaluation = evaluateModel(model, *dataset, Split::Test, options);
        QVERIFY(evaluation.has_value());
        const Score& then = run.record.test->score;
        QCOMPARE(evaluation->score.images, then.images);
        QCOMPARE(evaluation->score.accuracy, then.accuracy);
        // One pass, no training: only the order of sums may differ.
        QVERIFY(std::abs(evaluation->score.loss - then.loss) <= 1e-4 * then.loss);
    }

    void aStoppedRunGoesOn()
    {
        const auto folder = m_folder / "stopped";
        QCOMPARE(loadRun(folder).record.state, RunState::Stopped);
        ResumeOptions options;
        options.movedTo = m_folder / "pictures";
        options.acceptChanges = true; // on whatever machine this test runs
        TrainObserver observer;
        const RunRecord record = resumeRun(folder, options, observer);
        QCOMPARE(record.state, RunState::Finished);
        const RunRecord then = loadRun(m_folder / "finished").record;
        compareEpochs(readHistory(RunFiles{folder}.history()),
                      readHistory(RunFiles{m_folder / "finished"}.history()));
        QVERIFY(std::abs(record.test->score.loss - then.test->score.loss) <=
                tolerance * then.test->score.loss);
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestFormerRuns)
#include "test_former_runs.moc"
