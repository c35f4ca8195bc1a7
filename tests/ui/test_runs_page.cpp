#include "core/base/atomic_file.h"
#include "core/export/export.h"
#include "core/model/weights/weights.h"
#include "core/run/history_csv.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/models/run_list_model.h"
#include "ui/pages/runs_page.h"
#include "ui/session.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/run_review.h"

#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTableWidget>
#include <QTest>
#include <QWheelEvent>

#include <filesystem>
#include <memory>

using namespace thaw;
using namespace thaw::ui;

using test::patienceMs;

namespace {

EpochMetrics epoch(int phase, int number, double loss)
{
    EpochMetrics metrics;
    metrics.phase = phase;
    metrics.epoch = number;
    metrics.loss = loss;
    metrics.accuracy = 1 - loss / 10;
    metrics.valLoss = loss * 1.1;
    metrics.valAccuracy = 0.9;
    metrics.learningRate = 1e-3;
    metrics.seconds = 1;
    return metrics;
}

/// A run folder as a training leaves it, without weights.
std::filesystem::path writeRun(const std::filesystem::path& folder, RunState state, double test,
                               const std::string& started)
{
    createRunFolder(folder);
    Recipe recipe = quickRecipe();
    recipe.batchSize = 24;
    recipe.weightsHash = std::string(64, 'a');
    writeFileAtomically(RunFiles{folder}.recipe(), formatRecipe(recipe));
    RunRecord record;
    record.state = state;
    record.name = folder.filename().string();
    record.startedAt = started;
    record.endedAt = started;
    record.trainedSeconds = 250;
    record.classes = {"cats", "dogs"};
    record.counts = {std::vector<std::size_t>{10, 10}, {4, 4}, {4, 4}};
    record.best = {{1, 2, .33, .925}};
    record.excluded = {{"cats/broken.jpg", "the file is cut short"}};
    if (test > 0) {
        record.test = TestResult{"test", {0.25, test, 8}, 1};
    }
    writeRunRecord(RunFiles{folder}.record(), record);
    writeHistory(RunFiles{folder}.history(), {epoch(1, 1, 2), epoch(1, 2, .3), epoch(2, 1, .2)});
    return folder;
}

/// A whole model, narrow: block channels 4, 8, 16, 32, 32, pooled head.
ModelWeights narrowModel()
{
    ModelWeights model;
    const BackboneSpec spec = scaledBackbone(0.0625);
    model.base = randomBaseWeights(spec, 1);
    model.headSpec = {HeadKind::Pooled, 2, 0.5, featureSide(32), spec.channels[4]};
    model.transform.inputSize = 32;
    model.classes = {"cats", "dogs"};
    const auto inputs = std::int64_t(spec.channels[4]);
    model.head = {{"head.dense.weight", {1, inputs}, std::vector<float>(std::size_t(inputs), 0.01f)},
                  {"head.dense.bias", {1}, {0.0f}}};
    return model;
}

} // namespace

class TestRunsPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void saysWhenThereAreNone();
    void listsSortsAndFilters();
    void reviewsTheSelectedRun();
    void listsBrokenFoldersWithTheReason();
    void asksToContinueWhatCanGoOn();
    void offersWhatCanBeDoneWithAFailedRun();
    void takesSettingsForTheNextRun();
    void takesWhatWasAskedNotWhatBecameOfIt();
    void exportsInAWorker();
    void exportFailsInWords();
    void keepsARunWhenTrashIsDeclined();
    void showsARunFromElsewhere();
    void showsARunFromElsewhereWhileListing();
    void knowsARunByAnySpelling();
    void seesNewRuns();
    void keepsTheViewOfTheCurves();
    void showsNoRunAsRunningThatIsNot();
    void leavesARunningRunAlone();

private:
    template <typename T>
    T* find(const char* name) const
    {
        return m_page->findChild<T*>(name);
    }
    std::filesystem::path root() const { return *m_folder / "runs"; }
    void open(int rows);
    QString cell(int row, int column) const;
    void select(const QString& name);

    std::unique_ptr<test::TemporaryFolder> m_folder;
    Session* m_session = nullptr;
    RunsPage* m_page = nullptr;
    QTableView* m_table = nullptr;
};

void TestRunsPage::init()
{
    m_folder = std::make_unique<test::TemporaryFolder>();
    test::isolateUserFolders(m_folder->path());
    Dialogs::script();
    m_session = new Session;
    m_session->setRunsRoot(root());
}

