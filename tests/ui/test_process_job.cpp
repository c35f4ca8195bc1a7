#include "core/compute/compute_device.h"
#include "core/run/run_lock.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/jobs/process_job.h"
#include "ui/run_controller.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/run_monitor.h"

#include <QLabel>
#include <QProgressBar>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <variant>

using namespace thaw;
using namespace thaw::ui;

namespace {

const QString trainProgram = QString::fromLocal8Bit(THAW_CLI);

/// All that a monitor shows of a run and that does not hang on the clock, with the run's folder named X.
QStringList shownBy(const RunMonitor& monitor, const std::filesystem::path& run)
{
    QStringList shown;
    for (const char* name : {"trainingState", "trainingDetail", "trainingLeft", "trainingResultText"}) {
        const auto* label = monitor.findChild<QLabel*>(name);
        shown << QString("%1 %2: %3")
                     .arg(name)
                     .arg(label->isVisibleTo(&monitor))
                     .arg(QString(label->text()).replace(toText(run), "X"));
    }
    shown << QString::number(monitor.findChild<QProgressBar*>("trainingBar")->maximum());
    const auto* plot = monitor.findChild<MetricsPlot*>("trainingPlot");
    for (std::size_t row = 0; row < plot->history().size(); ++row) {
        shown << plot->readout(int(row));
        const EpochMetrics& metrics = plot->history()[row];
        for (const double value :
             {metrics.loss, metrics.accuracy, metrics.valLoss, metrics.valAccuracy, metrics.learningRate})
        {
            shown << QString::number(value, 'g', QLocale::FloatingPointShortest);
        }
    }
    for (const double boundary : plot->phaseBoundaries()) {
        shown << QString::number(boundary);
    }
    for (const QPointF& point : plot->lossPoints(MetricsPlot::Curve::Best)) {
        shown << QString("best %1 %2").arg(point.x()).arg(point.y());
    }
    return shown;
}

} // namespace

