// What the window says once as it starts: a crash, an interrupted run.

#include "core/base/atomic_file.h"
#include "core/base/paths.h"
#include "core/compute/compute_device.h"
#include "core/run/history_csv.h"
#include "core/run/run_lock.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/jobs/interrupted_run_job.h"
#include "ui/main_window.h"
#include "ui/pages/runs_page.h"
#include "ui/pages/training_page.h"
#include "ui/settings/crash_reports.h"
#include "ui/settings/run_memory.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/start_notices.h"

#include <QDesktopServices>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>

#include <memory>
#include <optional>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// Takes the place of the desktop's file manager.
class UrlCatcher : public QObject
{
    Q_OBJECT

public:
    QUrl url;
public Q_SLOTS:
    void open(const QUrl& wanted) { url = wanted; }
};

} // namespace

class TestStartNotices : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(1);
        Dialogs::script();
    }

    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        test::isolateProgram(m_folder->path());
        QSettings().clear();
    }

    void findsARunThatWasKilled()
    {
        test::writeRun(root() / "killed", RunState::Running);
        const auto found = find();
        QVERIFY(found);
        QCOMPARE(found->name, "killed");
        QCOMPARE(found->folder, toText(root() / "killed"));
        QCOMPARE(found->phase, 1);
        QCOMPARE(found->epoch, 3); // two are done
    }

    void saysWhereItWas_data()
    {
        QTest::addColumn<QList<int>>("done"); // phase, epoch of the last row
        QTest::addColumn<int>("phase");
        QTest::addColumn<int>("epoch");
        QTest::newRow("at once") << QList<int>{} << 1 << 1;
        QTest::newRow("in phase 1") << QList<int>{1, 1} << 1 << 2;
        QTest::newRow("phase 1 done") << QList<int>{1, 3} << 2 << 1;
        QTest::newRow("in phase 2") << QList<int>{2, 2} << 2 << 3;
        QTest::newRow("before the test") << QList<int>{2, 3} << 2 << 3;
    }

    void saysWhereItWas()
    {
        QFETCH(QList<int>, done);
        const auto run = test::writeRun(root() / "run", RunState::Running);
        std::vector<EpochMetrics> history;
        for (int phase = 1; !done.isEmpty() && phase <= done[0]; ++phase) {
            for (int epoch = 1; epoch <= (phase == done[0] ? done[1] : 3); ++epoch) {
                history.push_back(test::makeEpoch(phase, epoch));
            }
        }
        writeHistory(RunFiles{run}.history(), history);
        const auto found = find();
        QVERIFY(found);
        QTEST(found->phase, "phase");
        QTEST(found->epoch, "epoch");
    }

    void offersNothingThatCannotOrNeedNotGoOn()
    {
        test::writeRun(root() / "finished", RunState::Finished);
        test::writeRun(root() / "stopped by its user", RunState::Stopped);
        test::writeRun(root() / "failed", RunState::Failed);
        const auto torn = test::writeRun(root() / "without a checkpoint", RunState::Running);
        std::filesystem::remove(RunFiles{torn}.last());
        std::filesystem::create_directories(root() / "broken");
        writeFileAtomically(root() / "broken" / "run.json", "{");
        const auto living = test::writeRun(root() / "in training elsewhere", RunState::Running);
        const RunLock lock(living);
        QVERIFY(!find());
        QVERIFY(!find({toText(root() / "finished"), toText(root() / "gone"), toText(living)}));
    }

    void offersWhatAWindowLeftUnfinishedWhereverItIs()
    {
        const auto far = test::writeRun(*m_folder / "elsewhere" / "far", RunState::Stopped);
        const auto found = find({toText(far)});
        QVERIFY(found);
        QCOMPARE(found->folder, toText(far));
    }

    void offersTheNewestAndNoDismissedOne()
    {
        test::writeRun(root() / "old", RunState::Running, "2026-11-01T10:00:00Z");
        test::writeRun(root() / "new", RunState::Running, "2026-11-02T10:00:00Z");
        QCOMPARE(find()->name, "new");
        QCOMPARE(find({}, {toText(root() / "new")})->name, "old");
        QVERIFY(!find({}, {toText(root() / "new"), toText(root() / "old")}));
    }

    void remembersForgetsAndDismisses()
    {
        runMemory::remember("/runs/a");
        runMemory::remember("/runs/b");
        runMemory::remember("/runs/a");
        QCOMPARE(runMemory::unfinished(), (QStringList{"/runs/b", "/runs/a"}));
        runMemory::forget("/runs/b");
        runMemory::forget("/runs/never known");
        QCOMPARE(runMemory::unfinished(), QStringList{"/runs/a"});
        runMemory::dismiss("/runs/a");
        QCOMPARE(runMemory::dismissed(), QStringList{"/runs/a"});
        runMemory::remember("/runs/a"); // begun again: worth a word again
        QVERIFY(runMemory::dismissed().isEmpty());
        for (int i = 0; i < 80; ++i) {
            runMemory::dismiss(QString("/runs/%1").arg(i));
        }
        QCOMPARE(runMemory::dismissed().size(), 50);
        QCOMPARE(runMemory::dismissed().last(), "/runs/79");
    }

    void showsDismissesAndStaysSilent()
    {
        test::writeRun(root() / "killed", RunState::Running);
        Session session;
        session.setRunsRoot(root());
        {
            StartNotices notices;
            notices.look(root());
            auto* banner = notices.findChild<MessageBanner*>("interruptedNotice");
            QTRY_VERIFY_WITH_TIMEOUT(!notices.isHidden(), test::patienceMs);
            QCOMPARE(banner->title(), "The run killed was interrupted at phase 1, epoch 3");
            QSignalSpy shown(&notices, &StartNotices::showRequested);
            notices.show();
            QTest::mouseClick(notices.findChild<QPushButton*>("interruptedShow"), Qt::LeftButton);
            QCOMPARE(shown.count(), 1);
            QVERIFY(!banner->isHidden());
            QTest::mouseClick(notices.findChild<QPushButton*>("interruptedDismiss"), Qt::LeftButton);
            QTRY_VERIFY_WITH_TIMEOUT(notices.isHidden(), test::patienceMs);
        }
        QVERIFY(!find(runMemory::unfinished(), runMemory::dismissed()));
    }

    void theWindowContinuesAnInterruptedRun()
    {
        Session session;
        session.setRunsRoot(root());
        session.setDataset(test::makeDataset(*m_folder / "pictures"));
        QVERIFY(test::makeNarrow(session, 5000));
        std::filesystem::path run;
        {
            // The first window is told to go in the middle of a training.
            MainWindow first(&session);
            first.show();
            first.trainingPage()->startTraining();
            QTRY_VERIFY_WITH_TIMEOUT(!first.findChild<MetricsPlot*>("trainingPlot")->history().empty(),
                                     test::patienceMs);
            run = first.trainingPage()->runFolder();
            QSignalSpy left(&first, &MainWindow::left);
            first.stopAndClose();
            QTRY_COMPARE_WITH_TIMEOUT(left.count(), 1, test::patienceMs);
        }
        const std::size_t before = loadRun(run).history.size();
        MainWindow second(&session);
        second.show();
        second.lookBack();
        auto* banner = second.findChild<MessageBanner*>("interruptedNotice");
        QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), test::patienceMs);
        QVERIFY2(banner->title().contains(toText(run.filename())), qPrintable(banner->title()));
        QVERIFY(banner->title().contains(QString("epoch %1").arg(before + 1)));
        QTest::mouseClick(second.findChild<QPushButton*>("interruptedContinue"), Qt::LeftButton);
        QCOMPARE(second.page(), Page::Training);
        QTRY_VERIFY_WITH_TIMEOUT(!banner->isVisible(), test::patienceMs); // as soon as it does go on
        QTRY_VERIFY_WITH_TIMEOUT(loadRun(run).history.size() > before, test::patienceMs);
        QCOMPARE(second.trainingPage()->runFolder(), run);
        // Stopped by hand this time: nothing to offer any more.
        second.trainingPage()->requestStop();
        QTRY_VERIFY_WITH_TIMEOUT(!second.trainingPage()->isTraining(), test::patienceMs);
        QVERIFY(!find(runMemory::unfinished(), runMemory::dismissed()));
    }

    void theWindowShowsAnInterruptedRun()
    {
        test::writeRun(root() / "killed", RunState::Running);
        Session session;
        session.setRunsRoot(root());
        MainWindow window(&session);
        window.show();
        window.lookBack();
        QTRY_VERIFY_WITH_TIMEOUT(window.findChild<MessageBanner*>("interruptedNotice")->isVisible(),
                                 test::patienceMs);
        QTest::mouseClick(window.findChild<QPushButton*>("interruptedShow"), Qt::LeftButton);
        QCOMPARE(window.page(), Page::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(window.runsPage()->selectedRun(), test::patienceMs);
        // And the list does not claim that it runs.
        QCOMPARE(window.runsPage()->selectedRun()->record.state, RunState::Stopped);
    }

    void tellsOfACrashOnceAndOpensTheFolder()
    {
        const std::filesystem::path log = stateFolder() / "crash-20261101-100000-1.log";
        std::filesystem::create_directories(stateFolder());
        writeFileAtomically(log, "Thaw 0.1.0\n");
        StartNotices notices;
        notices.look(root());
        notices.show();
        auto* banner = notices.findChild<MessageBanner*>("crashNotice");
        QVERIFY(banner->isVisible());
        QVERIFY(banner->text().contains(toText(log)));
        UrlCatcher catcher;
        QDesktopServices::setUrlHandler("file", &catcher, "open");
        QTest::mouseClick(notices.findChild<QPushButton*>("crashOpenFolder"), Qt::LeftButton);
        QDesktopServices::unsetUrlHandler("file");
        QCOMPARE(catcher.url, QUrl::fromLocalFile(toText(stateFolder())));
        StartNotices again;
        again.look(root());
        QVERIFY(again.findChild<MessageBanner*>("crashNotice")->isHidden());
        QTest::mouseClick(banner->findChild<QPushButton*>("closeBannerButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(notices.isHidden(), test::patienceMs);
    }

    void saysNothingWhenThereIsNothing()
    {
        StartNotices notices;
        notices.look(*m_folder / "no such folder");
        auto* job = notices.findChild<InterruptedRunJob*>();
        QTRY_VERIFY_WITH_TIMEOUT(!job->isRunning(), test::patienceMs);
        QVERIFY(notices.isHidden());
    }

private:
    std::filesystem::path root() const { return *m_folder / "runs"; }

    std::optional<InterruptedRun> find(const QStringList& unfinished = {}, const QStringList& dismissed = {})
    {
        std::optional<InterruptedRun> result;
        InterruptedRunJob job;
        connect(&job, &InterruptedRunJob::found, this, [&](const InterruptedRun& run) { result = run; });
        QSignalSpy finished(&job, &JobThread::finished);
        QSignalSpy failed(&job, &JobThread::failed);
        job.find(root(), unfinished, dismissed);
        finished.wait(test::patienceMs);
        return failed.isEmpty() && !finished.isEmpty() ? result : std::nullopt;
    }

    std::unique_ptr<test::TemporaryFolder> m_folder;
};

THAW_TEST(TestStartNotices)
#include "test_start_notices.moc"
