#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/run/run_store.h"
#include "core/train/checkpoint/checkpoint_file.h"
#include "core/train/features/feature_bank.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <sys/mount.h>
#include <unistd.h>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

/// Remembers what it is told; reacts to the first word of waiting.
class Listener : public TrainObserver
{
public:
    void noticeGiven(const Notice& notice) override
    {
        notices.add(notice);
        if (onWait && test::isWaiting(notice.code)) {
            onWait();
        }
    }
    void epochDone(const EpochMetrics& metrics, bool) override
    {
        if (onEpoch) {
            onEpoch(metrics);
        }
    }
    std::ptrdiff_t waits() const
    {
        const std::vector<Notice>& all = notices.all();
        return std::count_if(all.begin(), all.end(),
                             [](const Notice& notice) { return test::isWaiting(notice.code); });
    }

    test::Notices notices;
    std::function<void()> onWait;
    std::function<void(const EpochMetrics&)> onEpoch;
};

} // namespace

/// A run of two short phases that saves itself at every step, and everything that a disk can do to it. With
/// THAW_LONG_TESTS set, every call is tried instead of a sample of them.
class TestFaults : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void oneFailedCallChangesNothing_data();
    void oneFailedCallChangesNothing();
    void whatFailsForGoodCanBeResumed_data();
    void whatFailsForGoodCanBeResumed();
    void shortAndInterruptedWritesAreTransparent();
    void aFullDiskIsWaitedFor();
    void aFullFileSystemIsWaitedFor();
    void aPowerCutCanBeResumed();
    void divergenceLeavesTheLastGoodCheckpoint_data();
    void divergenceLeavesTheLastGoodCheckpoint();

private:
    TrainRequest request() const
    {
        TrainRequest made = test::narrowRequest(m_recipe, m_folder / "data", m_run);
        made.saving = m_everyStep;
        return made;
    }
    /// Resumes without faults if there is a run, else trains it anew; compares with the undisturbed run.
    void requireSameEnd();
    std::size_t stride(std::size_t count, std::size_t sample) const
    {
        return m_isLong ? 1 : std::max<std::size_t>(1, count / sample);
    }

    const bool m_isLong = std::getenv("THAW_LONG_TESTS") != nullptr;
    test::TemporaryFolder m_folder;
    fs::path m_run = m_folder / "run";
    Recipe m_recipe = test::narrowRecipe(2, 1);
    SaveOptions m_everyStep{0, 0, 0, 0};
    test::RunOutcome m_expected;
    std::size_t m_calls = 0; ///< that an undisturbed run makes
};

void TestFaults::initTestCase()
{
    test::isolateUserFolders(m_folder / "user");
    test::writeSyntheticDataset(m_folder / "data", {{"blue", "red"}, 12, 32, false, 1});
    setThreadCount(1);
    fs::create_directories(featureBanksFolder().parent_path()); // as every later run finds it
    test::FaultyFileSystem counting;
    const FileSystemScope scope(counting);
    Listener listener;
    const RunRecord record = trainRun(request(), listener);
    QCOMPARE(record.error, std::string());
    m_expected = test::outcomeOf(m_run);
    QCOMPARE(m_expected.weights.size(), std::size_t(3));
    m_calls = counting.calls();
    QVERIFY2(m_calls > 200, "the run saves itself at every step");
    qInfo("%zu calls to the disk", m_calls);
}

void TestFaults::requireSameEnd()
{
    Listener listener;
    RunRecord record;
    if (isRunFolder(m_run)) {
        record = resumeRun(m_run, {.saving = m_everyStep}, listener);
    } else {
        // The disk failed before there was a run: nothing can be lost.
        QVERIFY(!fs::exists(RunFiles{m_run}.last()));
        fs::remove_all(m_run);
        record = trainRun(request(), listener);
    }
    QCOMPARE(record.error, std::string());
    QCOMPARE(record.state, RunState::Finished);
    const test::RunOutcome outcome = test::outcomeOf(m_run);
    QCOMPARE(outcome.history, m_expected.history);
    QVERIFY(outcome == m_expected);
    for (const auto& entry : fs::directory_iterator(m_run)) {
        QVERIFY2(!entry.path().filename().string().starts_with('.'), entry.path().c_str());
    }
}

void TestFaults::oneFailedCallChangesNothing_data()
{
    QTest::addColumn<int>("number");
    QTest::newRow("input/output error") << EIO;
    QTest::newRow("no space") << ENOSPC;
    QTest::newRow("read-only") << EROFS;
}