/// A run in another process, watched by the window's own parts.
class TestProcessJob : public QObject
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

    void showsTheSameAsARunOfThisProcess()
    {
        const Recipe recipe = narrow(3);
        RunMonitor here;
        RunController controller;
        connect(&controller, &RunController::stateChanged, &here, &RunMonitor::setState);
        connect(&controller, &RunController::happened, &here, &RunMonitor::follow);
        connect(&controller, &RunController::ended, &here, &RunMonitor::end);
        here.showPlanned(recipe);
        here.begin();
        QSignalSpy ended(&controller, &RunController::ended);
        RunOrder order;
        order.recipe = recipe;
        order.dataset = m_dataset->source;
        order.folder = *m_folder / "here";
        QVERIFY(controller.start(order));
        QVERIFY(ended.wait(test::patienceMs));

        RunMonitor there;
        ProcessJob job;
        connect(&job, &ProcessJob::happened, &there, &RunMonitor::follow);
        there.showPlanned(recipe);
        there.begin();
        QSignalSpy doubted(&job, &ProcessJob::doubted);
        QSignalSpy failed(&job, &ProcessJob::failed);
        QSignalSpy finished(&job, &ProcessJob::finished);
        QSignalSpy happened(&job, &ProcessJob::happened);
        QVERIFY(job.start(trainProgram, trainArguments(recipe, *m_folder / "there")));
        QVERIFY(!job.start(trainProgram, {"--version"})); // one at a time
        QVERIFY(finished.wait(test::patienceMs));
        QVERIFY2(failed.isEmpty(), qPrintable(failed.isEmpty() ? QString() : detailOf(failed)));
        QVERIFY(doubted.isEmpty());
        QVERIFY(!job.isRunning());

        QCOMPARE(shownBy(there, *m_folder / "there"), shownBy(here, *m_folder / "here"));
        QCOMPARE(here.findChild<MetricsPlot*>("trainingPlot")->history().size(), std::size_t(4));
        QVERIFY(hasKind<RunStarted>(happened) && hasKind<BatchProgress>(happened));
        QVERIFY(std::holds_alternative<RunEnded>(happened.last()[0].value<RunEvent>()));
    }

    void stopsAndSaves()
    {
        const std::filesystem::path run = *m_folder / "stopped";
        ProcessJob job;
        QSignalSpy finished(&job, &ProcessJob::finished);
        RunRecord record;
        bool hasCheckpoint = false;
        connect(&job, &ProcessJob::happened, this, [&](const RunEvent& event) {
            if (std::holds_alternative<EpochDone>(event)) {
                job.requestStop();
            } else if (const auto* ended = std::get_if<RunEnded>(&event)) {
                record = ended->record;
                hasCheckpoint = ended->hasCheckpoint;
            }
        });
        QVERIFY(job.start(trainProgram, trainArguments(narrow(5000), run)));
        QVERIFY(finished.wait(test::patienceMs));
        QCOMPARE(record.state, RunState::Stopped);
        QVERIFY(hasCheckpoint);
        QCOMPARE(loadRun(run).record.state, RunState::Stopped);
    }

    void waitsForTheRunWhenDestroyed()
    {
        const std::filesystem::path run = *m_folder / "destroyed";
        {
            ProcessJob job;
            QSignalSpy happened(&job, &ProcessJob::happened);
            QVERIFY(job.start(trainProgram, trainArguments(narrow(5000), run)));
            QVERIFY(QTest::qWaitFor([&] { return hasKind<EpochDone>(happened); }, test::patienceMs));
        }
        QVERIFY(!RunLock::isHeld(run));
        QCOMPARE(loadRun(run).record.state, RunState::Stopped);
    }

    void tellsWhatWentWrong()
    {
        ProcessJob job;
        QSignalSpy finished(&job, &ProcessJob::finished);
        QSignalSpy failed(&job, &ProcessJob::failed);
        QVERIFY(job.start(trainProgram, {"train", "/nowhere/pictures", "--json"}));
        QVERIFY(finished.count() == 1 || finished.wait(test::patienceMs));
        QCOMPARE(failed.count(), 1);
        QVERIFY2(detailOf(failed).contains("/nowhere/pictures"), qPrintable(detailOf(failed)));
        // And it can be started again.
        QVERIFY(job.start("/nowhere/thaw-cli", {}));
        QVERIFY(finished.count() == 2 || finished.wait(test::patienceMs));
        QCOMPARE(failed.count(), 2);
    }

    void aStreamThatIsNotOursDoesNoHarm()
    {
        RunRecord record;
        record.state = RunState::Finished;
        record.counts = {{{3, 4}, {1, 1}, {2, 2}}};
        const RunStarted started{"/runs/1", record, false, runEventVersion + 1};
        std::ofstream out(*m_folder / "stream", std::ios::binary);
        out << "Segmentation fault\n"
            << toJsonLine(started) << '\n'
            << std::string(100'000, '[') << '\n'
            << R"({"event":"epoch","phase":2000000000,"epoch":2000000000})" << '\n'
            << R"({"event":"epoch","phase":0,"epoch":0})" << '\n'
            << R"({"event":"progress","stage":"training","phase":0,"phases":0,"epoch":0,"epochs":0,)"
            << R"("step":2000000000,"steps":1,"loss":1e308,"accuracy":-1e308,"images_per_second":-1e308,)"
            << R"("fraction_done":1e308,"seconds_left":1e308})" << '\n'
            << R"({"event":"progress","stage":"dreaming"})" << '\n'
            << R"({"event":"thought"})" << '\n'
            << R"({"event":"epoch","phase":1,"epoch":1,"loss":1e308,"accuracy":-1e308,"val_loss":-1e308})"
            << '\n'
            << toJsonLine(EpochDone{test::makeEpoch(1, 1), true}) << '\n'
            << std::string("\0\x1b[2J\xff\n", 7) << toJsonLine(EpochDone{test::makeEpoch(1, 2), true}) << '\n'
            << toJsonLine(EpochDone{test::makeEpoch(1, 3), true}).substr(0, 30);
        out.close();
        RunMonitor monitor;
        monitor.resize(800, 600);
        monitor.show();
        monitor.showPlanned(narrow(3));
        monitor.begin();
        ProcessJob job;
        connect(&job, &ProcessJob::happened, &monitor, [&](const RunEvent& event) {
            monitor.follow(event);
            QVERIFY(!monitor.grab().isNull());
        });
        QSignalSpy doubted(&job, &ProcessJob::doubted);
        QSignalSpy failed(&job, &ProcessJob::failed);
        QSignalSpy finished(&job, &ProcessJob::finished);
        QVERIFY(job.start("/bin/cat", {toText(*m_folder / "stream")}));
        QVERIFY(finished.wait(test::patienceMs));
        QCOMPARE(doubted.count(), 2); // the bad lines once, the newer program once
        QCOMPARE(failed.count(), 1);  // it never said how it ended
        const auto* plot = monitor.findChild<MetricsPlot*>("trainingPlot");
        QCOMPARE(plot->history().size(), std::size_t(2));
    }

private:
    static Recipe narrow(int headEpochs)
    {
        Recipe recipe = quickRecipe();
        test::makeNarrow(recipe, headEpochs);
        return recipe;
    }

    QStringList trainArguments(const Recipe& recipe, const std::filesystem::path& run) const
    {
        const std::filesystem::path file = run.native() + ".json";
        std::ofstream(file) << formatRecipe(recipe);
        return {
            "train",     toText(m_dataset->source), "--recipe", toText(file), "--out", toText(run), "--json",
            "--progress"};
    }

    static QString detailOf(const QSignalSpy& failed) { return failed[0][0].value<ErrorReport>().detail; }

    template <typename Event>
    static bool hasKind(const QSignalSpy& happened)
    {
        return std::ranges::any_of(happened, [](const QList<QVariant>& arguments) {
            return std::holds_alternative<Event>(arguments[0].value<RunEvent>());
        });
    }

    std::unique_ptr<test::TemporaryFolder> m_folder;
    DatasetPointer m_dataset;
};

THAW_TEST(TestProcessJob)
#include "test_process_job.moc"