void TestRunsPage::cleanup()
{
    delete m_page;
    m_page = nullptr;
    delete m_session;
    m_folder.reset();
}

void TestRunsPage::open(int rows)
{
    m_page = new RunsPage(m_session);
    m_page->resize(1060, 760);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page));
    m_table = find<QTableView>("runsTable");
    QTRY_COMPARE_WITH_TIMEOUT(m_table->model()->rowCount(), rows, patienceMs);
}

QString TestRunsPage::cell(int row, int column) const
{
    return m_table->model()->index(row, column).data().toString();
}

void TestRunsPage::select(const QString& name)
{
    for (int row = 0; row < m_table->model()->rowCount(); ++row) {
        if (cell(row, RunListModel::NameColumn) == name) {
            QTest::mouseClick(m_table->viewport(), Qt::LeftButton, {},
                              m_table->visualRect(m_table->model()->index(row, 0)).center());
            return;
        }
    }
    QFAIL("no such run");
}

void TestRunsPage::saysWhenThereAreNone()
{
    open(0);
    QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("runsEmpty")->text().contains("no runs yet"), patienceMs);
    QVERIFY(find<QLabel>("runsEmpty")->isVisible());
    QVERIFY(!m_page->selectedRun());
}

void TestRunsPage::listsSortsAndFilters()
{
    writeRun(root() / "old", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    writeRun(root() / "new", RunState::Stopped, 0, "2026-11-03T10:00:00Z");
    writeRun(root() / "middle", RunState::Failed, .5, "2026-11-02T10:00:00Z");
    open(3);
    QCOMPARE(cell(0, 0), "new");
    QCOMPARE(cell(1, 0), "middle");
    QCOMPARE(cell(2, 0), "old");
    QCOMPARE(cell(0, RunListModel::StateColumn), "Stopped");
    QCOMPARE(cell(2, RunListModel::StateColumn), "Finished");
    QCOMPARE(cell(2, RunListModel::TestColumn), "97\u00a0%");
    QCOMPARE(cell(0, RunListModel::TestColumn), "–");
    QCOMPARE(cell(0, RunListModel::ValidationColumn), "93\u00a0%");
    m_table->sortByColumn(RunListModel::TestColumn, Qt::DescendingOrder);
    QCOMPARE(cell(0, 0), "old");
    QCOMPARE(cell(2, 0), "new"); // not tested comes last
    find<QLineEdit>("runsFilter")->setText("STOP");
    QCOMPARE(m_table->model()->rowCount(), 1);
    QCOMPARE(cell(0, 0), "new");
}

void TestRunsPage::reviewsTheSelectedRun()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    writeRun(root() / "two", RunState::Finished, .91, "2026-11-02T10:00:00Z");
    open(2);
    select("one");
    QVERIFY(m_page->selectedRun());
    QCOMPARE(m_page->selectedRun()->folder, root() / "one");
    auto* plot = find<MetricsPlot>("runPlot");
    QCOMPARE(plot->history().size(), 3u);
    QVERIFY(plot->readout(1).contains("best"));
    QVERIFY(find<QLabel>("runResult")->text().contains("97\u00a0%"));
    auto* settings = find<QTableWidget>("runSettings");
    QCOMPARE(settings->findItems("Batch size", Qt::MatchExactly).size(), 1);
    const int row = settings->findItems("Batch size", Qt::MatchExactly).first()->row();
    QCOMPARE(settings->item(row, 1)->text(), "24");
    QCOMPARE(find<QTableView>("runLayers")->model()->rowCount(), 21);
    auto* excluded = find<QTableWidget>("runExcluded");
    QCOMPARE(excluded->rowCount(), 1);
    QCOMPARE(excluded->item(0, 0)->text(), "cats/broken.jpg");
    select("two");
    QVERIFY(find<QLabel>("runResult")->text().contains("91\u00a0%"));
    QCOMPARE(find<QLabel>("runTitle")->text(), "two");
}

