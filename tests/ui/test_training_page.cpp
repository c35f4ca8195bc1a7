#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/run/run_lock.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/pages/training_page.h"
#include "ui/session.h"
#include "ui/settings/run_memory.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/phase_table.h"
#include "ui/widgets/recipe_form.h"
#include "ui/widgets/training_progress.h"

#include <QCheckBox>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include <fstream>
#include <memory>

using namespace thaw;
using namespace thaw::ui;

using test::patienceMs;

static Notice leftOut(const QString& file)
{
    return notice(NoticeCode::PictureLeftOut, {file.toStdString()});
}

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
    void aRefusedDraftGivesWayToARecipe();
    void takesARecipeFromAFile();
    void keepsAWarningWithoutWeights();
    void choosesRecipesAndWeights();
    void saysWhatAChosenRecipeChanged();
    void continuesARunUnderItsOwnName();
    void saysWhatTheRunWillDo();
    void trainsFromStartToResult();
    void stopsAndContinues();
    void pausesAndContinuesInPlace();
    void stopEndsAPause();
    void pausedRunGivesWayToAnother();
    void touchedPicturesAreCheckedBeforeItGoesOn();
    void asksBeforeItGoesOnWithOtherPictures();
    void asksOnceWhereOtherClassesAreInTheWay();
    void offersToTrainWithoutWeightsThatCannotBeHad();
    void keepsTheWarningOfTheRunThatWasShown();
    void aFailedRunHasARecordAndWords();
    void aDivergedRunGoesOnSlower();
    void aFailedRunStartsAgain();
    void aStoppedRunIsFinishedAsItIs();
    void asksBeforeItTrainsWithoutLostPictures();
    void showsWhatTheRunWarnsOf();
    void manyWarningsAreCounted();
    void namesTheRunAfterItsManifest();
    void proposesBalancedWeights();
    void anOptimizerIsChosenByKeysAndUndone();
    void blocksStartWhereThereIsNoRoom();
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
    void startAndWaitForAnEpoch();
    void pauseAfterAnEpochOn(const DatasetPointer& pictures);

    std::unique_ptr<test::TemporaryFolder> m_folder;
    DatasetPointer m_dataset;
    Session* m_session = nullptr;
    TrainingPage* m_page = nullptr;
};

void TestTrainingPage::initTestCase()
{
    m_folder = std::make_unique<test::TemporaryFolder>();
    test::isolateProgram(m_folder->path());
    setThreadCount(1);
    Dialogs::script();
    m_dataset = test::makeDataset(*m_folder / "pictures");
}

void TestTrainingPage::init()
{
    QSettings().clear();
    Dialogs::script();
    m_session = new Session;
    test::useFixedSpeed(*m_session);
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
    QVERIFY(test::makeNarrow(*m_session, firstEpochs));
}

