// The window without a mouse.

#include "core/compute/compute_device.h"
#include "core/run/run_store.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/main_window.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/runs_page.h"
#include "ui/pages/training_page.h"
#include "ui/widgets/start_notices.h"

#include <QAbstractButton>
#include <QApplication>
#include <QLabel>
#include <QMenuBar>
#include <QSet>
#include <QTableView>
#include <QToolButton>
#include <QtTest>

#include <optional>

using namespace thaw;
using namespace thaw::ui;

class TestKeyboard : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateProgram(m_folder.path());
        setThreadCount(1);
        test::SyntheticSpec pictures;
        pictures.side = 32;
        test::writeSyntheticDataset(m_folder / "pictures", pictures);
    }

    void init()
    {
        Dialogs::script();
        m_session.emplace();
        test::useFixedSpeed(*m_session);
        m_session->setRunsRoot(m_folder / "runs");
        m_window.emplace(&*m_session);
        m_window->resize(1280, 800);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(&*m_window));
    }

    void cleanup()
    {
        m_window.reset();
        m_session.reset();
    }

    void aLetterMeansOneThing_data() { addPages(); }
    void aLetterMeansOneThing()
    {
        QFETCH(Page, page);
        QFETCH(bool, withData);
        prepare(page, withData);
        // The notices may stand above any page.
        for (const char* notice : {"crashNotice", "interruptedNotice"}) {
            m_window->findChild<QWidget*>(notice)->show();
        }
        m_window->findChild<QWidget*>("startNotices")->show();
        QHash<QString, QString> taken;
        const auto take = [&](const QString& text) {
            const QString letter = QKeySequence::mnemonic(text).toString();
            if (!letter.isEmpty()) {
                QVERIFY2(!taken.contains(letter), qPrintable(letter + ": " + taken[letter] + ", " + text));
                taken.insert(letter, text);
            }
        };
        for (const QAction* menu : m_window->menuBar()->actions()) {
            take(menu->text());
        }
        for (const auto* button : m_window->findChildren<QAbstractButton*>()) {
            if (button->isVisible()) {
                take(button->text());
            }
        }
        for (const auto* label : m_window->findChildren<QLabel*>()) {
            if (label->isVisible() && label->buddy()) {
                take(label->text());
            }
        }
        QVERIFY(taken.size() > 4);
    }

    void noMenuHasALetterTwice()
    {
        for (const QAction* menu : m_window->menuBar()->actions()) {
            QSet<QString> taken;
            for (const QAction* action : menu->menu()->actions()) {
                if (!action->isSeparator()) {
                    const QString letter = QKeySequence::mnemonic(action->text()).toString();
                    QVERIFY2(!letter.isEmpty() && !taken.contains(letter), qPrintable(action->text()));
                    taken.insert(letter);
                }
            }
        }
    }

    void tabGoesEverywhereAndRoundAgain_data() { addPages(); }
    void tabGoesEverywhereAndRoundAgain()
    {
        QFETCH(Page, page);
        QFETCH(bool, withData);
        prepare(page, withData);
        QSet<QWidget*> wanted;
        for (auto* widget : m_window->findChildren<QWidget*>()) {
            if (widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) &&
                !widget->focusProxy() && widget->nextInFocusChain() != widget)
            {
                wanted.insert(widget);
            }
        }
        auto* sidebar = m_window->findChild<QWidget*>("sidebar");
        sidebar->setFocus();
        QSet<QWidget*> visited;
        for (int step = 0; step <= 2 * wanted.size(); ++step) {
            QWidget* focus = QApplication::focusWidget();
            QVERIFY(focus);
            visited.insert(focus);
            QTest::keyClick(focus, Qt::Key_Tab);
            if (QApplication::focusWidget() == sidebar) {
                break;
            }
        }
        QCOMPARE(QApplication::focusWidget(), sidebar);
        for (const QWidget* widget : wanted - visited) {
            QFAIL(qPrintable(QStringLiteral("%1 %2 of %3")
                                 .arg(widget->metaObject()->className(), widget->objectName(),
                                      widget->parentWidget()->objectName())));
        }
    }

    void trainsPausesAndReviewsByKeysAlone()
    {
        Dialogs::answerPath(toText(m_folder / "pictures"));
        press(Qt::CTRL | Qt::Key_O);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isDatasetReady(), test::patienceMs);
        QVERIFY(test::makeNarrow(*m_session, 2000));

        press(Qt::CTRL | Qt::Key_4);
        press(Qt::ALT | Qt::Key_S);
        QTRY_COMPARE_WITH_TIMEOUT(training()->state(), TrainingState::Training, test::patienceMs);
        press(Qt::Key_Space);
        QTRY_COMPARE_WITH_TIMEOUT(training()->state(), TrainingState::Paused, test::patienceMs);
        press(Qt::Key_Space);
        QTRY_COMPARE_WITH_TIMEOUT(training()->state(), TrainingState::Training, test::patienceMs);
        press(Qt::ALT | Qt::Key_T);
        QTRY_COMPARE_WITH_TIMEOUT(training()->state(), TrainingState::Idle, test::patienceMs);
        const auto run = training()->runFolder();
        QCOMPARE(loadRun(run).record.state, RunState::Stopped);

        press(Qt::ALT | Qt::Key_U); // "Show in Runs"
        QTRY_COMPARE(m_window->page(), Page::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->runsPage()->selectedRun() &&
                                     m_window->runsPage()->selectedRun()->folder == run,
                                 test::patienceMs);
    }

private:
    static void addPages()
    {
        QTest::addColumn<Page>("page");
        QTest::addColumn<bool>("withData");
        QTest::newRow("no data set") << Page::Dataset << false;
        QTest::newRow("data set") << Page::Dataset << true;
        QTest::newRow("augmentation") << Page::Augmentation << true;
        QTest::newRow("layers") << Page::Layers << true;
        QTest::newRow("training without pictures") << Page::Training << false;
        QTest::newRow("training") << Page::Training << true;
        QTest::newRow("runs") << Page::Runs << true;
        QTest::newRow("try it") << Page::TryIt << false;
    }

    void prepare(Page page, bool withData)
    {
        if (!isRunFolder(m_folder / "runs/earlier")) {
            test::writeRun(m_folder / "runs/earlier", RunState::Stopped);
        }
        if (withData) {
            m_window->open(toText(m_folder / "pictures"));
            QTRY_VERIFY_WITH_TIMEOUT(m_session->isDatasetReady() && !m_window->datasetPage()->isBusy(),
                                     test::patienceMs);
        }
        m_window->showPage(page);
        m_window->findChild<QToolButton*>("recipeAdvanced")->setChecked(true);
        if (page == Page::Runs) {
            m_window->runsPage()->refresh();
            QTRY_VERIFY_WITH_TIMEOUT(m_window->runsPage()->selectedRun(), test::patienceMs);
        }
        QCoreApplication::processEvents();
    }

    /// As the window system sends it: to the window, which finds the shortcut or the widget with the focus.
    void press(QKeyCombination keys)
    {
        QTest::keyClick(m_window->windowHandle(), keys.key(), keys.keyboardModifiers());
    }

    TrainingPage* training() const { return m_window->trainingPage(); }

    test::TemporaryFolder m_folder;
    std::optional<Session> m_session;
    std::optional<MainWindow> m_window;
};

THAW_TEST(TestKeyboard)
#include "test_keyboard.moc"
