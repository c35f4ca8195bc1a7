#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/run/run_lock.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/run_controller.h"
#include "ui/settings/run_memory.h"

#include <QSettings>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <variant>

using namespace thaw;
using namespace thaw::ui;

namespace {

using enum TrainingState;

/// The states and what a run told, in the order they came.
class ControllerLog
{
public:
    explicit ControllerLog(RunController& controller)
    {
        QObject::connect(&controller, &RunController::stateChanged, &m_context,
                         [this](TrainingState state) { states << state; });
        QObject::connect(&controller, &RunController::ended, &m_context, [this] { ++ends; });
        QObject::connect(&controller, &RunController::happened, &m_context, [this](const RunEvent& event) {
            kinds << int(event.index());
            epochs += std::holds_alternative<EpochDone>(event);
        });
    }

    QList<TrainingState> states;
    QList<int> kinds; ///< of events
    int ends = 0;
    int epochs = 0;

private:
    QObject m_context;
};

} // namespace

/// Every state that a training can be in, with real ones and without a widget.
class TestRunController : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        test::isolateProgram(m_folder->path());
        qputenv("THAW_OFFLINE", "1");
        setThreadCount(1);
        m_dataset = test::makeDataset(*m_folder / "pictures");
    }

    void init()
    {
        QSettings().clear();
        ++m_tests;
        m_controller = std::make_unique<RunController>();
        m_log = std::make_unique<ControllerLog>(*m_controller);
    }

    void cleanup()
    {
        m_controller.reset();
        m_log.reset();
    }

    void trainsToTheEnd()
    {
        QCOMPARE(m_controller->state(), Idle);
        QVERIFY(m_controller->folder().empty());
        QVERIFY(m_controller->start(order(2)));
        QCOMPARE(m_controller->state(), Preparing);
        QCOMPARE(m_controller->recipe(), std::optional(order(2).recipe));
        QVERIFY(waitForEnd());
        QCOMPARE(m_log->states, (QList{Preparing, Training, Idle}));
        QVERIFY(!m_controller->recipe());
        const RunOutcome& outcome = m_controller->outcome();
        QVERIFY(outcome.isNew && !outcome.isPaused && !outcome.wasHalted && !outcome.failure);
        QCOMPARE(outcome.record.value().state, RunState::Finished);
        QCOMPARE(loadRun(outcome.folder).record.state, RunState::Finished);
        QVERIFY(runMemory::unfinished().isEmpty());
        QCOMPARE(m_controller->question(), StartQuestion::None);
        // What was told begins with the start and ends with the end.
        QCOMPARE(m_log->epochs, 3);
        QCOMPARE(m_log->kinds.count(kindOf<RunStarted>()), 1);
        QCOMPARE(m_log->kinds.last(), kindOf<RunEnded>());
        QVERIFY(m_log->kinds.contains(kindOf<BatchProgress>()));
    }

    void pausesContinuesAndStops()
    {
        QVERIFY(startAndWaitForAnEpoch());
        const std::filesystem::path run = m_controller->folder();
        QCOMPARE(runMemory::unfinished(), QStringList{toText(run)});
        m_log->kinds.clear();
        m_controller->pause();
        QCOMPARE(m_controller->state(), Pausing);
        Q_EMIT m_controller->findChild<TrainingJob*>()->happened(BatchProgress{}); // one that was on its way
        QVERIFY(waitForEnd());
        QVERIFY(!m_log->kinds.contains(kindOf<BatchProgress>())); // it is ending
        QCOMPARE(m_log->states, (QList{Preparing, Training, Pausing, Paused}));
        QVERIFY(m_controller->outcome().isPaused && m_controller->outcome().hasCheckpoint);
        QVERIFY(m_controller->recipe());
        QCOMPARE(runMemory::unfinished(), QStringList{toText(run)});
        QVERIFY(!RunLock::isHeld(run));

        m_log->states.clear();
        const int before = m_log->epochs;
        m_controller->continueRun();
        QTRY_VERIFY_WITH_TIMEOUT(m_log->epochs > before, test::patienceMs);
        QCOMPARE(m_controller->folder(), run);
        m_controller->stop();
        QVERIFY(waitForEnd());
        QCOMPARE(m_log->states, (QList{Preparing, Training, Stopping, Idle}));
        QVERIFY(!m_controller->outcome().isNew && m_controller->outcome().wasHalted);
        QCOMPARE(m_controller->outcome().record.value().state, RunState::Stopped);
        QVERIFY(runMemory::unfinished().isEmpty()); // it ended as its user wanted
    }

    void stopEndsAPause()
    {
        QVERIFY(startAndWaitForAnEpoch());
        m_controller->pause();
        QVERIFY(waitForEnd());
        QSignalSpy pauseEnded(m_controller.get(), &RunController::pauseEnded);
        m_controller->stop();
        QCOMPARE(m_controller->state(), Idle);
        QCOMPARE(pauseEnded.count(), 1);
        QVERIFY(!pauseEnded[0][0].value<RunOutcome>().isPaused);
        QVERIFY(runMemory::unfinished().isEmpty());
        QCOMPARE(m_log->ends, 1);
        m_controller->continueRun(); // there is nothing to continue any more
        QCOMPARE(m_controller->state(), Idle);
    }

    void whatHasNoPlaceDoesNothing()
    {
        m_controller->pause();
        m_controller->stop();
        m_controller->continueRun();
        QVERIFY(!m_controller->acceptAndRetry());
        QVERIFY(m_log->states.isEmpty());
        QVERIFY(startAndWaitForAnEpoch());
        const std::filesystem::path run = m_controller->folder();
        QVERIFY(!m_controller->start(order(1)));
        QVERIFY(!m_controller->resume(run));
        QVERIFY(!m_controller->startAgain(run, order(1).runsRoot));
        QVERIFY(!m_controller->finishNow(run));
        m_controller->continueRun();
        QCOMPARE(m_controller->state(), Training);
        m_controller->pause();
        m_controller->pause();
        m_controller->stop(); // it is pausing already
        QCOMPARE(m_controller->state(), Pausing);
        QVERIFY(waitForEnd());
        QVERIFY(!m_controller->start(order(1))); // a paused run keeps its place
        QCOMPARE(m_log->states, (QList{Preparing, Training, Pausing, Paused}));
    }

    void stopsWhilePreparing_data()
    {
        QTest::addColumn<bool>("isPause");
        QTest::newRow("stop") << false;
        QTest::newRow("pause") << true; // as a window that is closed
    }

    void stopsWhilePreparing()
    {
        QFETCH(bool, isPause);
        RunOrder asked = order(5000);
        asked.scanned = nullptr; // the pictures are read first
        // The job waits for this, or the pictures might be read before anybody stops it.
        connect(
            m_controller->findChild<TrainingJob*>(), &TrainingJob::preparing, m_controller.get(),
            [&] { isPause ? m_controller->pause() : m_controller->stop(); }, Qt::BlockingQueuedConnection);
        QVERIFY(m_controller->start(asked));
        QVERIFY(waitForEnd());
        QCOMPARE(m_log->states, (QList{Preparing, isPause ? Pausing : Stopping, Idle}));
        const RunOutcome& outcome = m_controller->outcome();
        QVERIFY(outcome.folder.empty() && !outcome.record && !outcome.failure && outcome.wasHalted);
        QVERIFY(listRuns(asked.runsRoot).runs.empty());
        QVERIFY(runMemory::unfinished().isEmpty());
    }

    void failsBeforeThereIsARun()
    {
        RunOrder asked = order(1);
        asked.recipe.weights = (*m_folder / "absent.safetensors").string();
        QVERIFY(m_controller->start(asked));
        QVERIFY(waitForEnd());
        QCOMPARE(m_log->states, (QList{Preparing, Idle}));
        const RunOutcome& outcome = m_controller->outcome();
        QCOMPARE(outcome.failure.value().code, ErrorCode::WeightsMissing);
        QVERIFY(outcome.folder.empty() && !outcome.record);
        QVERIFY(listRuns(asked.runsRoot).runs.empty());
        QCOMPARE(m_controller->question(), StartQuestion::None);
        QVERIFY(m_log->kinds.isEmpty());
    }

    void failsAfterTheRunHasBegun()
    {
        RunOrder asked = order(1);
        asked.recipe.phases[0].learningRate = 1e30;
        QVERIFY(m_controller->start(asked));
        QVERIFY(waitForEnd());
        QCOMPARE(m_log->states, (QList{Preparing, Training, Idle}));
        const RunOutcome outcome = m_controller->outcome();
        QCOMPARE(outcome.record.value().errorCode, std::string(nameOf(ErrorCode::TrainingDiverged)));
        QVERIFY(!outcome.failure);
        QCOMPARE(loadRun(outcome.folder).record.state, RunState::Failed);
        QVERIFY(runMemory::unfinished().isEmpty());
        // And once more, as a new run.
        QVERIFY(m_controller->startAgain(outcome.folder, asked.runsRoot));
        QVERIFY(m_controller->folder().empty());
        QVERIFY(!m_controller->recipe());
        QVERIFY(waitForEnd());
        QVERIFY(m_controller->outcome().isNew);
        QVERIFY(m_controller->folder() != outcome.folder && !m_controller->folder().empty());
    }

    void continuesAfterAStartThatFailed()
    {
        const DatasetPointer own = test::makeDataset(*m_folder / "away and back");
        QVERIFY(startAndWaitForAnEpoch(own));
        const std::filesystem::path run = m_controller->folder();
        m_controller->pause();
        QVERIFY(waitForEnd());
        const std::filesystem::path away = *m_folder / "away";
        std::filesystem::rename(own->root, away);
        m_log->states.clear();
        m_controller->continueRun();
        QVERIFY(waitForEnd());
        QCOMPARE(m_log->states, (QList{Preparing, Idle}));
        QVERIFY(m_controller->outcome().failure && m_controller->folder().empty());
        QCOMPARE(runMemory::unfinished(), QStringList{toText(run)}); // it can still go on

        std::filesystem::rename(away, own->root);
        QVERIFY(m_controller->resume(run));
        QTRY_COMPARE_WITH_TIMEOUT(m_controller->state(), Training, test::patienceMs);
        m_controller->stop();
        QVERIFY(waitForEnd());
        QCOMPARE(m_controller->folder(), run);
    }

    void closingSavesTheRun()
    {
        QVERIFY(startAndWaitForAnEpoch());
        const std::filesystem::path run = m_controller->folder();
        QVERIFY(RunLock::isHeld(run));
        m_controller.reset();
        QVERIFY(!RunLock::isHeld(run));
        QCOMPARE(loadRun(run).record.state, RunState::Stopped);
        QCOMPARE(runMemory::unfinished(), QStringList{toText(run)}); // the next window offers it
        QCOMPARE(m_log->ends, 0);
    }

    void finishesAPausedRun()
    {
        QVERIFY(startAndWaitForAnEpoch());
        m_controller->pause();
        QVERIFY(waitForEnd());
        m_log->states.clear();
        QVERIFY(m_controller->finishNow(m_controller->folder()));
        QVERIFY(waitForEnd());
        QCOMPARE(m_log->states, (QList{Preparing, Training, Idle}));
        const RunRecord& record = m_controller->outcome().record.value();
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY(record.finishedEarly && record.test);
    }

    void asksAboutLostPictures()
    {
        const DatasetPointer own = test::makeDataset(*m_folder / "losing");
        for (const Sample& sample : own->samples) {
            if (sample.split == Split::Test && sample.label == 0) {
                std::filesystem::remove(own->pathOf(sample));
            }
        }
        QVERIFY(m_controller->start(order(1, own)));
        QVERIFY(waitForEnd());
        QCOMPARE(m_controller->question(), StartQuestion::AcceptLosses);
        QVERIFY(m_controller->acceptAndRetry());
        QCOMPARE(m_controller->question(), StartQuestion::None);
        QVERIFY(waitForEnd());
        QCOMPARE(m_controller->outcome().record.value().state, RunState::Finished);
    }

    void asksOnceAboutOtherClasses()
    {
        const DatasetPointer own = test::makeDataset(*m_folder / "renaming classes");
        QVERIFY(startAndWaitForAnEpoch(own));
        m_controller->pause();
        QVERIFY(waitForEnd());
        const std::filesystem::path last = own->root / own->classes.back();
        std::filesystem::rename(last, own->root / (own->classes.back() + " again"));
        m_controller->continueRun();
        QVERIFY(waitForEnd());
        QCOMPARE(m_controller->question(), StartQuestion::AcceptChanges);
        QVERIFY(m_controller->acceptAndRetry());
        QVERIFY(waitForEnd());
        QCOMPARE(m_controller->question(), StartQuestion::Refused);
        QVERIFY(!m_controller->acceptAndRetry());
    }

    void asksAboutWeightsThatCannotBeHad()
    {
        const QByteArray path = qgetenv("PATH");
        qputenv("PATH", "/nowhere");
        RunOrder asked = order(1);
        asked.recipe.width = 1;
        asked.recipe.weights = "imagenet";
        QVERIFY(m_controller->start(asked));
        QVERIFY(waitForEnd());
        qputenv("PATH", path);
        QCOMPARE(m_controller->outcome().failure.value().code, ErrorCode::NetworkUnavailable);
        QCOMPARE(m_controller->question(), StartQuestion::WithoutWeights);
        QVERIFY(!m_controller->acceptAndRetry()); // that is another recipe
    }

private:
    template <typename Event>
    static int kindOf()
    {
        return int(RunEvent(Event{}).index());
    }

    RunOrder order(int headEpochs, DatasetPointer dataset = {}) const
    {
        RunOrder asked;
        asked.recipe = quickRecipe();
        test::makeNarrow(asked.recipe, headEpochs);
        asked.scanned = dataset ? std::move(dataset) : m_dataset;
        asked.dataset = asked.scanned->source;
        asked.runsRoot = *m_folder / ("runs" + std::to_string(m_tests));
        return asked;
    }

    bool waitForEnd()
    {
        return QTest::qWaitFor([this] { return !isActive(m_controller->state()); }, test::patienceMs);
    }

    bool startAndWaitForAnEpoch(const DatasetPointer& dataset = {})
    {
        return m_controller->start(order(5000, dataset)) &&
               QTest::qWaitFor([this] { return m_log->epochs > 0; }, test::patienceMs);
    }

    std::unique_ptr<test::TemporaryFolder> m_folder;
    DatasetPointer m_dataset;
    std::unique_ptr<RunController> m_controller;
    std::unique_ptr<ControllerLog> m_log;
    int m_tests = 0;
};

THAW_TEST(TestRunController)
#include "test_run_controller.moc"