void TestTrainingPage::useDataset()
{
    m_session->setDataset(m_dataset, SplitShares{});
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
    find<NumberBox>("recipeBatchSize")->setValue(17);
    QCOMPARE(m_session->recipe().batchSize, 17);
    find<NumberBox>("phase2Epochs")->setValue(9);
    QCOMPARE(m_session->recipe().phases[1].epochs, 9);
    auto* rate = find<NumberBox>("phase1LearningRate");
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
    auto* rate = find<NumberBox>("phase2LearningRate");
    auto* issue = find<QLabel>("issue.phases.1");
    QVERIFY(issue->isHidden());
    const Recipe before = m_session->recipe();
    rate->selectAll();
    QTest::keyClicks(rate, "fast");
    QTest::keyClick(rate, Qt::Key_Return);
    QVERIFY(!issue->isHidden());
    QVERIFY(issue->text().contains("Learning rate: “fast” is not a number"));
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

void TestTrainingPage::aRefusedDraftGivesWayToARecipe()
{
    useDataset();
    auto* rate = find<NumberBox>("phase2LearningRate");
    auto* preset = find<QComboBox>("recipePreset");
    const QString before = rate->text();
    // The recipe that the session has already, and one that cannot be read.
    for (const bool isReadable : {true, false}) {
        rate->selectAll();
        QTest::keyClicks(rate, "fast");
        QTest::keyClick(rate, Qt::Key_Return);
        QVERIFY(!find<QPushButton>("trainingStart")->isEnabled());
        if (isReadable) {
            Q_EMIT preset->activated(preset->findData("quick"));
        } else {
            Q_EMIT m_page->findChild<RecipeForm*>()->recipeChosen("/nowhere/recipe.json");
        }
        QCOMPARE(rate->text(), before);
        QVERIFY(find<QPushButton>("trainingStart")->isEnabled());
    }
    QTRY_COMPARE_WITH_TIMEOUT(Dialogs::asked().size(), 1, patienceMs); // a job has looked for the file
}

void TestTrainingPage::takesARecipeFromAFile()
{
    Recipe own = bookRecipe();
    own.name = "own";
    std::ofstream(*m_folder / "own.json") << formatRecipe(own);
    auto* preset = find<QComboBox>("recipePreset");
    Dialogs::answerPath(toText(*m_folder / "own.json"));
    Q_EMIT preset->activated(preset->count() - 1);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->recipe().name, std::string("own"), patienceMs);
    QCOMPARE(find<NumberBox>("phase1Epochs")->value(), 50.0);
    // Of two chosen one after the other the later counts.
    auto* form = m_page->findChild<RecipeForm*>();
    Q_EMIT form->recipeChosen(toText(*m_folder / "own.json"));
    Q_EMIT form->recipeChosen("quick");
    QVERIFY(m_session->recipe() == quickRecipe());
    m_session->undoStack()->undo();
    QCOMPARE(m_session->recipe().name, std::string("own"));
    QVERIFY(Dialogs::asked().size() == 1);
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
    QCOMPARE(find<NumberBox>("phase1Epochs")->value(), 50.0);
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

void TestTrainingPage::saysWhatAChosenRecipeChanged()
{
    AugmentationSpec spec = m_session->recipe().augmentation;
    spec.zoom = 0.4;
    m_session->setAugmentation(spec);
    const Recipe before = m_session->recipe();
    auto* strip = find<QFrame>("recipeTaken");
    QVERIFY(strip->isHidden());
    auto* preset = find<QComboBox>("recipePreset");
    Q_EMIT preset->activated(preset->findData("book"));
    QVERIFY(strip->isVisible());
    QVERIFY2(find<QLabel>("recipeTakenText")->text().contains("augmentation"),
             qPrintable(find<QLabel>("recipeTakenText")->text()));
    QTest::mouseClick(find<QPushButton>("recipeTakenUndo"), Qt::LeftButton);
    QVERIFY(m_session->recipe() == before);
    QVERIFY(strip->isHidden());
    Q_EMIT preset->activated(preset->findData("book"));
    QVERIFY(strip->isVisible());
    find<NumberBox>("recipeBatchSize")->setValue(17); // what undo would bring back is another step now
    QVERIFY(strip->isHidden());
}

void TestTrainingPage::continuesARunUnderItsOwnName()
{
    useNarrowRecipe(5000);
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    auto* subject = find<QLabel>("trainingSubject");
    auto* plan = find<QLabel>("trainingPreflight");
    QVERIFY(subject->isHidden());
    startAndWaitForAnEpoch();
    const QString counts = QString::number(m_dataset->indicesOf(Split::Train).size()) + " training";
    QVERIFY2(plan->text().startsWith(counts), qPrintable(plan->text()));
    m_page->requestStop();
    QVERIFY(ended.wait(patienceMs));
    const QString run = toText(m_page->runFolder());
    const DatasetPointer other = test::makeDataset(*m_folder / "other pictures", 20);
    m_session->setDataset(other);
    const QString otherCounts = QString::number(other->indicesOf(Split::Train).size()) + " training";
    QVERIFY(counts != otherCounts);
    QVERIFY2(plan->text().startsWith("Next training: " + otherCounts), qPrintable(plan->text()));

    m_page->resume(run);
    QVERIFY(!plan->text().contains(otherCounts));
    QTRY_COMPARE_WITH_TIMEOUT(m_page->state(), TrainingState::Training, patienceMs);
    QVERIFY2(plan->text().startsWith(counts), qPrintable(plan->text()));
    QVERIFY(subject->isVisible());
    QVERIFY2(subject->toolTip().contains(toText(m_dataset->source)), qPrintable(subject->toolTip()));
    QVERIFY(subject->toolTip().contains(toText(toPath(run).filename())));
    QVERIFY(subject->fontMetrics().horizontalAdvance(subject->text()) <= subject->width());
    m_page->requestPause();
    QVERIFY(ended.wait(patienceMs));
    QVERIFY2(plan->text().startsWith(counts), qPrintable(plan->text()));
    m_page->requestStop();
    QVERIFY2(plan->text().startsWith("Next training: " + otherCounts), qPrintable(plan->text()));
    QVERIFY(subject->isVisible());
}

void TestTrainingPage::saysWhatTheRunWillDo()
{
    useNarrowRecipe(1);
    useDataset();
    const auto train = int(m_dataset->indicesOf(Split::Train).size());
    auto* words = find<QLabel>("trainingPreflight");
    QVERIFY2(words->text().contains(QString::number(train) + " training"), qPrintable(words->text()));
    QVERIFY2(words->text().contains(QString::number((train + 7) / 8) + " step"), qPrintable(words->text()));
    // Once the machine has been measured, in the background.
    QTRY_VERIFY2_WITH_TIMEOUT(words->text().contains("on this machine"), qPrintable(words->text()),
                              test::patienceMs);
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

    // What the next run is to be is not what this one is.
    Recipe next = m_session->recipe();
    next.inputSize += 32;
    QVERIFY(m_session->setRecipe(next, "change the input size").empty());
    auto* inputSize = find<NumberBox>("recipeInputSize");
    m_page->resume(folder);
    QVERIFY(m_page->isTraining());
    QTRY_VERIFY_WITH_TIMEOUT(plot->history().size() > before, patienceMs);
    QCOMPARE(int(inputSize->value()), next.inputSize - 32);
    m_page->requestStop();
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(ended[1][0].toString(), folder);
    QCOMPARE(int(inputSize->value()), next.inputSize);
}

void TestTrainingPage::pausesAndContinuesInPlace()
{
    useNarrowRecipe(5000);
    useDataset();
    auto* plot = find<MetricsPlot>("trainingPlot");
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    startAndWaitForAnEpoch();
    const std::filesystem::path run = m_page->runFolder();
    QElapsedTimer clock;
    clock.start();
    QTest::mouseClick(find<QPushButton>("trainingPause"), Qt::LeftButton);
    QCOMPARE(m_page->state(), TrainingState::Pausing);
    QVERIFY(find<QLabel>("trainingState")->text().startsWith("Pausing"));
    QVERIFY(ended.wait(patienceMs));
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed()))); // a batch is milliseconds
    QCOMPARE(m_page->state(), TrainingState::Paused);
    QVERIFY(!m_page->isTraining());
    QCOMPARE(find<QLabel>("trainingState")->text(), "Paused");
    QVERIFY(find<QPushButton>("trainingContinue")->isVisible());
    QVERIFY(!find<QPushButton>("trainingStart")->isVisible());
    QVERIFY(!m_page->findChild<RecipeForm*>()->isEnabled());
    QVERIFY(find<QLabel>("trainingResultText")->text().contains("paused and saved"));
    QCOMPARE(loadRun(run).record.state, RunState::Stopped);
    QVERIFY(!RunLock::isHeld(run));
    QCOMPARE(runMemory::unfinished(), QStringList{toText(run)});
    const std::size_t before = plot->history().size();
    QCOMPARE(loadRun(run).history.size(), before);

    m_page->startTraining(); // not while paused
    QCOMPARE(m_page->state(), TrainingState::Paused);
    QSignalSpy preparing(m_page->findChild<TrainingJob*>(), &TrainingJob::preparing);
    QTest::mouseClick(find<QPushButton>("trainingContinue"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(plot->history().size() > before, patienceMs);
    QCOMPARE(m_page->runFolder(), run);
    // With the pictures still at hand: neither scanned nor were the weights read again.
    QCOMPARE(preparing.count(), 1);
    QCOMPARE(preparing[0][0].value<Preparation>(), Preparation::Run);
    for (std::size_t i = 1; i < plot->history().size(); ++i) {
        QCOMPARE(plot->history()[i].epoch, plot->history()[i - 1].epoch + 1);
    }
    m_page->requestStop();
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(m_page->state(), TrainingState::Idle);
    QVERIFY(runMemory::unfinished().isEmpty());
}

void TestTrainingPage::stopEndsAPause()
{
    useNarrowRecipe(5000);
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    QSignalSpy status(m_page, &TrainingPage::statusChanged);
    startAndWaitForAnEpoch();
    m_page->requestPause();
    m_page->requestPause(); // once is enough
    QVERIFY(ended.wait(patienceMs));
    QTest::mouseClick(find<QPushButton>("trainingStop"), Qt::LeftButton);
    QCOMPARE(m_page->state(), TrainingState::Idle);
    QCOMPARE(status.last()[0].toString(), "Stopped");
    QVERIFY(find<QPushButton>("trainingStart")->isEnabled());
    QVERIFY(find<QLabel>("trainingResultText")->text().contains("Runs page"));
    QVERIFY(runMemory::unfinished().isEmpty());
    QVERIFY(std::filesystem::exists(RunFiles{m_page->runFolder()}.best()));
    m_page->continueTraining(); // there is nothing to continue in place any more
    QVERIFY(!m_page->isTraining());
}

void TestTrainingPage::pausedRunGivesWayToAnother()
{
    useNarrowRecipe(5000);
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    startAndWaitForAnEpoch();
    m_page->requestStop();
    QVERIFY(ended.wait(patienceMs));
    const QString first = toText(m_page->runFolder());
    startAndWaitForAnEpoch();
    m_page->requestPause();
    QVERIFY(ended.wait(patienceMs));
    const QString second = toText(m_page->runFolder());
    QVERIFY(first != second);
    QSignalSpy started(m_page, &TrainingPage::runStarted);
    m_page->resume(first);
    QVERIFY(started.wait(patienceMs));
    QCOMPARE(started[0][0].toString(), first);
    m_page->requestStop();
    QVERIFY(ended.wait(patienceMs));
    // The paused one is still to be offered.
    QCOMPARE(runMemory::unfinished(), QStringList{second});
}

void TestTrainingPage::touchedPicturesAreCheckedBeforeItGoesOn()
{
    const DatasetPointer own = test::makeDataset(*m_folder / "own");
    pauseAfterAnEpochOn(own);
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    const std::filesystem::path picture = own->pathOf(own->samples.front());
    std::filesystem::last_write_time(picture, std::filesystem::file_time_type::clock::now());
    QSignalSpy preparing(m_page->findChild<TrainingJob*>(), &TrainingJob::preparing);
    QSignalSpy started(m_page, &TrainingPage::runStarted);
    m_page->continueTraining();
    QVERIFY(started.wait(patienceMs)); // the bytes are the same: it goes on
    QCOMPARE(preparing[0][0].value<Preparation>(), Preparation::Dataset);
    m_page->requestStop();
    QVERIFY(ended.wait(patienceMs));
}

void TestTrainingPage::asksBeforeItGoesOnWithOtherPictures()
{
    const DatasetPointer own = test::makeDataset(*m_folder / "changing");
    pauseAfterAnEpochOn(own);
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    const QString run = toText(m_page->runFolder());
    const std::filesystem::path picture = own->pathOf(own->samples.front());
    std::filesystem::copy_file(own->pathOf(own->samples.back()), picture,
                               std::filesystem::copy_options::overwrite_existing);
    Dialogs::script();
    Dialogs::answerConfirm(false);
    m_page->continueTraining();
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(Dialogs::asked().size(), 1);
    QVERIFY2(Dialogs::asked()[0].contains("have changed"), qPrintable(Dialogs::asked()[0]));
    QCOMPARE(m_page->state(), TrainingState::Idle);
    QCOMPARE(runMemory::unfinished(), QStringList{run}); // it can still go on another day

    Dialogs::answerConfirm(true);
    QSignalSpy started(m_page, &TrainingPage::runStarted);
    m_page->resume(run);
    QVERIFY(started.wait(patienceMs));
    m_page->requestStop();
    QVERIFY(ended.count() >= 2 || ended.wait(patienceMs));
    QTRY_COMPARE_WITH_TIMEOUT(m_page->state(), TrainingState::Idle, patienceMs);
}

void TestTrainingPage::asksOnceWhereOtherClassesAreInTheWay()
{
    const DatasetPointer own = test::makeDataset(*m_folder / "renaming");
    pauseAfterAnEpochOn(own);
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    const std::filesystem::path last = own->root / own->classes.back();
    std::filesystem::rename(last, own->root / (own->classes.back() + " again"));
    Dialogs::script();
    Dialogs::answerConfirm(true);
    Dialogs::answerConfirm(true);
    m_page->continueTraining();
    QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 2, patienceMs);
    QCOMPARE(m_page->state(), TrainingState::Idle);
    QCOMPARE(Dialogs::asked().size(), 2);
    QVERIFY2(Dialogs::asked()[0].startsWith("Continue although"), qPrintable(Dialogs::asked()[0]));
    QVERIFY2(Dialogs::asked()[1].startsWith(errorTitle(ErrorCode::RunDiffers)),
             qPrintable(Dialogs::asked()[1]));
}

