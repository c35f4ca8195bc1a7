#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/run_monitor.h"
#include "ui/widgets/run_review.h"
#include "ui/widgets/training_progress.h"

#include <QCheckBox>
#include <QFrame>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTableWidget>
#include <QTest>

#include <functional>
#include <limits>
#include <string>

using namespace thaw;
using namespace thaw::ui;

namespace {

SavedRun savedRun()
{
    SavedRun run;
    run.folder = "/runs/one";
    run.recipe = quickRecipe();
    run.record.state = RunState::Finished;
    run.record.startedAt = "2026-11-01T10:00:00Z";
    run.record.trainedSeconds = 3725;
    run.record.classes = {"cats & dogs", "<birds>"};
    run.record.counts = {std::vector<std::size_t>{1200, 800}, {500, 500}, {7, 5}};
    run.record.best = {{1, 2, 0.33, 0.925}, {2, 1, 0.21, 0.96}};
    run.record.test = TestResult{"test", {0.25, 0.975, 12}, 2};
    run.history = {test::makeEpoch(1, 1), test::makeEpoch(1, 2), test::makeEpoch(1, 3),
                   test::makeEpoch(2, 1)};
    return run;
}

} // namespace

class TestRunReview : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsResultAndBestEpochs()
    {
        RunReview review;
        review.showRun(savedRun());
        const QString text = review.findChild<QLabel*>("runResult")->text();
        for (const char* words : {"Test accuracy 98\u00a0%", "best weights of phase 2", "96.0\u00a0%", "0.33",
                                  "Trained for 1 h 2 min"})
        {
            QVERIFY2(text.contains(words), qPrintable(QString(words) + " in " + text));
        }
    }

    void saysWhyARunFailedAndThatNothingWasTested()
    {
        SavedRun run = savedRun();
        run.record.state = RunState::Failed;
        run.record.error = "the loss is no longer a number <em>";
        run.record.test.reset();
        RunReview review;
        review.showRun(run);
        const QString text = review.findChild<QLabel*>("runResult")->text();
        QVERIFY(text.contains("It failed:"));
        QVERIFY(text.contains("&lt;em&gt;")); // words of a file are no markup
        QVERIFY(text.contains("Not tested yet"));
    }

    void warnsOfARunWithoutPretrainedWeights()
    {
        SavedRun run = savedRun();
        RunReview review;
        review.showRun(run);
        auto* result = review.findChild<QLabel*>("runResult");
        QVERIFY(!result->text().contains("pretrained"));
        run.recipe.weights = "none";
        review.showRun(run);
        QVERIFY(result->text().contains("Without pretrained weights"));
    }

    void listsTheSettings()
    {
        RunReview review;
        review.showRun(savedRun());
        QCOMPARE(setting(review, "Classes"), "cats & dogs, <birds>");
        QCOMPARE(setting(review, "Training pictures"), "2,000");
        QCOMPARE(setting(review, "Test pictures"), "12");
        QCOMPARE(setting(review, "Input size"), "180 px");
        QVERIFY(setting(review, "Augmentation").contains("36"));
        QVERIFY(setting(review, "Phase 2: joint").contains("1e-05"));
        QVERIFY(setting(review, "Notes").isEmpty());
        QVERIFY(!setting(review, "Phase 1: head").contains("cosine"));

        SavedRun averaged = savedRun();
        averaged.recipe = bestRecipe();
        review.showRun(averaged);
        QVERIFY(setting(review, "Phase 1: head").endsWith("learning rate 0.001, trains head"));
        QCOMPARE(setting(review, "Phase 1: Schedule"), "Cosine to zero");
        QCOMPARE(setting(review, "Phase 2: Weight averaging"), "0.99");

        SavedRun other = savedRun();
        other.recipe.classWeights = ClassWeights::Balanced;
        other.recipe.phases[1].optimizer = OptimizerKind::Sgd;
        other.recipe.phases[1].momentum = 0.9;
        other.recipe.phases[1].earlyStopping.patience = 1;
        review.showRun(other);
        QCOMPARE(setting(review, "Class weights"), "Balanced");
        QCOMPARE(setting(review, "Label smoothing"), "off");
        QCOMPARE(setting(review, "Turn photographs upright"), "Yes");
        QCOMPARE(setting(review, "Phase 1: Optimizer"), "RMSprop");
        QCOMPARE(setting(review, "Phase 2: Optimizer"), "SGD");
        QCOMPARE(setting(review, "Phase 2: Momentum"), "0.9");
        QCOMPARE(setting(review, "Phase 2: Nesterov momentum"), "No");
        QCOMPARE(setting(review, "Phase 2: Early stopping"), "1 epoch(s)");
        QCOMPARE(setting(review, "Phase 2: Starts from"), "Last weights");
        // What means nothing or is off is not said.
        for (const char* absent : {"Phase 1: Momentum", "Phase 1: Early stopping", "Phase 1: Starts from",
                                   "Phase 2: Weight decay", "Phase 2: Plateau: factor"})
        {
            QCOMPARE(setting(review, absent), QString());
        }
    }

    void saysWhatWasAskedBesideWhatWasUsed()
    {
        SavedRun run = savedRun();
        run.record.device = "cpu";
        run.record.precision = "bfloat16";
        run.recipe.trainedPrecision = Precision::Float32;
        run.record.threads = 8;
        RunReview review;
        auto* table = review.findChild<QTableWidget*>("runSettings");
        const auto value = [table](const QString& setting) {
            for (int row = 0; row < table->rowCount(); ++row) {
                if (table->item(row, 0)->text() == setting) {
                    return table->item(row, 1)->text();
                }
            }
            return QString();
        };
        review.showRun(run); // of before it was noted
        QCOMPARE(value("Device"), "cpu");
        QCOMPARE(value("Threads"), "8");
        run.record.asked = AskedSettings{"auto", "auto", "float32", 0};
        review.showRun(run);
        QCOMPARE(value("Device"), "cpu (asked for: automatic)");
        QCOMPARE(value("Precision (frozen)"), "bfloat16 (asked for: automatic)");
        QCOMPARE(value("Precision (trained)"), "float32");
        QCOMPARE(value("Threads"), "8 (asked for: automatic)");
        run.record.asked->precision = "float16";
        run.record.asked->threads = 8;
        review.showRun(run);
        QCOMPARE(value("Precision (frozen)"), "bfloat16 (asked for: float16)");
        QCOMPARE(value("Threads"), "8");
    }

    void saysWhatTheBestEpochsAreOver()
    {
        SavedRun run = savedRun();
        RunReview review;
        review.showRun(run);
        auto* text = review.findChild<QLabel*>("runResult");
        QVERIFY2(!text->text().contains("classes"), qPrintable(text->text()));
        run.record.counts[1] = {500, 0};
        review.showRun(run);
        QVERIFY2(text->text().contains("Validation was over 1 of 2 classes."), qPrintable(text->text()));
    }

    void showsLayersAsTrained()
    {
        RunReview review;
        review.showRun(savedRun());
        const auto* layers = review.findChild<QTableView*>("runLayers")->model();
        QCOMPARE(layers->rowCount(), 21);
        QCOMPARE(layers->columnCount(), 6);
        QCOMPARE(layers->index(15, 4).data().toString(), "Frozen"); // block5_conv1 in phase 1
        QCOMPARE(layers->index(15, 5).data().toString(), "Trains");
        QVERIFY(!(layers->flags(layers->index(15, 5)) & Qt::ItemIsUserCheckable));
    }

    void listsPicturesLeftOutOnlyWhereThereAreSome()
    {
        SavedRun run = savedRun();
        RunReview review;
        review.showRun(run);
        QVERIFY(!review.isTabVisible(4));
        run.record.excluded = {{"cats/a.jpg", "torn"}, {"cats/b.jpg", "no picture"}};
        review.showRun(run);
        QVERIFY(review.isTabVisible(4));
        QVERIFY(review.tabText(4).contains('2'));
        auto* table = review.findChild<QTableWidget*>("runExcluded");
        QCOMPARE(table->item(1, 0)->text(), "cats/b.jpg");
        QCOMPARE(table->item(1, 1)->text(), "no picture");
    }

    void listsOnlyTheFirstOfManyLeftOut()
    {
        SavedRun run = savedRun();
        for (int i = 0; i < 1003; ++i) {
            run.record.excluded.push_back({"cats/" + std::to_string(i) + ".jpg", "torn"});
        }
        RunReview review;
        review.showRun(run);
        QVERIFY2(review.tabText(4).contains("1003"), qPrintable(review.tabText(4)));
        auto* table = review.findChild<QTableWidget*>("runExcluded");
        QCOMPARE(table->rowCount(), 1001);
        QCOMPARE(table->item(999, 0)->text(), "cats/999.jpg");
        QCOMPARE(table->item(1000, 0)->text(), "3 more");
        QVERIFY(table->item(1000, 1)->text().contains("run.json"));
        run.record.excluded.resize(1000);
        review.showRun(run);
        QCOMPARE(table->rowCount(), 1000);
        QCOMPARE(table->item(999, 0)->text(), "cats/999.jpg");
    }

    void knowsWhatIsShownAlike()
    {
        SavedRun run = savedRun();
        run.history[1].valLoss = std::numeric_limits<double>::quiet_NaN(); // not measured
        QVERIFY(isShownAlike(run, SavedRun(run)));
        const std::function<void(SavedRun&)> changes[] = {
            [](SavedRun& other) { other.folder = "/runs/two"; },
            [](SavedRun& other) { other.recipe.seed = 4; },
            [](SavedRun& other) { other.record.state = RunState::Stopped; },
            [](SavedRun& other) { other.record.notes = "good"; },
            [](SavedRun& other) { other.record.trainedSeconds += 1; },
            [](SavedRun& other) { other.record.best.back().valAccuracy = 0.97; },
            [](SavedRun& other) { other.record.test->score.loss = 0.3; },
            [](SavedRun& other) { other.record.test.reset(); },
            [](SavedRun& other) {
                other.record.excluded = {{"cats/a.jpg", "torn"}};
            },
            [](SavedRun& other) { other.history.push_back(test::makeEpoch(2, 2)); },
            [](SavedRun& other) { other.history[1].valLoss = 0.5; },
        };
        for (const auto& change : changes) {
            SavedRun other = run;
            change(other);
            QVERIFY(!isShownAlike(run, other));
        }
    }

    void survivesARunThatHasHardlyBegun()
    {
        SavedRun run;
        run.folder = "/runs/new";
        run.recipe = quickRecipe();
        run.record.best = {{1, 0, std::numeric_limits<double>::infinity(), 0}};
        RunReview review;
        review.showRun(run);
        QVERIFY(review.findChild<QLabel*>("runResult")->text().contains("not measured"));
        QVERIFY(review.findChild<MetricsPlot*>("runPlot")->history().empty());
    }

    void logScaleHasOneTruth()
    {
        RunReview review;
        auto* plot = review.findChild<MetricsPlot*>("runPlot");
        auto* box = review.findChild<QCheckBox*>("runLogLoss");
        QVERIFY(box->isChecked() && plot->isLogLoss());
        box->click();
        QVERIFY(!plot->isLogLoss());
        plot->setLogLoss(true);
        QVERIFY(box->isChecked());
    }

    // The monitor of a run as it goes.
    void monitorFollowsARun()
    {
        RunMonitor monitor;
        auto* plot = monitor.findChild<MetricsPlot*>("trainingPlot");
        monitor.showPlanned(quickRecipe());
        QCOMPARE(plot->phaseBoundaries(), std::vector<double>{3.5});
        QSignalSpy told(&monitor, &RunMonitor::shortWordsChanged);
        monitor.begin();
        BatchProgress progress;
        progress.step = 5;
        progress.steps = 10;
        progress.epochs = 3;
        progress.fractionDone = 0.25;
        progress.imagesPerSecond = 12.5;
        progress.secondsLeft = 90;
        monitor.follow(progress);
        monitor.follow(progress); // the same percent is told once
        QCOMPARE(monitor.findChild<QLabel*>("trainingState")->text(), "Training phase 1 of 2, epoch 1 of 3");
        QCOMPARE(monitor.findChild<QProgressBar*>("trainingBar")->value(), 250);
        QCOMPARE(monitor.findChild<QLabel*>("trainingSpeed")->text(), "12.5 images/s");
        QCOMPARE(monitor.findChild<QLabel*>("trainingLeft")->text(), "1 min 30 s left");
        monitor.follow(EpochDone{test::makeEpoch(1, 1), true});
        monitor.follow(EpochDone{test::makeEpoch(1, 2), false});
        QVERIFY(plot->readout(0).contains("(best)") && !plot->readout(1).contains("(best)"));
        monitor.follow(EpochDone{test::makeEpoch(1, 3), true}); // one best a phase
        QVERIFY(!plot->readout(0).contains("(best)") && plot->readout(2).contains("(best)"));
        monitor.follow(EpochDone{test::makeEpoch(2, 1), true});
        QVERIFY(plot->readout(2).contains("(best)") && plot->readout(3).contains("(best)"));
        // Not of this plan, whoever says so.
        for (const auto& [phase, epoch] : {std::pair{0, 1}, {3, 1}, {1, 4}, {2, 0}}) {
            monitor.follow(EpochDone{test::makeEpoch(phase, epoch), true});
        }
        QCOMPARE(plot->history().size(), std::size_t(4));
        RunOutcome outcome;
        outcome.record.emplace();
        outcome.record->state = RunState::Stopped;
        monitor.end(outcome);
        QCOMPARE(monitor.findChild<QLabel*>("trainingState")->text(), "Stopped");
        QStringList shortWords;
        for (const QList<QVariant>& arguments : told) {
            shortWords << arguments[0].toString();
        }
        QCOMPARE(shortWords, (QStringList{"0 %", "25 %", "Stopped"}));
        QVERIFY(monitor.findChild<QLabel*>("trainingLeft")->text().isEmpty());
    }

    void monitorShowsAResultUntilTheNextRun()
    {
        RunMonitor monitor;
        auto* strip = monitor.findChild<QFrame*>("trainingResult");
        QVERIFY(strip->isHidden());
        monitor.showSaved(savedRun());
        QCOMPARE(monitor.findChild<MetricsPlot*>("trainingPlot")->history().size(), 4u);
        RunRecord record;
        record.state = RunState::Failed;
        record.error = "<b>All</b> is lost";
        monitor.follow(RunEnded{"/runs/1", record});
        QVERIFY(!strip->isHidden());
        const QString words = monitor.findChild<QLabel*>("trainingResultText")->text();
        QVERIFY2(words.contains("<b>All</b> is lost"), qPrintable(words));
        QCOMPARE(monitor.findChild<QLabel*>("trainingResultText")->textFormat(), Qt::PlainText);
        QSignalSpy wanted(&monitor, &RunMonitor::runWanted);
        monitor.findChild<QPushButton*>("trainingShowRun")->click();
        QCOMPARE(wanted.count(), 1);
        monitor.begin();
        QVERIFY(strip->isHidden());
    }

    void progressOfUnknownLengthKeepsMoving()
    {
        TrainingProgress progress;
        auto* bar = progress.findChild<QProgressBar*>("trainingBar");
        progress.begin();
        progress.showStep(3, 0);
        QCOMPARE(bar->maximum(), 0);
        progress.showStep(1, 4);
        QCOMPARE(bar->value(), 250);
        progress.showStep(0, 0);
        progress.end("Failed");
        QVERIFY(bar->maximum() > 0); // a bar at rest does not move
        progress.showDetail("why");
        QVERIFY(!progress.findChild<QLabel*>("trainingDetail")->isHidden());
        progress.begin();
        QVERIFY(progress.findChild<QLabel*>("trainingDetail")->isHidden());
    }

private:
    static QString setting(const RunReview& review, const QString& name)
    {
        auto* table = review.findChild<QTableWidget*>("runSettings");
        const QList<QTableWidgetItem*> found = table->findItems(name, Qt::MatchExactly);
        return found.isEmpty() ? QString() : table->item(found.first()->row(), 1)->text();
    }
};

THAW_TEST(TestRunReview)
#include "test_run_review.moc"
