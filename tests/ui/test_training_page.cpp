#include "core/train/compute_device.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "ui/dialogs.h"
#include "ui/pages/training_page.h"
#include "ui/session.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/recipe_form.h"
#include "ui/widgets/training_progress.h"

#include <QComboBox>
#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

#include <memory>

using namespace thaw;
using namespace thaw::ui;

namespace {

constexpr int patienceMs = 60000; ///< far more than is needed, also on a machine under load

} // namespace

class TestTrainingPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void asksForADataset();
    void editsTheSessionsRecipe();
    void showsMistakesAtTheirField();
    void keepsAWarningWithoutWeights();
    void choosesRecipesAndWeights();
    void saysWhatTheRunWillDo();
    void trainsFromStartToResult();
    void stopsAndContinues();
    void saysWhatWentWrong();
    void writesStagesAndTimes();

private:
    template <typename T>
    T* find(const char* name) const
    {
        return m_page->findChild<T*>(name);
    }
    void useNarrowRecipe(int firstEpochs);
    void useDataset();

    std::unique_ptr<test::TemporaryFolder> m_folder;
    DatasetPointer m_dataset;
    Session* m_session = nullptr;
    TrainingPage* m_page = nullptr;
};

void TestTrainingPage::initTestCase()
{
    m_folder = std::make_unique<test::TemporaryFolder>();
    test::isolateUserFolders(m_folder->path());
    setThreadCount(1);
    Dialogs::script();
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

void TestTrainingPage::init()
{
    m_session = new Session;
    m_session->setRunsRoot(*m_folder / "runs");
    m_page = new TrainingPage(m_session);
    m_page->resize(1060, 760);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page));
}

void TestTrainingPage::cleanup()
{
    delete m_page;
    delete m_session;
}

void TestTrainingPage::useNarrowRecipe(int firstEpochs)
{
    const auto issues = m_session->editRecipe("test", [&](Recipe& recipe) {
        recipe.name = "narrow";
        recipe.weights = "none";
        recipe.width = 0.0625;
        recipe.inputSize = 32;
        recipe.batchSize = 8;
        recipe.precision = Precision::Float32;
        recipe.device = "cpu";
        recipe.threads = 1;
        recipe.phases[0].epochs = firstEpochs;
        recipe.phases[1].epochs = 1;
    });
    QVERIFY(issues.empty());
}

void TestTrainingPage::useDataset()
{
    m_session->setDataset(m_dataset, SplitShares{}, 0);
}

void TestTrainingPage::asksForADataset()
{
    QVERIFY(find<QFrame>("trainingHint")->isVisible());
    QVERIFY(!find<QPushButton>("trainingStart")->isEnabled());
    QSignalSpy wanted(m_page, &TrainingPage::datasetWanted);
    QTest::mouseClick(find<QPushButton>("trainingChooseDataset"), Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
    m_page->startTraining();
    QVERIFY(!m_page->isTraining());
    useDataset();
    QVERIFY(!find<QFrame>("trainingHint")->isVisible());
    QVERIFY(find<QPushButton>("trainingStart")->isEnabled());
}

void TestTrainingPage::editsTheSessionsRecipe()
{
    find<QSpinBox>("recipeBatchSize")->setValue(17);
    QCOMPARE(m_session->recipe().batchSize, 17);
    find<QSpinBox>("phase2Epochs")->setValue(9);
    QCOMPARE(m_session->recipe().phases[1].epochs, 9);
    auto* rate = find<QLineEdit>("phase1LearningRate");
    rate->selectAll();
    QTest::keyClicks(rate, "5e-4");
    QTest::keyClick(rate, Qt::Key_Return);
    QCOMPARE(m_session->recipe().phases[0].learningRate, 5e-4);
    QCOMPARE(find<QComboBox>("recipePreset")->currentText(), "Your own settings");
    m_session->undoStack()->undo();
    QCOMPARE(m_session->recipe().phases[0].learningRate, 1e-3);
    QCOMPARE(rate->text().toDouble(), 1e-3);
}

void TestTrainingPage::showsMistakesAtTheirField()
{
    useDataset();
    auto* rate = find<QLineEdit>("phase2LearningRate");
    auto* issue = find<QLabel>("issue.phases.1");
    QVERIFY(issue->isHidden());
    const Recipe before = m_session->recipe();
    rate->selectAll();
    QTest::keyClicks(rate, "fast");
    QTest::keyClick(rate, Qt::Key_Return);
    QVERIFY(!issue->isHidden());
    QVERIFY(issue->text().contains("learning rate"));
    QVERIFY(m_session->recipe() == before);
    QCOMPARE(rate->text(), "fast"); // what was typed stays, to be put right
    QVERIFY(!find<QPushButton>("trainingStart")->isEnabled());
    rate->selectAll();
    QTest::keyClicks(rate, "0.002");
    QTest::keyClick(rate, Qt::Key_Return);
    QVERIFY(issue->isHidden());
    QCOMPARE(m_session->recipe().phases[1].learningRate, 0.002);
    QVERIFY(find<QPushButton>("trainingStart")->isEnabled());
}

void TestTrainingPage::keepsAWarningWithoutWeights()
{
    auto* warning = find<QFrame>("trainingWarning");
    QVERIFY(warning->isHidden());
    m_session->setWeights("none");
    QVERIFY(!warning->isHidden());
    m_session->setWeights("imagenet");
    QVERIFY(warning->isHidden());
}

void TestTrainingPage::choosesRecipesAndWeights()
{
    auto* preset = find<QComboBox>("recipePreset");
    Q_EMIT preset->activated(preset->findData("book"));
    QVERIFY(m_session->recipe() == bookRecipe());
    QCOMPARE(find<QSpinBox>("phase1Epochs")->value(), 50);
    auto* weights = find<QComboBox>("recipeWeights");
    Q_EMIT weights->activated(weights->findData("none"));
    QCOMPARE(m_session->recipe().weights, "none");
    QCOMPARE(weights->currentData().toString(), "none");
    Dialogs::answerPath("/some/where/own.safetensors");
    Q_EMIT weights->activated(weights->count() - 1);
    QCOMPARE(m_session->recipe().weights, "/some/where/own.safetensors");
    QCOMPARE(weights->currentText(), "own.safetensors");
    Dialogs::answerPath(std::nullopt);
    Q_EMIT weights->activated(weights->count() - 1);
    QCOMPARE(m_session->recipe().weights, "/some/where/own.safetensors");
}

void TestTrainingPage::saysWhatTheRunWillDo()
{
    useNarrowRecipe(1);
    useDataset();
    const auto train = int(m_dataset->indicesOf(Split::Train).size());
    auto* words = find<QLabel>("trainingPreflight");
    QVERIFY2(words->text().contains(QString::number(train) + " training"), qPrintable(words->text()));
    QVERIFY2(words->text().contains(QString::number((train + 7) / 8) + " step"), qPrintable(words->text()));
}

void TestTrainingPage::trainsFromStartToResult()
{
    useNarrowRecipe(2);
    useDataset();
    QSignalSpy started(m_page, &TrainingPage::trainingStarted);
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    QSignalSpy status(m_page, &TrainingPage::statusChanged);
    QSignalSpy asked(m_session, &Session::runRequested);
    QTest::mouseClick(find<QPushButton>("trainingStart"), Qt::LeftButton);
    QCOMPARE(started.count(), 1);
    QVERIFY(m_page->isTraining());
    QVERIFY(!find<QPushButton>("trainingStart")->isEnabled());
    QVERIFY(find<QPushButton>("trainingStop")->isEnabled());
    QVERIFY(!m_page->findChild<RecipeForm*>()->isEnabled());
    m_session->setWeights("imagenet"); // for the next run: must not reach this one
    QVERIFY(ended.wait(patienceMs));
    QVERIFY(!m_page->isTraining());
    auto* plot = find<MetricsPlot>("trainingPlot");
    QCOMPARE(plot->history().size(), 3u);
    QCOMPARE(plot->phaseBoundaries(), std::vector<double>{2.5});
    QCOMPARE(find<QLabel>("trainingState")->text(), "Finished");
    QVERIFY(find<QFrame>("trainingResult")->isVisible());
    QVERIFY(find<QLabel>("trainingResultText")->text().contains("accuracy"));
    QVERIFY(status.count() >= 2);
    const SavedRun saved = loadRun(toPath(ended[0][0].toString()));
    QCOMPARE(saved.recipe.weights, "none");
    QCOMPARE(saved.folder.parent_path(), m_session->runsRoot());
    QTest::mouseClick(find<QPushButton>("trainingShowRun"), Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].toString(), ended[0][0].toString());
}