void TestTrainingPage::offersToTrainWithoutWeightsThatCannotBeHad()
{
    // No cached weights, no public address, and no pip that could find anything.
    qputenv("THAW_OFFLINE", "1");
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", "/nowhere");
    useDataset();
    const auto issues = m_session->editRecipe("small", [](Recipe& recipe) {
        recipe.inputSize = 32;
        recipe.batchSize = 8;
        recipe.head = HeadKind::Pooled;
        recipe.threads = 1;
    });
    QVERIFY(issues.empty());
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    Dialogs::script();
    Dialogs::answerConfirm(false);
    m_page->startTraining();
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(Dialogs::asked().size(), 1);
    QVERIFY(Dialogs::asked()[0].startsWith("Train without ImageNet weights?"));
    QCOMPARE(m_session->recipe().weights, "imagenet");
    QVERIFY(find<QLabel>("trainingState")->text().contains(errorTitle(ErrorCode::NetworkUnavailable)));

    Dialogs::answerConfirm(true);
    QSignalSpy started(m_page, &TrainingPage::runStarted);
    m_page->startTraining();
    QVERIFY(started.wait(patienceMs)); // the second attempt, of its own accord
    QVERIFY(find<QFrame>("trainingWarning")->isVisible());
    m_page->requestStop();
    QTRY_COMPARE_WITH_TIMEOUT(m_page->state(), TrainingState::Idle, patienceMs);
    QCOMPARE(loadRun(m_page->runFolder()).recipe.weights, "none");
    QVERIFY(find<QFrame>("trainingWarning")->isVisible());
    QVERIFY(find<QLabel>("trainingWarningText")->text().contains("poor results"));
    qputenv("PATH", path);
}

