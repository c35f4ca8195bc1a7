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
#include <variant>

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

/// Calls `then` in the test's thread with each event of one kind.
template <typename Event, typename Then>
QMetaObject::Connection onEvent(TrainingJob& job, QObject* context, Then then)
{
    return QObject::connect(&job, &TrainingJob::happened, context, [then](const RunEvent& event) {
        if (const auto* wanted = std::get_if<Event>(&event)) {
            then(*wanted);
        }
    });
}

template <typename Event>
qsizetype countOf(const QSignalSpy& happened)
{
    return std::ranges::count_if(happened, [](const QList<QVariant>& arguments) {
        return std::holds_alternative<Event>(arguments[0].value<RunEvent>());
    });
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
    onEvent<EpochDone>(job, this, [&](const EpochDone& done) {
        check();
        epochs << done.metrics;
    });
    onEvent<BatchProgress>(job, this, [&](const BatchProgress& progress) {
        check();
        ++batches;
        fraction = progress.fractionDone;
    });
    onEvent<RunEnded>(job, this, [&](const RunEnded& ended) {
        check();
        record = ended.record;
    });
    QSignalSpy finished(&job, &JobThread::finished);
    QSignalSpy failed(&job, &JobThread::failed);
    QSignalSpy happened(&job, &TrainingJob::happened);
    const RunOrder asked = request(narrowRecipe());
    QVERIFY(job.train(asked));
    QVERIFY(!job.train(asked)); // one at a time
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(failed.count(), 0);
    QCOMPARE(countOf<RunStarted>(happened), 1);
    QVERIFY(std::holds_alternative<RunEnded>(happened.last()[0].value<RunEvent>()));
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
    onEvent<RunEnded>(job, this, [&](const RunEnded& ended) { record = ended.record; });
    const auto stopOnce = onEvent<EpochDone>(job, this, [&](const EpochDone&) { job.requestStop(); });
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
    onEvent<EpochDone>(job, this, [&](const EpochDone& done) {
        if (next.loss == 0) {
            next = done.metrics;
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
    QSignalSpy happened(&job, &TrainingJob::happened);
    Recipe recipe = narrowRecipe();
    recipe.weights = (*m_folder / "absent.safetensors").string();
    QVERIFY(job.train(request(recipe)));
    QVERIFY(finished.wait(test::patienceMs));
    QCOMPARE(failed.count(), 1);
    QCOMPARE(failed[0][0].value<ErrorReport>().code, ErrorCode::WeightsMissing);
    QCOMPARE(countOf<RunEnded>(happened), 0);
    QVERIFY(!std::filesystem::exists(request(recipe).runsRoot));
}

void TestTrainingJob::aWarningOfWaitingEndsWithIt()
{
    TrainingJob job;
    QList<NoticeCode> warnings;
    int warned = 0;
    onEvent<Notice>(job, this, [&](const Notice& notice) {
        if (notice.level() == NoticeLevel::Warning) {
            ++warned;
            warnings << notice.code;
        }
    });
    onEvent<NoticeEnded>(job, this, [&](const NoticeEnded& end) { warnings.removeOne(end.code); });
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
    QSignalSpy happened(&job, &TrainingJob::happened);
    QSignalSpy failed(&job, &JobThread::failed);
    QVERIFY(job.train(asked));
    QVERIFY(finished.wait(test::patienceMs));
    const std::filesystem::path first = onlyRun(asked);
    const auto splitOf = [](const std::filesystem::path& run) { return readRunSplit(RunFiles{run}.split()); };
    const auto tells = [&happened](NoticeCode code) {
        return std::ranges::any_of(happened, [code](const QList<QVariant>& arguments) {
            const RunEvent event = arguments[0].value<RunEvent>();
            const auto* notice = std::get_if<Notice>(&event);
            return notice && notice->code == code;
        });
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
        QSignalSpy happened(&job, &TrainingJob::happened);
        QVERIFY(job.train(asked));
        QTRY_VERIFY_WITH_TIMEOUT(countOf<EpochDone>(happened) > 0, test::patienceMs);
    }
    // The destructor asked for a stop and waited: the work is saved and nobody holds the run.
    QVERIFY(!RunLock::isHeld(onlyRun(asked)));
    QCOMPARE(loadRun(onlyRun(asked)).record.state, RunState::Stopped);
    QVERIFY(std::filesystem::exists(RunFiles{onlyRun(asked)}.best()));
}

THAW_TEST(TestTrainingJob)
#include "test_training_job.moc"