void TestTrainingPage::stopsAndContinues()
{
    useNarrowRecipe(60);
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    auto* plot = find<MetricsPlot>("trainingPlot");
    m_page->startTraining();
    QTRY_VERIFY_WITH_TIMEOUT(!plot->history().empty(), patienceMs);
    QTest::mouseClick(find<QPushButton>("trainingStop"), Qt::LeftButton);
    QVERIFY(find<QLabel>("trainingState")->text().contains("Stopping"));
    QVERIFY(!find<QPushButton>("trainingStop")->isEnabled());
    QVERIFY(ended.wait(patienceMs));
    const QString folder = ended[0][0].toString();
    const std::size_t before = loadRun(toPath(folder)).history.size();
    QVERIFY(before < 61);
    QCOMPARE(plot->history().size(), before);
    QVERIFY(find<QLabel>("trainingResultText")->text().contains("stopped"));

    m_page->resume(folder);
    QVERIFY(m_page->isTraining());
    QTRY_VERIFY_WITH_TIMEOUT(plot->history().size() > before, patienceMs);
    m_page->requestStop();
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(ended[1][0].toString(), folder);
}

void TestTrainingPage::saysWhatWentWrong()
{
    useNarrowRecipe(1);
    useDataset();
    m_session->setWeights(toText(*m_folder / "absent.safetensors"));
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    m_page->startTraining();
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(ended[0][0].toString(), QString());
    QVERIFY(find<QLabel>("trainingState")->text().startsWith("Failed"));
    QVERIFY(find<QLabel>("trainingDetail")->text().contains("absent.safetensors"));
    QVERIFY(find<QFrame>("trainingResult")->isHidden());
    QVERIFY(find<QPushButton>("trainingStart")->isEnabled());
}

void TestTrainingPage::writesStagesAndTimes()
{
    BatchProgress progress;
    progress.epoch = 3;
    progress.epochs = 50;
    QCOMPARE(stageText(progress), "Training phase 1 of 2, epoch 3 of 50");
    progress.stage = TrainStage::Validating;
    QVERIFY(stageText(progress).startsWith("Validating"));
    QCOMPARE(durationText(12.4), "12 s");
    QCOMPARE(durationText(250), "4 min 10 s");
    QCOMPARE(durationText(5000), "1 h 23 min");
    QCOMPARE(trainsText(bookRecipe().phases[0]), "head");
    QVERIFY(trainsText(bookRecipe().phases[1]).contains('4'));
}

QTEST_MAIN(TestTrainingPage)
#include "test_training_page.moc"
