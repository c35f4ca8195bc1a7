#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/run/run_files.h"
#include "core/run/run_lock.h"
#include "core/run/run_split.h"
#include "core/run/run_store.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/jobs/training_job.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

using namespace thaw;
using namespace thaw::ui;

namespace {

Recipe narrowRecipe(int firstEpochs = 2, int secondEpochs = 1)
{
    Recipe recipe = quickRecipe();
    test::makeNarrow(recipe, firstEpochs, secondEpochs);
    return recipe;
}

std::filesystem::path onlyRun(const RunOrder& request)
{
    const RunListing listing = listRuns(request.runsRoot);
    return listing.runs.size() == 1 ? listing.runs[0].folder : std::filesystem::path();
}

} // namespace

class TestTrainingJob : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void trainsAndTellsInThisThread();
    void stopsAndGoesOn();
    void tellsWhatFails();
    void aWarningOfWaitingEndsWithIt();
    void startsAgainWithTheRunsOwnSplit();
    void needsADataset();
    void scansWhatWasNotChecked();
    void waitsWhenDestroyed();

private:
    RunOrder request(const Recipe& recipe) const;

    std::unique_ptr<test::TemporaryFolder> m_folder;
    std::shared_ptr<const DatasetIndex> m_dataset;
    int m_runs = 0;
};

void TestTrainingJob::initTestCase()
{
    m_folder = std::make_unique<test::TemporaryFolder>();
    test::isolateUserFolders(m_folder->path());
    setThreadCount(1);
    test::SyntheticSpec spec;
    spec.perClass = 12;
    spec.side = 32;
    test::writeSyntheticDataset(*m_folder / "pictures", spec);
    ScanOptions options;
    options.threads = 1;
    auto index = scanDataset(*m_folder / "pictures", options);
    QVERIFY(index.has_value());
    m_dataset = std::make_shared<const DatasetIndex>(std::move(*index));
}

void TestTrainingJob::init()
{
    ++m_runs;
}

RunOrder TestTrainingJob::request(const Recipe& recipe) const
{
    RunOrder request;
    request.recipe = recipe;
    request.dataset = m_dataset->source;
    request.scanned = m_dataset;
    request.runsRoot = *m_folder / ("runs" + std::to_string(m_runs));
    return request;
}

void TestTrainingJob::trainsAndTellsInThisThread()
{
    TrainingJob job;
    QList<EpochMetrics> epochs;
    RunRecord record;
    int batches = 0;
    double fraction = 0;
    bool inThisThread = true;
    const auto check = [&] { inThisThread = inThisThread && QThread::currentThread() == thread(); };
    connect(&job, &TrainingJob::epochDone, this, [&](const EpochMetrics& metrics, bool) {
        check();
        epochs << metrics;
    });
    connect(&job, &TrainingJob::batchDone, this, [&](const BatchProgress& progress) {
        check();
        ++batches;
        fraction = progress.fractionDone;
    });
    connect(&job, &TrainingJob::runEnded, this, [&](const RunRecord& ended) {
        check();
        record = ended;
    });
    QSignalSpy finished(&job, &JobThread::finished);
    QSignalSpy failed(&job, &JobThread::failed);
    QSignalSpy started(&job, &TrainingJob::runStarted);
    const RunOrder asked = request(narrowRecipe());
    QVERIFY(job.train(asked));
    QVERIFY(!job.train(asked)); // one at a time
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(failed.count(), 0);
    QCOMPARE(started.count(), 1);
    QVERIFY(inThisThread);
    QCOMPARE(epochs.size(), 3);
    QCOMPARE(epochs[2].phase, 2);
    QCOMPARE(epochs[2].epoch, 1);
    QVERIFY(batches > 0);
    QVERIFY(fraction > 0.5 && fraction <= 1);
    QCOMPARE(record.state, RunState::Finished);
    QVERIFY(record.test.has_value());
    // What was told is what was written.
    const SavedRun saved = loadRun(onlyRun(asked));
    QCOMPARE(saved.history.size(), 3u);
    QCOMPARE(saved.history[1].loss, epochs[1].loss);
    QCOMPARE(saved.record.test->score.accuracy, record.test->score.accuracy);
}