void TestTrainingPage::keepsTheWarningOfTheRunThatWasShown()
{
    useNarrowRecipe(1);
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    m_page->startTraining();
    QVERIFY(ended.wait(patienceMs));
    const QString run = ended[0][0].toString();
    // The recipe of the next run is another matter than the result in view.
    const auto issues = m_session->editRecipe("with weights", [](Recipe& recipe) {
        recipe.weights = "imagenet";
        recipe.width = 1;
    });
    QVERIFY(issues.empty());
    QVERIFY(find<QFrame>("trainingWarning")->isVisible());
    QCOMPARE(find<QLabel>("trainingWarningText")->text().count("Without pretrained weights"), 1);
}

void TestTrainingPage::aFailedRunHasARecordAndWords()
{
    useNarrowRecipe(1);
    QVERIFY(m_session->editRecipe("astray", [](Recipe& recipe) { recipe.phases[0].learningRate = 1e30; })
                .empty());
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    m_page->startTraining();
    QVERIFY(ended.wait(patienceMs));
    const SavedRun run = loadRun(toPath(ended[0][0].toString()));
    QCOMPARE(run.record.state, RunState::Failed);
    QCOMPARE(find<QLabel>("trainingState")->text(), "Failed");
    QVERIFY2(find<QLabel>("trainingResultText")->text().contains("learning rate"),
             qPrintable(find<QLabel>("trainingResultText")->text()));
    QVERIFY(runMemory::unfinished().isEmpty()); // nothing to go on with
    QTRY_VERIFY(find<QPushButton>("trainingStart")->isEnabled());
}