void TestRunsPage::listsBrokenFoldersWithTheReason()
{
    writeRun(root() / "whole", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    std::filesystem::create_directories(root() / "torn");
    writeFileAtomically(root() / "torn" / "run.json", "{\"state\": ");
    open(2);
    QCOMPARE(cell(1, RunListModel::StateColumn), "Cannot be read");
    select("torn");
    QVERIFY(!m_page->selectedRun());
    QVERIFY(find<QLabel>("runWords")->isVisible());
    QVERIFY(find<QLabel>("runWords")->text().size() > 40); // the reason is there
    QVERIFY(!find<QPushButton>("runExport")->isEnabled());
    QVERIFY(find<QPushButton>("runOpenFolder")->isEnabled());
}

void TestRunsPage::asksToContinueWhatCanGoOn()
{
    writeRun(root() / "done", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    writeRun(root() / "half", RunState::Stopped, 0, "2026-11-02T10:00:00Z");
    writeRun(root() / "failed", RunState::Failed, 0, "2026-11-03T10:00:00Z");
    const auto full = writeRun(root() / "disk full", RunState::Failed, 0, "2026-11-04T10:00:00Z");
    writeFileAtomically(RunFiles{full}.last(), "a checkpoint");
    open(4);
    auto* button = find<QPushButton>("runContinue");
    select("done");
    QVERIFY(!button->isVisible());
    select("failed");
    QVERIFY(!button->isVisible());
    select("disk full");
    QVERIFY(button->isVisible());
    select("half");
    QVERIFY(button->isVisible());
    QSignalSpy wanted(m_page, &RunsPage::resumeRequested);
    m_page->setTraining(true);
    QVERIFY(!button->isEnabled());
    m_page->setTraining(false);
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(toPath(wanted[0][0].toString()), root() / "half");
}

void TestRunsPage::offersWhatCanBeDoneWithAFailedRun()
{
    writeRun(root() / "done", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    const auto failed = writeRun(root() / "failed", RunState::Failed, 0, "2026-11-02T10:00:00Z");
    writeFileAtomically(RunFiles{failed}.last(), "a checkpoint");
    open(2);
    select("done");
    auto* slower = find<QPushButton>("runSlower");
    QVERIFY(!slower->isVisible() && !find<QPushButton>("runAgain")->isVisible());
    select("failed");
    QVERIFY(slower->isVisible() && find<QPushButton>("runFinishNow")->isVisible());
    QVERIFY(!find<QPushButton>("runGoOn")->isVisible()); // Continue is in the bar
    m_page->setTraining(true);
    QVERIFY(!slower->isEnabled());
    m_page->setTraining(false);
    QSignalSpy wanted(m_page, &RunsPage::actionRequested);
    QTest::mouseClick(slower, Qt::LeftButton);
    QTest::mouseClick(find<QPushButton>("runAgain"), Qt::LeftButton);
    QCOMPARE(wanted.count(), 2);
    QCOMPARE(wanted[0][0].value<RunAction>(), RunAction::ContinueSlower);
    QCOMPARE(wanted[1][0].value<RunAction>(), RunAction::StartAgain);
    QCOMPARE(toPath(wanted[0][1].toString()), failed);
}

void TestRunsPage::takesSettingsForTheNextRun()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    open(1);
    QVERIFY(m_session->recipe().batchSize != 24);
    QTest::mouseClick(find<QPushButton>("runUseSettings"), Qt::LeftButton);
    QCOMPARE(m_session->recipe().batchSize, 24);
    QVERIFY(m_session->recipe().weightsHash.empty());
}

void TestRunsPage::takesWhatWasAskedNotWhatBecameOfIt()
{
    const auto folder = writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    SavedRun run = loadRun(folder);
    run.recipe.device = "cpu";
    run.recipe.precision = Precision::Bfloat16;
    run.recipe.trainedPrecision = Precision::Float32;
    run.recipe.threads = 77;
    run.recipe.split.test = 0.35;
    run.record.asked = {"auto", "auto", "auto", 0};
    writeFileAtomically(RunFiles{folder}.recipe(), formatRecipe(run.recipe));
    writeRunRecord(RunFiles{folder}.record(), run.record);
    open(1);
    QSignalSpy told(m_session, &Session::notified);
    QSignalSpy taken(m_session, &Session::recipeTaken);
    const SplitShares split = m_session->recipe().split;
    QTest::mouseClick(find<QPushButton>("runUseSettings"), Qt::LeftButton);
    const Recipe& recipe = m_session->recipe();
    QCOMPARE(recipe.batchSize, 24);
    QCOMPARE(recipe.device, std::string("auto"));
    QCOMPARE(recipe.precision, Precision::Auto);
    QCOMPARE(recipe.trainedPrecision, Precision::Auto);
    QCOMPARE(recipe.threads, 0);
    QVERIFY(recipe.split == split);
    QCOMPARE(taken.count(), 1);
    QVERIFY2(!told[0][0].toString().contains("not known"), qPrintable(told[0][0].toString()));

    // Of a run of before: as it was used, and that is said.
    run.record.asked.reset();
    run.recipe.device = "cuda:77";
    writeFileAtomically(RunFiles{folder}.recipe(), formatRecipe(run.recipe));
    writeRunRecord(RunFiles{folder}.record(), run.record);
    m_page->refresh();
    QTRY_VERIFY_WITH_TIMEOUT(m_page->selectedRun() && !m_page->selectedRun()->record.asked, patienceMs);
    QTest::mouseClick(find<QPushButton>("runUseSettings"), Qt::LeftButton);
    QCOMPARE(m_session->recipe().threads, 77);
    QCOMPARE(m_session->recipe().device, std::string("cuda:77"));
    const QString words = told.last()[0].toString();
    QVERIFY2(words.contains("device") && words.contains("threads") && words.contains("not known"),
             qPrintable(words));
}

void TestRunsPage::exportsInAWorker()
{
    const auto run = writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    writeModelWeights(RunFiles{run}.best(), narrowModel());
    open(1);
    QVERIFY(find<QPushButton>("runExport")->isEnabled());
    const auto file = *m_folder / "model.safetensors";
    Dialogs::answerPath(toText(file));
    QSignalSpy told(m_session, &Session::notified);
    m_page->findChild<QAction*>("export.safetensors")->trigger();
    QVERIFY(told.wait(patienceMs));
    QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("runExport")->isEnabled(), patienceMs);
    QCOMPARE(readModelWeights(file).classes, narrowModel().classes);
    QVERIFY(!Dialogs::asked().isEmpty());
    QVERIFY(Dialogs::asked().last().contains("model.safetensors"));
}

void TestRunsPage::exportFailsInWords()
{
    const auto run = writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    writeFileAtomically(RunFiles{run}.best(), "not weights at all");
    open(1);
    Dialogs::answerPath(toText(*m_folder / "model.safetensors"));
    m_page->findChild<QAction*>("export.safetensors")->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(
        !Dialogs::asked().isEmpty() && Dialogs::asked().last().contains("best.safetensors"), patienceMs);
    QVERIFY(!std::filesystem::exists(*m_folder / "model.safetensors"));
}

void TestRunsPage::keepsARunWhenTrashIsDeclined()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    open(1);
    Dialogs::answerConfirm(false);
    QTest::mouseClick(find<QPushButton>("runTrash"), Qt::LeftButton);
    QVERIFY(std::filesystem::exists(root() / "one" / "run.json"));
    Dialogs::answerConfirm(true);
    QTest::mouseClick(find<QPushButton>("runTrash"), Qt::LeftButton);
    // Gone, or, where the system has no trash for this folder, kept with a word about it.
    QTRY_VERIFY_WITH_TIMEOUT(m_table->model()->rowCount() == 0 ||
                                 Dialogs::asked().last().contains("could not be moved"),
                             patienceMs);
    QCOMPARE(std::filesystem::exists(root() / "one" / "run.json"), m_table->model()->rowCount() == 1);
}