void TestTrainingJob::stopsAndGoesOn()
{
    TrainingJob job;
    RunRecord record;
    connect(&job, &TrainingJob::runEnded, this, [&](const RunRecord& ended) { record = ended; });
    const auto stopOnce = connect(&job, &TrainingJob::epochDone, this, [&] { job.requestStop(); });
    QSignalSpy finished(&job, &JobThread::finished);
    const RunOrder asked = request(narrowRecipe(40, 1));
    QVERIFY(job.train(asked));
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(record.state, RunState::Stopped);
    const std::size_t before = loadRun(onlyRun(asked)).history.size();
    QVERIFY(before >= 1 && before < 41);
    disconnect(stopOnce);

    QSignalSpy resuming(&job, &TrainingJob::resuming);
    QSignalSpy failed(&job, &JobThread::failed);
    QVERIFY(job.resume(onlyRun(asked), {}));
    // One epoch more is enough to see that it goes on where it was.
    EpochMetrics next;
    connect(&job, &TrainingJob::epochDone, this, [&](const EpochMetrics& metrics) {
        if (next.loss == 0) {
            next = metrics;
        }
        job.requestStop();
    });
    QVERIFY(finished.wait(test::patienceMs));
    QVERIFY2(failed.isEmpty(), failed.isEmpty() ? "" : qPrintable(failed[0][0].value<ErrorReport>().detail));
    QCOMPARE(resuming.count(), 1);
    QCOMPARE(resuming[0][0].value<SavedRun>().history.size(), before);
    QCOMPARE(next.phase, 1);
    QCOMPARE(next.epoch, int(before) + 1);
}

void TestTrainingJob::tellsWhatFails()
{
    TrainingJob job;
    QSignalSpy finished(&job, &JobThread::finished);
    QSignalSpy failed(&job, &JobThread::failed);
    QSignalSpy ended(&job, &TrainingJob::runEnded);
    Recipe recipe = narrowRecipe();
    recipe.weights = (*m_folder / "absent.safetensors").string();
    QVERIFY(job.train(request(recipe)));
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(failed.count(), 1);
    QCOMPARE(failed[0][0].value<ErrorReport>().code, ErrorCode::WeightsMissing);
    QCOMPARE(ended.count(), 0);
    QVERIFY(!std::filesystem::exists(request(recipe).runsRoot));
}

void TestTrainingJob::aWarningOfWaitingEndsWithIt()
{
    TrainingJob job;
    QList<NoticeCode> warnings;
    int warned = 0;
    connect(&job, &TrainingJob::noticed, this, [&](const Notice& notice) {
        if (notice.level() == NoticeLevel::Warning) {
            ++warned;
            warnings << notice.code;
        }
    });
    connect(&job, &TrainingJob::noticeEnded, this, [&](NoticeCode code) { warnings.removeOne(code); });
    QSignalSpy finished(&job, &JobThread::finished);
    RunOrder asked = request(narrowRecipe(1, 1));
    asked.saving = {0, 0, 0, 0};
    test::FaultyFileSystem untroubled;
    {
        const FileSystemScope scope(untroubled);
        QVERIFY(job.train(asked));
        QVERIFY(finished.wait(test::patienceMs));
    }
    const QList<NoticeCode> always = warnings;
    warnings.clear();
    warned = 0;

    test::FaultyFileSystem faulty;
    faulty.failFrom(untroubled.calls() / 2, 20, ENOSPC);
    const FileSystemScope scope(faulty);
    asked.runsRoot += "-full";
    QVERIFY(job.train(asked));
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(faulty.failures(), std::size_t(20));
    QCOMPARE(loadRun(onlyRun(asked)).record.state, RunState::Finished);
    QCOMPARE(warned, int(always.size()) + 1);
    QCOMPARE(warnings, always);
}