void TestTrainingPage::aDivergedRunGoesOnSlower()
{
    useNarrowRecipe(1);
    QVERIFY(m_session->editRecipe("astray", [](Recipe& recipe) { recipe.phases[0].learningRate = 1e30; })
                .empty());
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    m_page->startTraining();
    QVERIFY(ended.wait(patienceMs));
    const std::filesystem::path run = m_page->runFolder();
    QCOMPARE(loadRun(run).record.errorCode, std::string(nameOf(ErrorCode::TrainingDiverged)));
    auto* slower = find<QPushButton>("trainingSlower");
    QVERIFY(slower->isVisible());
    QVERIFY(!find<QPushButton>("trainingGoOn")->isVisible()); // it would diverge again
    QVERIFY(find<QPushButton>("trainingAgain")->isVisible());
    Dialogs::script();
    Dialogs::answerConfirm(false);
    slower->setFocus();
    QTest::keyClick(slower, Qt::Key_Space);
    QVERIFY(Dialogs::asked().size() == 1 && !m_page->isTraining());
    Dialogs::answerConfirm(true);
    QTest::keyClick(slower, Qt::Key_Space);
    QVERIFY(m_page->isTraining());
    QVERIFY(!slower->isVisible());
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(m_page->runFolder(), run);
    const SavedRun slowed = loadRun(run);
    QCOMPARE(slowed.recipe.phases[0].learningRate, 1e29);
    QCOMPARE(slowed.record.rateChanges.size(), std::size_t(1));
}

