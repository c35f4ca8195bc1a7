#include "core/train/features/feature_bank.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/main_window.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/runs_page.h"
#include "ui/pages/training_page.h"
#include "ui/settings/save_settings.h"
#include "ui/widgets/message_banner.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QApplication>
#include <QDropEvent>
#include <QListWidget>
#include <QMenu>
#include <QMimeData>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QUrl>
#include <QtTest>

#include <fstream>
#include <optional>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// A network so narrow that a step takes milliseconds, and more epochs than any test waits for.
void makeTiny(Session& session, int epochs)
{
    const auto issues = session.editRecipe("tiny", [epochs](Recipe& recipe) {
        recipe.inputSize = 32;
        recipe.width = 0.05;
        recipe.weights = "none";
        recipe.batchSize = 8;
        for (PhaseRecipe& phase : recipe.phases) {
            phase.epochs = epochs;
        }
    });
    QVERIFY(issues.empty());
}

} // namespace

class TestMainWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "home");
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, toText(m_folder / "home/config"));
        QCoreApplication::setOrganizationName("thaw-test");
        QCoreApplication::setApplicationName("thaw-test");
        test::writeSyntheticDataset(m_folder / "data");
    }

    void init()
    {
        Dialogs::script();
        QSettings().clear();
        m_session.emplace();
        test::useFixedSpeed(*m_session);
        m_session->setRunsRoot(m_folder / "runs");
        m_window.emplace(&*m_session);
        m_window->show();
    }

    void cleanup()
    {
        m_window.reset();
        m_session.reset();
    }

    void keysAndSidebarChangeThePage()
    {
        QVERIFY(QTest::qWaitForWindowActive(&*m_window));
        for (int number = 6; number >= 1; --number) {
            QTest::keyClick(&*m_window, static_cast<Qt::Key>(Qt::Key_0 + number), Qt::ControlModifier);
            QCOMPARE(int(m_window->page()), number - 1);
        }
        auto* sidebar = m_window->findChild<QListWidget*>("sidebar");
        const QRect layers = sidebar->visualItemRect(sidebar->item(2));
        QTest::mouseClick(sidebar->viewport(), Qt::LeftButton, {}, layers.center());
        QCOMPARE(m_window->page(), Page::Layers);
    }

    void remembersItsPlace()
    {
        m_window->resize(1111, 777);
        m_window->showPage(Page::Runs);
        QVERIFY(m_window->close());
        MainWindow again(&*m_session);
        QCOMPARE(again.page(), Page::Runs);
        QCOMPARE(again.size(), QSize(1111, 777));
    }

    void takesUpTheWorkOfLastTime()
    {
        openData();
        QVERIFY(m_session->editRecipe("batches", [](Recipe& recipe) { recipe.batchSize = 17; }).empty());
        m_window->showPage(Page::Training);
        QVERIFY(m_window->close());

        Session session;
        MainWindow again(&session);
        again.takeUpWork();
        QCOMPARE(session.recipe(), m_session->recipe());
        QVERIFY(!session.undoStack()->canUndo());
        QTRY_VERIFY(session.isDatasetReady() && !again.datasetPage()->isBusy());
        QCOMPARE(session.dataset()->source, m_session->dataset()->source);
        QCOMPARE(again.page(), Page::Training);

        // Where another data set is to be opened, only the recipe.
        Session other;
        MainWindow third(&other);
        third.takeUpWork(false);
        QCOMPARE(other.recipe(), m_session->recipe());
        QVERIFY(!third.datasetPage()->isBusy());
        // And one that was closed before it had any forgets none.
        third.show();
        QVERIFY(third.close());
        QCOMPARE(QSettings().value("work/dataset").toString(), toText(m_session->dataset()->source));
    }

    void takesUpTheWorkOfAWindowThatCrashed()
    {
        openData();
        QVERIFY(m_session->editRecipe("batches", [](Recipe& recipe) { recipe.batchSize = 17; }).empty());
        m_window->showPage(Page::Layers);
        m_window->resize(1111, 777);
        QTRY_VERIFY(QSettings().value("work/recipe").toString().contains("17") &&
                    QSettings().value("window/page").toString() == "layers");
        const Recipe recipe = m_session->recipe();
        const std::filesystem::path dataset = m_session->dataset()->source;
        m_window.reset(); // without a close

        Session session;
        MainWindow again(&session);
        again.takeUpWork();
        QCOMPARE(session.recipe(), recipe);
        QCOMPARE(again.page(), Page::Layers);
        QCOMPARE(again.size(), QSize(1111, 777));
        QTRY_VERIFY(session.isDatasetReady() && !again.datasetPage()->isBusy());
        QCOMPARE(session.dataset()->source, dataset);
    }

    void aDataSetThatEndsTheProgramIsNotOpenedForEver()
    {
        const QString tries = "work/datasetTries";
        QSettings().setValue("work/dataset", toText(m_folder / "data"));
        for (int start = 1; start <= 2; ++start) {
            Session session;
            MainWindow window(&session);
            window.takeUpWork();
            QVERIFY(window.datasetPage()->isBusy());
            QCOMPARE(QSettings().value(tries).toInt(), start);
        } // gone in the middle of it
        auto* notice = m_window->findChild<QWidget*>("unopenedNotice");
        QVERIFY(!notice->isVisible());
        m_window->takeUpWork();
        QVERIFY(!m_window->datasetPage()->isBusy());
        QVERIFY(notice->isVisible());
        QTest::mouseClick(m_window->findChild<QAbstractButton*>("unopenedOpen"), Qt::LeftButton);
        QVERIFY(!notice->isVisible());
        QTRY_VERIFY(m_session->isDatasetReady() && !m_window->datasetPage()->isBusy());
        QVERIFY(!QSettings().contains(tries));
    }

    void startsWithTheDefaultWhereNothingCanBeTakenUp()
    {
        Recipe broken = quickRecipe();
        broken.batchSize = 0;
        QSettings().setValue("work/dataset", toText(m_folder / "nowhere"));
        for (const std::string& text : {std::string(), std::string("no recipe"), formatRecipe(broken)}) {
            QSettings().setValue("work/recipe", QString::fromStdString(text));
            m_window->takeUpWork();
            QCOMPARE(m_session->recipe(), quickRecipe());
            QTRY_VERIFY(!m_window->datasetPage()->isBusy());
            QVERIFY(!m_window->datasetPage()->findChild<MessageBanner*>()->isVisible());
        }
        QVERIFY(Dialogs::asked().isEmpty());
    }

    void aRunNamedWithASlashIsListedOnce()
    {
        const auto run = test::writeRun(m_folder / "few runs" / "one", RunState::Finished);
        m_session->setRunsRoot(m_folder / "few runs");
        m_window->open(toText(run) + '/');
        QTRY_COMPARE(m_window->page(), Page::Runs);
        QTRY_VERIFY(m_window->runsPage()->selectedRun() != nullptr);
        QCOMPARE(m_window->runsPage()->selectedRun()->folder, run);
        QCOMPARE(m_window->findChild<QAbstractItemView*>("runsTable")->model()->rowCount(), 1);
    }

    void takesAFolderDroppedAnywhere()
    {
        m_window->showPage(Page::Layers);
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(toText(m_folder / "data"))});
        QDragEnterEvent enter({300, 300}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&*m_window, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&*m_window, &drop);
        QCOMPARE(m_window->page(), Page::Dataset);
        QTRY_VERIFY(m_session->isDatasetReady());
    }

    void undoesFromTheMenu()
    {
        m_session->editRecipe("change the seed", [](Recipe& recipe) { recipe.seed = 5; });
        auto* undo = m_window->findChild<QAction*>("undoAction");
        QVERIFY(undo->isEnabled());
        QVERIFY(undo->text().contains("change the seed"));
        undo->trigger();
        QCOMPARE(m_session->recipe().seed, std::uint64_t(0));
        QVERIFY(!undo->isEnabled());
    }

    void choosesHowOftenToSave()
    {
        QCOMPARE(saveSettings::options().checkpointAtLeastEvery, 60.0);
        auto* menu = m_window->findChild<QMenu*>("saveIntervalMenu");
        QVERIFY(menu);
        for (QAction* action : menu->actions()) {
            QCOMPARE(action->isChecked(), action->data().toInt() == 60);
        }
        menu->actions()[2]->trigger();
        QCOMPARE(saveSettings::options().checkpointAtLeastEvery, 300.0);
        QSettings().remove("training/saveEverySeconds");
    }

    void keepsAndRemovesStoredFeatures()
    {
        auto* menu = m_window->findChild<QMenu*>("storedFeaturesMenu");
        QVERIFY(menu);
        QCOMPARE(saveSettings::options().otherBanksLimit, SaveOptions{}.otherBanksLimit);
        menu->actions()[0]->trigger();
        QCOMPARE(saveSettings::options().otherBanksLimit, std::uint64_t(5) << 30);
        QSettings().remove("training/storedFeaturesGibibytes");

        auto* remove = m_window->findChild<QAction*>("removeFeaturesAction");
        Dialogs::script();
        remove->trigger();
        QTRY_COMPARE(Dialogs::asked().size(), 1);
        QVERIFY(Dialogs::asked().last().contains("There are none"));
        FeatureBank used(featureBanksFolder(), "in use");
        {
            FeatureBank unused(featureBanksFolder(), "not in use");
        }
        const std::uint64_t before = featureBanksBytes(featureBanksFolder());
        Dialogs::answerConfirm(false);
        remove->trigger();
        QTRY_COMPARE(Dialogs::asked().size(), 2);
        QCOMPARE(featureBanksBytes(featureBanksFolder()), before);
        Dialogs::answerConfirm(true);
        remove->trigger();
        QTRY_COMPARE(Dialogs::asked().size(), 4);
        QVERIFY(Dialogs::asked().last().contains("in use"));
        QVERIFY(std::filesystem::exists(used.folder()));
        QVERIFY(featureBanksBytes(featureBanksFolder()) < before);
    }

    void explainsItself()
    {
        m_window->findChild<QAction*>("shortcutsAction")->trigger();
        m_window->findChild<QAction*>("aboutAction")->trigger();
        QCOMPARE(Dialogs::asked().size(), 2);
        QVERIFY(Dialogs::asked()[0].contains("Ctrl+5"));
        QVERIFY(Dialogs::asked()[1].contains("GNU"));
    }

    void aFolderWithoutARunIsRefused()
    {
        Dialogs::answerPath(toText(m_folder / "data"));
        m_window->findChild<QAction*>("openRunAction")->trigger();
        QTRY_COMPARE(Dialogs::asked().size(), 2);
        QVERIFY(Dialogs::asked()[1].startsWith(errorTitle(ErrorCode::RunInvalid)));
    }

    void everyPageFitsASmallScreen()
    {
        m_window->resize(1280, 800);
        openData();
        for (const PageRow& row : pageTable()) {
            const Page page = row.page;
            m_window->showPage(page);
            QCoreApplication::processEvents();
            QCOMPARE(m_window->size(), QSize(1280, 800));
            QVERIFY(m_window->minimumSizeHint().width() <= 1280);
            QVERIFY2(m_window->minimumSizeHint().height() <= 800, qPrintable(QString::number(int(page))));
        }
    }

    void closingWhileTrainingAsksAndKeepsTheWork()
    {
        openData();
        makeTiny(*m_session, 5000);
        QTRY_VERIFY(m_session->isDatasetReady());
        QSignalSpy ended(m_window->trainingPage(), &TrainingPage::trainingEnded);
        m_window->trainingPage()->startTraining();
        QVERIFY(m_window->trainingPage()->isTraining());

        Dialogs::answerConfirm(false);
        QVERIFY(!m_window->close());
        QVERIFY(m_window->isVisible());
        QVERIFY(m_window->trainingPage()->isTraining());
        // One run folder with a first epoch, so that there is work to keep.
        QTRY_VERIFY(!savedRuns().empty() && !savedRuns().front().history.empty());
        QCOMPARE(m_window->windowTitle(), "0 % – Thaw"); // of five thousand epochs

        Dialogs::answerConfirm(true);
        QVERIFY(!m_window->close());
        QVERIFY(m_window->isVisible());
        QTRY_COMPARE(ended.count(), 1);
        QTRY_VERIFY(!m_window->isVisible());
        QCOMPARE(m_window->windowTitle(), "Paused – Thaw");
        QCOMPARE(savedRuns().size(), std::size_t(1));
        QCOMPARE(savedRuns().front().record.state, RunState::Stopped);
    }

    void opensARecipe()
    {
        Recipe recipe = builtInRecipes().front();
        recipe.name = "of a file";
        recipe.dropout = 0.25;
        const auto file = m_folder / "mine.thaw.json";
        std::ofstream(file) << formatRecipe(recipe);
        m_window->open(toText(file));
        QTRY_COMPARE(m_session->recipe().dropout, 0.25);
        QCOMPARE(m_window->page(), Page::Training);
        QVERIFY(m_session->undoStack()->canUndo());
        m_session->undoStack()->undo();
        QVERIFY(m_session->recipe().dropout != 0.25);

        std::ofstream(file) << "{\"version\": 2, \"dropout\": 7}";
        const Recipe before = m_session->recipe();
        const auto told = Dialogs::asked().size();
        m_window->open(toText(file));
        QTRY_COMPARE(Dialogs::asked().size(), told + 1);
        QVERIFY(m_session->recipe() == before);
    }

    void opensARun()
    {
        QTRY_VERIFY(!savedRuns().empty());
        m_window->open(toText(savedRuns().front().folder));
        QTRY_COMPARE(m_window->page(), Page::Runs);
        QTRY_VERIFY(m_window->runsPage()->selectedRun() != nullptr);
        QCOMPARE(m_window->runsPage()->selectedRun()->folder, savedRuns().front().folder);
    }

private:
    void openData()
    {
        m_window->open(toText(m_folder / "data"));
        QTRY_VERIFY(m_session->isDatasetReady() && !m_window->datasetPage()->isBusy());
    }

    std::vector<SavedRun> savedRuns() const { return listRuns(m_folder / "runs").runs; }

    test::TemporaryFolder m_folder;
    std::optional<Session> m_session;
    std::optional<MainWindow> m_window;
};

THAW_TEST(TestMainWindow)
#include "test_main_window.moc"