// Not with the one that its recipe deals: who compares the two means the same pictures.
void TestTrainingJob::startsAgainWithTheRunsOwnSplit()
{
    const std::filesystem::path pictures = *m_folder / "own split";
    std::filesystem::copy(m_dataset->source, pictures, std::filesystem::copy_options::recursive);
    DatasetIndex index = *m_dataset;
    index.source = index.root = pictures;
    const auto of = [&](Split split) {
        return std::ranges::find_if(index.samples, [split](const Sample& sample) {
            return sample.label == 0 && sample.split == split;
        });
    };
    std::swap(of(Split::Train)->split, of(Split::Test)->split);
    index.fingerprint = fingerprintOf(index);
    RunOrder asked = request(narrowRecipe(1, 1));
    asked.dataset = index.source;
    asked.scanned = std::make_shared<const DatasetIndex>(index);
    TrainingJob job;
    QSignalSpy finished(&job, &JobThread::finished);
    QSignalSpy noticed(&job, &TrainingJob::noticed);
    QSignalSpy failed(&job, &JobThread::failed);
    QVERIFY(job.train(asked));
    QVERIFY(finished.wait(test::patienceMs));
    const std::filesystem::path first = onlyRun(asked);
    const auto splitOf = [](const std::filesystem::path& run) { return readRunSplit(RunFiles{run}.split()); };
    const auto tells = [&noticed](NoticeCode code) {
        return std::ranges::any_of(
            noticed, [&](const auto& values) { return values[0].template value<Notice>().code == code; });
    };

    const std::filesystem::path again = *m_folder / "again";
    QVERIFY(job.startAgain(first, again, {}));
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(splitOf(listRuns(again).runs.at(0).folder), splitOf(first));
    QVERIFY(!tells(NoticeCode::PicturesChangedSince));

    // One picture more: the others keep their split, and it is said.
    std::filesystem::copy_file(index.pathOf(*of(Split::Train)), pictures / "new.png");
    std::filesystem::rename(pictures / "new.png", pictures / index.classes[1] / "new.png");
    const std::filesystem::path third = *m_folder / "third";
    QVERIFY(job.startAgain(first, third, {}));
    QVERIFY(finished.wait(test::patienceMs));
    QVERIFY(tells(NoticeCode::PicturesChangedSince));
    const auto after = splitOf(listRuns(third).runs.at(0).folder);
    for (const SplitEntry& entry : splitOf(first)) {
        QVERIFY2(std::ranges::count(after, entry) == 1, entry.path.c_str());
    }

    // Many are gone: as when a run goes on, somebody has to agree.
    std::filesystem::remove_all(pictures / index.classes[1]);
    std::filesystem::create_directories(pictures / index.classes[1]);
    std::filesystem::copy_file(index.pathOf(*of(Split::Train)), pictures / index.classes[1] / "0.png");
    QVERIFY(job.startAgain(first, *m_folder / "fourth", {}));
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(failed.count(), 1);
    QCOMPARE(failed[0][0].value<ErrorReport>().code, ErrorCode::PicturesLost);
}

void TestTrainingJob::needsADataset()
{
    TrainingJob job;
    QSignalSpy finished(&job, &JobThread::finished);
    QSignalSpy failed(&job, &JobThread::failed);
    RunOrder asked = request(narrowRecipe());
    asked.dataset.clear();
    QVERIFY(job.train(asked));
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(failed.count(), 1);
    QCOMPARE(failed[0][0].value<ErrorReport>().code, ErrorCode::DatasetEmpty);
}

void TestTrainingJob::scansWhatWasNotChecked()
{
    TrainingJob job;
    QSignalSpy finished(&job, &JobThread::finished);
    QList<Preparation> steps;
    connect(&job, &TrainingJob::preparing, this, [&](Preparation what) {
        steps << what;
        if (what == Preparation::Weights) {
            job.requestStop();
        }
    });
    RunOrder asked = request(narrowRecipe(40, 1));
    asked.scanned = nullptr; // as the window has it where the pictures were only listed
    QVERIFY(job.train(asked));
    QVERIFY(finished.wait(test::patienceMs));
    QVERIFY(steps.size() >= 2);
    QCOMPARE(steps[0], Preparation::Dataset);
    QCOMPARE(steps[1], Preparation::Weights);
}

void TestTrainingJob::waitsWhenDestroyed()
{
    const RunOrder asked = request(narrowRecipe(400, 1));
    {
        TrainingJob job;
        QSignalSpy epoch(&job, &TrainingJob::epochDone);
        QVERIFY(job.train(asked));
        QVERIFY(epoch.wait(test::patienceMs));
    }
    // The destructor asked for a stop and waited: the work is saved and nobody holds the run.
    QVERIFY(!RunLock::isHeld(onlyRun(asked)));
    QCOMPARE(loadRun(onlyRun(asked)).record.state, RunState::Stopped);
    QVERIFY(std::filesystem::exists(RunFiles{onlyRun(asked)}.best()));
}

THAW_TEST(TestTrainingJob)
#include "test_training_job.moc"