void TestTrainingPage::aFailedRunStartsAgain()
{
    useNarrowRecipe(1);
    QVERIFY(m_session->editRecipe("astray", [](Recipe& recipe) { recipe.phases[0].learningRate = 1e30; })
                .empty());
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    m_page->startTraining();
    QVERIFY(ended.wait(patienceMs));
    const std::filesystem::path run = m_page->runFolder();
    const Recipe recipe = loadRun(run).recipe;
    useNarrowRecipe(2); // what is edited meanwhile is not that run's
    m_session->setDataset(nullptr);
    Dialogs::script();
    Dialogs::answerConfirm(true);
    QTest::mouseClick(find<QPushButton>("trainingAgain"), Qt::LeftButton);
    QVERIFY(m_page->isTraining());
    QVERIFY(ended.wait(patienceMs));
    QVERIFY(m_page->runFolder() != run);
    const SavedRun again = loadRun(m_page->runFolder());
    QVERIFY(again.recipe == recipe);
    QCOMPARE(again.record.datasetFingerprint, loadRun(run).record.datasetFingerprint);
    QCOMPARE(loadRun(run).record.state, RunState::Failed);
}

void TestTrainingPage::aStoppedRunIsFinishedAsItIs()
{
    useNarrowRecipe(5000);
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    startAndWaitForAnEpoch();
    m_page->requestPause();
    QVERIFY(ended.wait(patienceMs));
    const std::filesystem::path run = m_page->runFolder();
    auto* finish = find<QPushButton>("trainingFinishNow");
    QVERIFY(finish->isVisible());
    QVERIFY(!find<QPushButton>("trainingGoOn")->isVisible()); // Continue is above
    Dialogs::script();
    Dialogs::answerConfirm(true);
    QTest::mouseClick(finish, Qt::LeftButton);
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(m_page->state(), TrainingState::Idle);
    const SavedRun finished = loadRun(run);
    QCOMPARE(finished.record.state, RunState::Finished);
    QVERIFY(finished.record.finishedEarly && finished.record.test);
    QVERIFY2(find<QLabel>("trainingResultText")->text().contains("Test accuracy"),
             qPrintable(find<QLabel>("trainingResultText")->text()));
    QVERIFY(!finish->isVisible());
    QVERIFY(runMemory::unfinished().isEmpty());
}

void TestTrainingPage::asksBeforeItTrainsWithoutLostPictures()
{
    useNarrowRecipe(1);
    const DatasetPointer pictures = test::makeDataset(*m_folder / "going away");
    m_session->setDataset(pictures);
    for (const Sample& sample : pictures->samples) {
        if (sample.split == Split::Test && sample.label == 0) {
            std::filesystem::remove(pictures->pathOf(sample));
        }
    }
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    Dialogs::script();
    Dialogs::answerConfirm(false);
    m_page->startTraining();
    QVERIFY(ended.wait(patienceMs));
    QCOMPARE(Dialogs::asked().size(), 1);
    QVERIFY2(Dialogs::asked()[0].startsWith("Train without the pictures"), qPrintable(Dialogs::asked()[0]));
    QCOMPARE(ended[0][0].toString(), QString()); // there is no run
    Dialogs::answerConfirm(true);
    m_page->startTraining();
    QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 3, patienceMs); // refused, and once more with leave
    QCOMPARE(loadRun(m_page->runFolder()).record.state, RunState::Finished);
}