void TestRunsPage::showsARunFromElsewhere()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    const auto far =
        writeRun(*m_folder / "elsewhere" / "far", RunState::Finished, .88, "2026-10-01T10:00:00Z");
    open(1);
    m_session->requestRun(far);
    QTRY_VERIFY_WITH_TIMEOUT(m_page->selectedRun() && m_page->selectedRun()->folder == far, patienceMs);
    QCOMPARE(m_table->model()->rowCount(), 2);
}

// As when the program is started with it.
void TestRunsPage::showsARunFromElsewhereWhileListing()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    const auto far =
        writeRun(*m_folder / "elsewhere" / "far", RunState::Finished, .88, "2026-10-01T10:00:00Z");
    open(1);
    m_session->notifyRunsChanged();
    m_session->requestRun(far);
    QTRY_COMPARE_WITH_TIMEOUT(m_table->model()->rowCount(), 2, patienceMs);
    QVERIFY(m_page->selectedRun());
    QVERIFY(m_page->selectedRun()->folder == far);
}

void TestRunsPage::knowsARunByAnySpelling()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    const auto far =
        writeRun(*m_folder / "elsewhere" / "far", RunState::Finished, .88, "2026-10-01T10:00:00Z");
    open(1);
    m_session->requestRun(root() / "one" / ""); // with a slash at its end
    writeRun(root() / "two", RunState::Finished, .9, "2026-11-02T10:00:00Z");
    m_session->notifyRunsChanged();
    QTRY_VERIFY_WITH_TIMEOUT(m_table->model()->rowCount() == 2 && cell(0, 0) == "two" && cell(1, 0) == "one",
                             patienceMs);
    m_session->requestRun(*m_folder / "runs" / ".." / "elsewhere" / "far" / "");
    QTRY_VERIFY_WITH_TIMEOUT(m_page->selectedRun() && m_page->selectedRun()->folder == far, patienceMs);
    QCOMPARE(m_table->model()->rowCount(), 3);
}

