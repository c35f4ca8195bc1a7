// However the window is told to go, a training is stopped cleanly first and offered again next time.

#include "app/last_exit.h"
#include "app/signal_watch.h"
#include "core/compute/compute_device.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/jobs/job_thread.h"
#include "ui/main_window.h"
#include "ui/pages/training_page.h"
#include "ui/settings/run_memory.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/number_box.h"

#include <QElapsedTimer>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>

#include <csignal>
#include <cstdlib>
#include <future>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace thaw;
using namespace thaw::ui;

class TestLeaving : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateProgram(m_folder.path());
        setThreadCount(1);
        m_dataset = test::makeDataset(m_folder / "pictures");
    }

    void init()
    {
        Dialogs::script();
        QSettings().clear();
        m_session.emplace();
        test::useFixedSpeed(*m_session);
        m_session->setRunsRoot(m_folder / ("runs" + std::to_string(++m_number)));
        m_session->setDataset(m_dataset);
        QVERIFY(test::makeNarrow(*m_session, 5000));
        m_window.emplace(&*m_session);
        m_window->show();
    }

    void cleanup()
    {
        m_window.reset();
        m_session.reset();
    }

    void signalsStopSaveAndClose_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGHUP") << SIGHUP;
        QTest::newRow("SIGINT") << SIGINT;
    }

    void signalsStopSaveAndClose()
    {
        QFETCH(int, signal);
        SignalWatch watch;
        connect(&watch, &SignalWatch::stopRequested, &*m_window, &MainWindow::stopAndClose);
        QSignalSpy requested(&watch, &SignalWatch::stopRequested);
        QSignalSpy left(&*m_window, &MainWindow::left);
        trainAnEpoch();
        QElapsedTimer clock;
        clock.start();
        QCOMPARE(raise(signal), 0);
        QTRY_COMPARE_WITH_TIMEOUT(left.count(), 1, test::patienceMs);
        QCOMPARE(requested[0][0].toInt(), signal);
        QVERIFY(!m_window->isVisible());
        QVERIFY(Dialogs::asked().isEmpty()); // nobody is there to answer
        expectKept();
    }

    void aRepeatedSignalChangesNothing()
    {
        SignalWatch watch;
        connect(&watch, &SignalWatch::stopRequested, &*m_window, &MainWindow::stopAndClose);
        QSignalSpy left(&*m_window, &MainWindow::left);
        trainAnEpoch();
        raise(SIGTERM);
        raise(SIGTERM); // as service managers do
        raise(SIGHUP);
        QTRY_COMPARE_WITH_TIMEOUT(left.count(), 1, test::patienceMs);
        expectKept();
    }

    void aForwardedInterruptIsOneWithTheFirst()
    {
        SignalWatch watch;
        connect(&watch, &SignalWatch::stopRequested, &*m_window, &MainWindow::stopAndClose);
        QSignalSpy left(&*m_window, &MainWindow::left);
        trainAnEpoch();
        raise(SIGINT);
        raise(SIGINT); // from a wrapper; left at once, this test would end here
        QTRY_COMPARE_WITH_TIMEOUT(left.count(), 1, test::patienceMs);
        expectKept();
    }

    void handsSignalsBack()
    {
        {
            SignalWatch watch;
        }
        struct sigaction action = {};
        for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
            QCOMPARE(sigaction(signal, nullptr, &action), 0);
            QVERIFY(action.sa_handler == SIG_DFL);
        }
    }

    void leavesIgnoredSignalsAlone()
    {
        std::signal(SIGHUP, SIG_IGN); // as nohup does
        {
            SignalWatch watch;
            QSignalSpy requested(&watch, &SignalWatch::stopRequested);
            raise(SIGHUP);
            raise(SIGTERM);
            QTRY_COMPARE_WITH_TIMEOUT(requested.count(), 1, test::patienceMs);
            QCOMPARE(requested[0][0].toInt(), int(SIGTERM));
        }
        std::signal(SIGHUP, SIG_DFL);
    }

    void loggingOutWaitsUntilAllIsSaved()
    {
        trainAnEpoch();
        m_window->pauseAndWait(); // what commitDataRequest calls
        QCOMPARE(m_window->trainingPage()->state(), TrainingState::Paused);
        QVERIFY(m_window->isVisible());
        expectKept();
        // The desktop may have thought better of it.
        m_window->trainingPage()->continueTraining();
        const std::size_t epochs = loadRun(m_run).history.size();
        QTRY_VERIFY_WITH_TIMEOUT(loadRun(m_run).history.size() > epochs, test::patienceMs);
        m_window->trainingPage()->requestStop();
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->trainingPage()->isTraining(), test::patienceMs);
    }

    void closingKeepsThePlaceAndStopEndsIt()
    {
        trainAnEpoch();
        QSignalSpy left(&*m_window, &MainWindow::left);
        Dialogs::answerConfirm(true);
        QVERIFY(!m_window->close());
        QTRY_COMPARE_WITH_TIMEOUT(left.count(), 1, test::patienceMs);
        QCOMPARE(Dialogs::asked().size(), 1);
        expectKept();
    }

    void aSignalWhileTheQuestionIsOpenNeedsNoAnswer()
    {
        trainAnEpoch();
        m_window->stopAndClose();
        QVERIFY(!m_window->close()); // a second way to close meanwhile: no question, no second stop
        QVERIFY(Dialogs::asked().isEmpty());
        QSignalSpy left(&*m_window, &MainWindow::left);
        QTRY_COMPARE_WITH_TIMEOUT(left.count(), 1, test::patienceMs);
        expectKept();
    }

    void withoutATrainingItJustCloses()
    {
        QSignalSpy left(&*m_window, &MainWindow::left);
        m_window->pauseAndWait();
        m_window->stopAndClose();
        QCOMPARE(left.count(), 1);
        QVERIFY(Dialogs::asked().isEmpty());
        QVERIFY(runMemory::unfinished().isEmpty());
    }

    void whatStandsTypedCounts_data()
    {
        QTest::addColumn<bool>("isAsked");
        QTest::newRow("closed") << true;
        QTest::newRow("told to go") << false;
    }

    void whatStandsTypedCounts()
    {
        QFETCH(bool, isAsked);
        m_window->showPage(Page::Training);
        type("recipeBatchSize", "24");
        QSignalSpy left(&*m_window, &MainWindow::left);
        if (isAsked) {
            QVERIFY(QTest::qWaitForWindowActive(&*m_window));
            QTest::keyClick(&*m_window, Qt::Key_Q, Qt::ControlModifier);
        } else {
            m_window->stopAndClose();
        }
        QCOMPARE(left.count(), 1);
        QVERIFY(Dialogs::asked().isEmpty());
        QCOMPARE(m_session->recipe().batchSize, 24);
        QVERIFY(QSettings().value("work/recipe").toString().contains("\"batch_size\": 24"));
    }

    void asksAboutANumberThatCannotBeTaken()
    {
        m_window->showPage(Page::Training);
        NumberBox* box = type("recipeBatchSize", "many");
        m_window->showPage(Page::Runs);
        QSignalSpy left(&*m_window, &MainWindow::left);
        Dialogs::answerConfirm(false);
        QVERIFY(!m_window->close());
        QVERIFY2(Dialogs::asked().size() == 1 && Dialogs::asked()[0].contains("“many”"),
                 qPrintable(Dialogs::asked().join('\n')));
        QCOMPARE(m_window->page(), Page::Training);
        QCOMPARE(box->text(), "many");
        Dialogs::answerConfirm(true);
        QVERIFY(m_window->close());
        QCOMPARE(left.count(), 1);
    }

    void nobodyIsAskedWhoIsNotThere()
    {
        m_window->showPage(Page::Training);
        type("recipeBatchSize", "many");
        QSignalSpy left(&*m_window, &MainWindow::left);
        m_window->stopAndClose(); // a signal
        QCOMPARE(left.count(), 1);
        QVERIFY(Dialogs::asked().isEmpty());
    }

    void exitSavesFirst()
    {
        trainAnEpoch();
        endWell(1); // as exit() has it called, in the middle of whatever the window does
        expectKept();
        m_window->trainingPage()->requestStop();
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->trainingPage()->isTraining(), test::patienceMs);
    }

    /// As Qt calls it when the X server goes away. Static objects are still there, also those made since.
    void exitFromAnywhereWaitsForTheTraining()
    {
        int ends[2];
        QCOMPARE(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            // No other function of this process's is to run.
            on_exit([](int status, void*) { _exit(status); }, nullptr);
            saveAtExit();
            struct MadeLater
            {
                int end;
                ~MadeLater() { [[maybe_unused]] const auto told = write(end, "gone", 4); }
            };
            static const MadeLater object{ends[1]};
            auto* job = new JobThread;
            job->setKept(true);
            std::promise<void> begun;
            job->start([&](const std::stop_token& stop) {
                begun.set_value();
                while (!stop.stop_requested()) {
                    std::this_thread::yield();
                }
                [[maybe_unused]] const auto saved = write(ends[1], "!", 1);
            });
            begun.get_future().wait();
            std::exit(1);
        }
        close(ends[1]);
        char byte = 0;
        QCOMPARE(read(ends[0], &byte, 1), ssize_t(1));
        QCOMPARE(byte, '!');
        int status = 0;
        QCOMPARE(waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 1);
        close(ends[0]);
    }