void TestTrainingPage::showsWhatTheRunWarnsOf()
{
    auto* job = m_page->findChild<TrainingJob*>();
    auto* text = find<QLabel>("trainingWarningText");
    Q_EMIT job->happened(leftOut("tom.png"));
    QVERIFY(find<QFrame>("trainingWarning")->isVisible());
    Q_EMIT job->happened(leftOut("another.png"));
    Q_EMIT job->happened(leftOut("tom.png"));
    QCOMPARE(text->text(), "Left out a picture: tom.png\nLeft out a picture: another.png");
    Q_EMIT job->happened(notice(NoticeCode::WaitsToSaveRun, {std::string("the disk is full")}));
    Q_EMIT job->happened(NoticeEnded{NoticeCode::WaitsToSaveRun});
    QCOMPARE(text->text(), "Left out a picture: tom.png\nLeft out a picture: another.png");
    useNarrowRecipe(1);
    useDataset();
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    m_page->startTraining();
    QVERIFY(!text->text().contains("tom.png")); // of another run
    QVERIFY(ended.wait(patienceMs));
}

void TestTrainingPage::manyWarningsAreCounted()
{
    auto* job = m_page->findChild<TrainingJob*>();
    auto* text = find<QLabel>("trainingWarningText");
    for (int i = 0; i < 2000; ++i) {
        Q_EMIT job->happened(leftOut(QString("picture %1").arg(i % 999)));
    }
    const QStringList lines = text->text().split('\n');
    QCOMPARE(lines.size(), 6);
    QCOMPARE(lines[4], "Left out a picture: picture 4");
    QVERIFY2(lines[5].contains("994"), qPrintable(lines[5]));
    Q_EMIT job->happened(notice(NoticeCode::WaitsToSaveRun, {std::string("the disk is full")}));
    QVERIFY(text->text().contains("995"));
    Q_EMIT job->happened(NoticeEnded{NoticeCode::WaitsToSaveRun});
    QVERIFY(text->text().contains("994"));
}

void TestTrainingPage::namesTheRunAfterItsManifest()
{
    useNarrowRecipe(5000);
    DatasetIndex index = *m_dataset;
    index.source = index.root / "chosen.csv";
    m_session->setDataset(std::make_shared<const DatasetIndex>(index), SplitShares{});
    startAndWaitForAnEpoch();
    const QString name = toText(m_page->runFolder().filename());
    m_page->requestStop();
    QTRY_COMPARE_WITH_TIMEOUT(m_page->state(), TrainingState::Idle, patienceMs);
    QVERIFY2(name.contains("_chosen_narrow"), qPrintable(name));
}

void TestTrainingPage::proposesBalancedWeights()
{
    useDataset();
    auto* proposal = find<QWidget>("recipeUneven");
    QVERIFY(proposal->isHidden());
    DatasetIndex index = *m_dataset;
    index.problems.push_back({"", ProblemCode::Imbalanced, ProblemSeverity::Warning, "class 'a' has more"});
    m_session->setDataset(std::make_shared<const DatasetIndex>(index), SplitShares{});
    QVERIFY(!proposal->isHidden());
    find<QPushButton>("recipeBalance")->click();
    QVERIFY(m_session->recipe().classWeights == ClassWeights::Balanced);
    QVERIFY(find<QPushButton>("recipeBalance")->isHidden());
    QCOMPARE(m_session->undoStack()->undoText(), "balance the classes");
    m_session->undoStack()->undo();
    QVERIFY(m_session->recipe().classWeights == ClassWeights::None);
    QVERIFY(!find<QPushButton>("recipeBalance")->isHidden());
}