void TestFaults::oneFailedCallChangesNothing()
{
    QFETCH(int, number);
    std::set<test::FileAction> failed;
    for (std::size_t call = 0; call < m_calls; call += stride(m_calls, 7)) {
        fs::remove_all(m_run);
        fs::remove_all(featureBanksFolder()); // as before the run that was counted
        test::FaultyFileSystem faulty;
        faulty.failFrom(call, 1, number);
        Listener listener;
        try {
            const FileSystemScope scope(faulty);
            trainRun(request(), listener);
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Machine);
            QVERIFY2(!isRunFolder(m_run) || !fs::exists(RunFiles{m_run}.last()), error.what());
        }
        QCOMPARE(faulty.failures(), std::size_t(1));
        failed.insert(faulty.actionOf(call));
        requireSameEnd();
        if (QTest::currentTestFailed()) {
            QFAIL(qPrintable(QStringLiteral("call %1, %2").arg(call).arg(nameOf(faulty.actionOf(call)))));
        }
    }
    QVERIFY(failed.size() >= 3);
}

void TestFaults::whatFailsForGoodCanBeResumed_data()
{
    QTest::addColumn<int>("action");
    for (const auto action :
         {test::FileAction::Create, test::FileAction::Write, test::FileAction::Sync, test::FileAction::Close,
          test::FileAction::Rename, test::FileAction::SyncFolder})
    {
        QTest::newRow(test::nameOf(action)) << static_cast<int>(action);
    }
}

void TestFaults::whatFailsForGoodCanBeResumed()
{
    QFETCH(int, action);
    for (std::size_t call = 0; call < m_calls; call += stride(m_calls, 3)) {
        fs::remove_all(m_run);
        fs::remove_all(featureBanksFolder());
        test::FaultyFileSystem faulty;
        faulty.failFrom(call, SIZE_MAX, EIO);
        faulty.failOnly(static_cast<test::FileAction>(action));
        std::stop_source stop;
        Listener listener;
        listener.onWait = [&] { stop.request_stop(); };
        try {
            const FileSystemScope scope(faulty);
            const RunRecord record = trainRun(request(), listener, stop.get_token());
            if (faulty.failures() > 0) {
                QCOMPARE(record.state, RunState::Failed);
                QCOMPARE(record.errorCode, std::string("write-failed"));
            }
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Machine);
        }
        requireSameEnd();
        if (QTest::currentTestFailed()) {
            QFAIL(qPrintable(QStringLiteral("from call %1 on").arg(call)));
        }
    }
}

void TestFaults::shortAndInterruptedWritesAreTransparent()
{
    fs::remove_all(m_run);
    test::FaultyFileSystem faulty;
    faulty.hamper();
    const FileSystemScope scope(faulty);
    Listener listener;
    QCOMPARE(trainRun(request(), listener).error, std::string());
    QCOMPARE(listener.waits(), 0);
    QVERIFY(faulty.calls() > m_calls + m_calls / 4);
    QVERIFY(test::outcomeOf(m_run) == m_expected);
}

void TestFaults::aFullDiskIsWaitedFor()
{
    for (const int number : {ENOSPC, EDQUOT, EFBIG, EROFS}) {
        fs::remove_all(m_run);
        test::FaultyFileSystem faulty;
        faulty.failFrom(m_calls / 2, 60, number);
        const FileSystemScope scope(faulty);
        Listener listener;
        const RunRecord record = trainRun(request(), listener);
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(faulty.failures(), std::size_t(60));
        QCOMPARE(listener.waits(), 1);
        QCOMPARE(listener.notices.all().back().code, NoticeCode::RunSaved);
        QVERIFY(test::outcomeOf(m_run) == m_expected);
    }
}

void TestFaults::aFullFileSystemIsWaitedFor()
{
    const fs::path small = m_folder / "small";
    fs::create_directories(small);
    if (geteuid() != 0 || mount("none", small.c_str(), "tmpfs", 0, "size=4m") != 0) {
        QSKIP("only root can mount a small file system");
    }
    struct Unmounter
    {
        fs::path path;
        ~Unmounter() { umount2(path.c_str(), MNT_DETACH); }
    } unmounter{small};
    const fs::path ballast = small / "ballast";
    const auto fill = [&] {
        std::ofstream file(ballast, std::ios::binary);
        const std::string block(4096, 'x');
        while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
        }
    };
    TrainRequest onSmall = request();
    onSmall.folder = small / "run";
    Listener listener;
    listener.onEpoch = [&](const EpochMetrics& metrics) {
        if (metrics.phase == 1 && metrics.epoch == 1) {
            fill();
        }
    };
    listener.onWait = [&] { fs::remove(ballast); };
    const RunRecord record = trainRun(onSmall, listener);
    QCOMPARE(record.state, RunState::Finished);
    QVERIFY(listener.waits() > 0);
    QVERIFY(test::outcomeOf(onSmall.folder) == m_expected);
}