void TestRunsPage::keepsTheViewOfTheCurves()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    open(1);
    auto* plot = find<MetricsPlot>("runPlot");
    auto* canvas = plot->findChild<QWidget*>("metricsCanvas");
    canvas->grab(); // lays the axes out
    const auto whole = plot->epochRange();
    const QPointF middle(canvas->width() * 0.25, canvas->height() * 0.3);
    QWheelEvent wheel(middle, canvas->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(canvas, &wheel);
    const auto zoomed = plot->epochRange();
    QVERIFY(zoomed != whole);
    writeRun(root() / "two", RunState::Finished, .9, "2026-11-02T10:00:00Z");
    m_session->notifyRunsChanged();
    QTRY_COMPARE_WITH_TIMEOUT(m_table->model()->rowCount(), 2, patienceMs);
    QCOMPARE(m_page->selectedRun()->folder, root() / "one");
    QCOMPARE(plot->epochRange(), zoomed);
    // What has changed is shown anew.
    writeHistory(RunFiles{root() / "one"}.history(),
                 {epoch(1, 1, 2), epoch(1, 2, .3), epoch(2, 1, .2), epoch(2, 2, .1)});
    m_session->notifyRunsChanged();
    QTRY_COMPARE_WITH_TIMEOUT(plot->history().size(), std::size_t(4), patienceMs);
}

void TestRunsPage::seesNewRuns()
{
    writeRun(root() / "one", RunState::Finished, .97, "2026-11-01T10:00:00Z");
    open(1);
    writeRun(root() / "two", RunState::Finished, .9, "2026-11-02T10:00:00Z");
    m_session->notifyRunsChanged();
    QTRY_COMPARE_WITH_TIMEOUT(m_table->model()->rowCount(), 2, patienceMs);
    QCOMPARE(m_page->selectedRun()->folder, root() / "one"); // the selection stays
    writeRun(root() / "three", RunState::Finished, .9, "2026-11-03T10:00:00Z");
    m_page->activateWindow();
    QTest::keyClick(m_page, Qt::Key_F5);
    QTRY_COMPARE_WITH_TIMEOUT(m_table->model()->rowCount(), 3, patienceMs);
}

void TestRunsPage::showsNoRunAsRunningThatIsNot()
{
    const auto killed = writeRun(root() / "killed", RunState::Running, 0, "2026-11-01T10:00:00Z");
    writeFileAtomically(RunFiles{killed}.last(), "a checkpoint");
    writeRun(root() / "stillborn", RunState::Running, 0, "2026-11-02T10:00:00Z");
    open(2);
    QCOMPARE(cell(0, RunListModel::StateColumn), "Failed"); // nothing to go on from
    QCOMPARE(cell(1, RunListModel::StateColumn), "Stopped");
    select("killed");
    QVERIFY(find<QPushButton>("runContinue")->isVisible());
    // The files are left as they were: whoever continues it settles that.
    QCOMPARE(readRunRecord(RunFiles{killed}.record()).state, RunState::Running);
}

void TestRunsPage::leavesARunningRunAlone()
{
    const auto living = writeRun(root() / "living", RunState::Running, 0, "2026-11-01T10:00:00Z");
    writeFileAtomically(RunFiles{living}.last(), "a checkpoint");
    auto owner = std::make_unique<RunLock>(living);
    open(1);
    QCOMPARE(cell(0, RunListModel::StateColumn), "Running");
    QVERIFY(!find<QPushButton>("runContinue")->isVisible());
    QVERIFY(!find<QPushButton>("runTrash")->isEnabled());
    owner.reset(); // its program dies while it is in view
    QTRY_COMPARE_WITH_TIMEOUT(cell(0, RunListModel::StateColumn), "Stopped", patienceMs);
    QVERIFY(find<QPushButton>("runContinue")->isVisible());
}

THAW_TEST(TestRunsPage)
#include "test_runs_page.moc"