void TestTrainingPage::anOptimizerIsChosenByKeysAndUndone()
{
    const Recipe before = m_session->recipe();
    const auto phase = [this] { return m_session->recipe().phases[1]; };
    find<QToolButton>("recipePhaseSettings")->setChecked(true);
    auto* momentum = find<NumberBox>("phase2Momentum");
    QVERIFY(!momentum->isVisible());
    auto* optimizer = find<QComboBox>("phase2Optimizer");
    QTest::keyClick(optimizer, Qt::Key_Down);
    QVERIFY(phase().optimizer == OptimizerKind::Sgd && momentum->isVisible());
    momentum->selectAll();
    QTest::keyClicks(momentum, "0.9");
    QTest::keyClick(momentum, Qt::Key_Return);
    QTest::keyClick(find<QCheckBox>("phase2Nesterov"), Qt::Key_Space);
    QVERIFY(phase().momentum == 0.9 && phase().nesterov);
    QTest::keyClick(optimizer, Qt::Key_Down);
    QVERIFY(phase().optimizer == OptimizerKind::Adam && phase().momentum == 0 && !momentum->isVisible());
    // One step takes back the choice and all that went with it.
    QCOMPARE(m_session->undoStack()->undoText(), "change the optimizer");
    m_session->undoStack()->undo();
    QVERIFY(phase().optimizer == OptimizerKind::Sgd && phase().momentum == 0.9 && phase().nesterov);
    QVERIFY(momentum->isVisible() && find<QCheckBox>("phase2Nesterov")->isChecked());
    QCOMPARE(momentum->value(), 0.9);
    QCOMPARE(m_session->undoStack()->undoText(), "change Nesterov momentum");
    for (int step = 0; step < 3; ++step) {
        m_session->undoStack()->undo();
    }
    QVERIFY(m_session->recipe() == before);
    QVERIFY(!momentum->isVisible());
}

void TestTrainingPage::blocksStartWhereThereIsNoRoom()
{
    useDataset();
    QVERIFY(find<QPushButton>("trainingStart")->isEnabled());
    m_session->setRunsRoot("/proc/none/runs");
    QTRY_VERIFY_WITH_TIMEOUT(!find<QPushButton>("trainingStart")->isEnabled(),
                             patienceMs); // a job has looked
    QVERIFY(find<QFrame>("trainingWarning")->isVisible());
    QVERIFY(find<QLabel>("trainingWarningText")->text().contains("/proc"));
    m_page->startTraining();
    QVERIFY(!m_page->isTraining());
}

void TestTrainingPage::startAndWaitForAnEpoch()
{
    auto* plot = find<MetricsPlot>("trainingPlot");
    m_page->startTraining();
    QVERIFY(m_page->isTraining());
    QTRY_VERIFY_WITH_TIMEOUT(!plot->history().empty(), patienceMs);
}

void TestTrainingPage::pauseAfterAnEpochOn(const DatasetPointer& pictures)
{
    useNarrowRecipe(5000);
    m_session->setDataset(pictures, SplitShares{});
    QSignalSpy ended(m_page, &TrainingPage::trainingEnded);
    startAndWaitForAnEpoch();
    m_page->requestPause();
    QVERIFY(ended.wait(patienceMs));
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
    QTRY_VERIFY(find<QPushButton>("trainingStart")->isEnabled());
}

void TestTrainingPage::writesStagesAndTimes()
{
    BatchProgress progress;
    progress.epoch = 3;
    progress.epochs = 50;
    QCOMPARE(stageText(progress), "Training phase 1 of 2, epoch 3 of 50");
    progress.stage = TrainStage::Preparing;
    QCOMPARE(stageText(progress), "Preparing phase 1 of 2");
    progress.step = 3;
    progress.steps = 7;
    QCOMPARE(stageText(progress), "Preparing phase 1 of 2, batch 3 of 7");
    progress.stage = TrainStage::Validating;
    QVERIFY(stageText(progress).startsWith("Validating"));
    QCOMPARE(durationText(12.4), "12 s");
    QCOMPARE(durationText(250), "4 min 10 s");
    QCOMPARE(durationText(5000), "1 h 23 min");
    QCOMPARE(trainsText(bookRecipe().phases[0]), "head");
    QVERIFY(trainsText(bookRecipe().phases[1]).contains('4'));
}

THAW_TEST(TestTrainingPage)
#include "test_training_page.moc"