void TestFaults::aPowerCutCanBeResumed()
{
    fs::remove_all(m_run);
    test::FaultyFileSystem recording;
    recording.record();
    {
        const FileSystemScope scope(recording);
        Listener listener;
        trainRun(request(), listener);
    }
    const auto& events = recording.events();
    std::set<test::PowerCut::Files> tried;
    std::size_t resumed = 0;
    for (std::size_t moment = 0; moment <= events.size(); moment += stride(events.size(), 12)) {
        for (std::uint64_t key = 0; key < (m_isLong ? 8 : 3); ++key) {
            test::PowerCut::Files files = test::PowerCut::after(events, moment, key < 2 ? key : key + moment);
            if (!tried.insert(files).second) {
                continue;
            }
            fs::remove_all(m_run);
            fs::create_directories(m_run);
            for (const auto& [path, bytes] : files) {
                std::ofstream(path, std::ios::binary) << bytes;
            }
            resumed += isRunFolder(m_run) ? 1 : 0;
            requireSameEnd();
            if (QTest::currentTestFailed()) {
                QFAIL(qPrintable(QStringLiteral("power cut after event %1, key %2").arg(moment).arg(key)));
            }
        }
    }
    qInfo("%zu states of %zu events resumed", resumed, events.size());
    QVERIFY(resumed >= 10);
}

void TestFaults::divergenceLeavesTheLastGoodCheckpoint_data()
{
    QTest::addColumn<bool>("isSavedAtEveryStep");
    // The step that ruins the weights leaves finite ones, which are saved before the next loss tells.
    QTest::newRow("the last one holds ruined weights") << true;
    // Saved between the phases alone: its weights have given a finite loss in the first step.
    QTest::newRow("the last one is good") << false;
}

void TestFaults::divergenceLeavesTheLastGoodCheckpoint()
{
    QFETCH(bool, isSavedAtEveryStep);
    fs::remove_all(m_run);
    TrainRequest diverging = request();
    if (!isSavedAtEveryStep) {
        diverging.saving = {1e9, 1e9, 0, 0};
    }
    diverging.recipe.phases[1].learningRate = 1e30;
    Listener listener;
    const RunRecord record = trainRun(diverging, listener);
    QCOMPARE(record.state, RunState::Failed);
    QCOMPARE(record.errorCode, std::string("training-diverged"));
    QVERIFY2(record.error.find("phase 2, epoch 1") != std::string::npos, record.error.c_str());
    const bool isNamed = record.error.find("block5_conv") != std::string::npos ||
                         record.error.find("dense") != std::string::npos ||
                         record.error.find("output of the head") != std::string::npos;
    QVERIFY2(isNamed, record.error.c_str());
    QVERIFY2(record.error.find("1e+30") != std::string::npos, record.error.c_str());
    const Checkpoint checkpoint = loadCheckpoint(RunFiles{m_run});
    // The newest that is fit to go on from, and none before it.
    QCOMPARE(checkpoint.state.phase, 2);
    QCOMPARE(checkpoint.state.epoch, 1);
    QCOMPARE(checkpoint.state.step, std::int64_t(0));
    for (const NamedTensor& tensor : checkpoint.weights) {
        QVERIFY(std::all_of(tensor.values.begin(), tensor.values.end(),
                            [](float value) { return std::isfinite(value); }));
    }
    QVERIFY(!fs::exists(RunFiles{m_run}.phase(2)));

    // A lower rate in the recipe is the way on.
    writeFileAtomically(RunFiles{m_run}.recipe(), formatRecipe(m_recipe));
    const RunRecord mended = resumeRun(m_run, {.saving = m_everyStep}, listener);
    QVERIFY2(mended.error.empty(), mended.error.c_str());
    QCOMPARE(mended.state, RunState::Finished);
    // The files of phase 1 are not compared: the recipe with the high rate is in them.
    const test::RunOutcome outcome = test::outcomeOf(m_run);
    QCOMPARE(outcome.history, m_expected.history);
    QCOMPARE(outcome.test, m_expected.test);
}

THAW_TEST(TestFaults)
#include "test_faults.moc"