private:
    /// Without Enter.
    NumberBox* type(const char* field, const QString& text)
    {
        auto* box = m_window->findChild<NumberBox*>(field);
        box->selectAll();
        QTest::keyClicks(box, text);
        return box;
    }

    void trainAnEpoch()
    {
        auto* plot = m_window->findChild<MetricsPlot*>("trainingPlot");
        m_window->trainingPage()->startTraining();
        QTRY_VERIFY_WITH_TIMEOUT(!plot->history().empty(), test::patienceMs);
        m_run = m_window->trainingPage()->runFolder();
    }

    void expectKept()
    {
        const SavedRun run = loadRun(m_run);
        QCOMPARE(readRunRecord(RunFiles{m_run}.record()).state, RunState::Stopped);
        QVERIFY(!run.history.empty());
        QVERIFY(!RunLock::isHeld(m_run));
        QVERIFY(std::filesystem::exists(RunFiles{m_run}.best()));
        QVERIFY(std::filesystem::exists(RunFiles{m_run}.last()));
        QCOMPARE(runMemory::unfinished(), QStringList{toText(m_run)});
    }

    test::TemporaryFolder m_folder;
    DatasetPointer m_dataset;
    std::optional<Session> m_session;
    std::optional<MainWindow> m_window;
    std::filesystem::path m_run;
    int m_number = 0;
};

THAW_TEST(TestLeaving)
#include "test_leaving.moc"
