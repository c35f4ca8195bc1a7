#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/widgets/training_controls.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QVBoxLayout>

#include <memory>

using namespace thaw;
using namespace thaw::ui;

class TestTrainingControls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_page = std::make_unique<QWidget>();
        auto* layout = new QVBoxLayout(m_page.get());
        m_controls = new TrainingControls(m_page.get());
        m_controls->setStartable(true);
        m_field = new QLineEdit(m_page.get());
        m_box = new QSpinBox(m_page.get());
        m_check = new QCheckBox("Log", m_page.get());
        for (QWidget* widget : std::initializer_list<QWidget*>{m_controls, m_field, m_box, m_check}) {
            layout->addWidget(widget);
        }
        m_page->setFocusPolicy(Qt::StrongFocus);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }

    void showsWhatCanBeDone_data()
    {
        QTest::addColumn<TrainingState>("state");
        QTest::addColumn<QStringList>("visible");
        QTest::addColumn<QStringList>("enabled");
        const auto row = [](const char* name, TrainingState state, const QStringList& visible,
                            const QStringList& enabled) {
            QTest::newRow(name) << state << visible << enabled;
        };
        row("idle", TrainingState::Idle, {"Start", "Stop"}, {"Start"});
        row("preparing", TrainingState::Preparing, {"Pause", "Stop"}, {"Stop"});
        row("training", TrainingState::Training, {"Pause", "Stop"}, {"Pause", "Stop"});
        row("pausing", TrainingState::Pausing, {"Pause", "Stop"}, {});
        row("stopping", TrainingState::Stopping, {"Pause", "Stop"}, {});
        row("paused", TrainingState::Paused, {"Continue", "Stop"}, {"Continue", "Stop"});
    }

    void showsWhatCanBeDone()
    {
        QFETCH(TrainingState, state);
        m_controls->setState(state);
        QStringList visible;
        QStringList enabled;
        for (const char* name : {"Start", "Pause", "Continue", "Stop"}) {
            if (button(name)->isVisible()) {
                visible << name;
                if (button(name)->isEnabled()) {
                    enabled << name;
                }
            }
        }
        QTEST(visible, "visible");
        QTEST(enabled, "enabled");
    }

    void startNeedsAllThatItNeeds()
    {
        m_controls->setStartable(false);
        QVERIFY(!button("Start")->isEnabled());
        QVERIFY(!m_controls->isStartable());
        m_controls->setStartable(true);
        QVERIFY(button("Start")->isEnabled());
    }

    void buttonsTell()
    {
        QSignalSpy start(m_controls, &TrainingControls::startClicked);
        QSignalSpy pause(m_controls, &TrainingControls::pauseClicked);
        QSignalSpy goOn(m_controls, &TrainingControls::continueClicked);
        QSignalSpy stop(m_controls, &TrainingControls::stopClicked);
        QTest::mouseClick(button("Start"), Qt::LeftButton);
        m_controls->setState(TrainingState::Training);
        QTest::mouseClick(button("Pause"), Qt::LeftButton);
        QTest::mouseClick(button("Stop"), Qt::LeftButton);
        m_controls->setState(TrainingState::Paused);
        QTest::mouseClick(button("Continue"), Qt::LeftButton);
        QCOMPARE((QList{start.count(), pause.count(), goOn.count(), stop.count()}),
                 (QList<qsizetype>{1, 1, 1, 1}));
    }

    void focusFollowsTheState()
    {
        button("Start")->setFocus();
        m_controls->setState(TrainingState::Preparing);
        m_controls->setState(TrainingState::Training);
        QVERIFY(button("Pause")->hasFocus());
        m_controls->setState(TrainingState::Pausing);
        m_controls->setState(TrainingState::Paused);
        QVERIFY(button("Continue")->hasFocus());
        m_controls->setState(TrainingState::Training);
        QVERIFY(button("Pause")->hasFocus());
        m_controls->setState(TrainingState::Idle);
        QVERIFY(m_controls->hasFocus());
        // One step further is Start.
        QTRY_VERIFY(button("Start")->isEnabled());
        QTest::keyClick(m_controls, Qt::Key_Tab);
        QVERIFY(button("Start")->hasFocus());
    }

    void theFocusElsewhereStaysThere()
    {
        m_controls->setState(TrainingState::Preparing);
        m_controls->setState(TrainingState::Training);
        m_check->setFocus();
        for (const TrainingState state :
             {TrainingState::Pausing, TrainingState::Paused, TrainingState::Training, TrainingState::Idle})
        {
            m_controls->setState(state);
            QVERIFY(m_check->hasFocus());
        }
    }

    void aKeyMeantForPauseStartsNothing_data()
    {
        QTest::addColumn<QList<TrainingState>>("states");
        using enum TrainingState;
        QTest::newRow("the training ended") << QList{Preparing, Training, Idle};
        QTest::newRow("while it was pausing") << QList{Preparing, Training, Pausing, Idle};
        QTest::newRow("paused, continued and ended")
            << QList{Preparing, Training, Pausing, Paused, Preparing, Training, Idle};
        QTest::newRow("as it began") << QList{Preparing, Idle};
    }

    void aKeyMeantForPauseStartsNothing()
    {
        QFETCH(QList<TrainingState>, states);
        QSignalSpy start(m_controls, &TrainingControls::startClicked);
        QTest::mouseClick(button("Start"), Qt::LeftButton);
        button("Start")->setFocus();
        QCOMPARE(start.count(), 1);
        for (const TrainingState state : states) {
            m_controls->setState(state);
        }
        press(Qt::Key_Space);
        press(Qt::Key_Return);
        QTest::mouseClick(button("Start"), Qt::LeftButton); // where Pause was
        QCOMPARE(start.count(), 1);
        // Nor later, as long as nobody goes there.
        QTRY_VERIFY(button("Start")->isEnabled());
        press(Qt::Key_Space);
        press(Qt::Key_Return);
        QCOMPARE(start.count(), 1);
        button("Start")->setFocus();
        press(Qt::Key_Space);
        QCOMPARE(start.count(), 2);
    }

    void aKeyMeantForPauseStopsNothing()
    {
        QSignalSpy stop(m_controls, &TrainingControls::stopClicked);
        button("Start")->setFocus();
        for (const TrainingState state :
             {TrainingState::Preparing, TrainingState::Training, TrainingState::Pausing}) {
            m_controls->setState(state);
            press(Qt::Key_Space);
        }
        QCOMPARE(stop.count(), 0);
    }

    void theEndOnAnotherPageStartsNothing()
    {
        QSignalSpy start(m_controls, &TrainingControls::startClicked);
        button("Start")->setFocus();
        m_controls->setState(TrainingState::Preparing);
        m_controls->setState(TrainingState::Training);
        m_controls->hide();
        m_controls->setState(TrainingState::Idle);
        m_controls->show();
        QTRY_VERIFY(button("Start")->isEnabled());
        press(Qt::Key_Space);
        QCOMPARE(start.count(), 0);
    }

    void whatCanStartFromAPauseStartsAtOnce()
    {
        m_controls->setState(TrainingState::Training);
        m_controls->setState(TrainingState::Paused);
        m_controls->setState(TrainingState::Idle); // by Stop: no click of Pause is on its way
        QVERIFY(button("Start")->isEnabled());
    }

    void spacePausesAndContinues()
    {
        QSignalSpy pause(m_controls, &TrainingControls::pauseClicked);
        QSignalSpy goOn(m_controls, &TrainingControls::continueClicked);
        m_controls->setState(TrainingState::Training);
        m_page->setFocus(); // somewhere on the page
        QTest::keyClick(m_page.get(), Qt::Key_Space);
        QCOMPARE(pause.count(), 1);
        m_controls->setState(TrainingState::Paused);
        m_page->setFocus();
        QTest::keyClick(m_page.get(), Qt::Key_Space);
        QCOMPARE(goOn.count(), 1);
        QCOMPARE(pause.count(), 1);
    }

    void spaceDoesNothingWhenThereIsNothingToPause()
    {
        QSignalSpy pause(m_controls, &TrainingControls::pauseClicked);
        QSignalSpy start(m_controls, &TrainingControls::startClicked);
        m_page->setFocus();
        for (const TrainingState state :
             {TrainingState::Idle, TrainingState::Preparing, TrainingState::Pausing, TrainingState::Stopping})
        {
            m_controls->setState(state);
            m_page->setFocus();
            QTest::keyClick(m_page.get(), Qt::Key_Space);
        }
        QCOMPARE(pause.count() + start.count(), 0);
    }

    void spaceIsALetterInFields()
    {
        QSignalSpy pause(m_controls, &TrainingControls::pauseClicked);
        m_controls->setState(TrainingState::Training);
        m_field->setFocus();
        QTest::keyClicks(m_field, "a b");
        QCOMPARE(m_field->text(), "a b");
        m_box->setFocus();
        QTest::keyClick(m_box, Qt::Key_Space);
        QCOMPARE(pause.count(), 0);
    }

    void spacePressesTheButtonThatHasTheFocus()
    {
        QSignalSpy pause(m_controls, &TrainingControls::pauseClicked);
        QSignalSpy stop(m_controls, &TrainingControls::stopClicked);
        m_controls->setState(TrainingState::Training);
        button("Stop")->setFocus();
        QTest::keyClick(button("Stop"), Qt::Key_Space);
        QCOMPARE(stop.count(), 1);
        m_check->setFocus();
        QTest::keyClick(m_check, Qt::Key_Space);
        QVERIFY(m_check->isChecked());
        QCOMPARE(pause.count(), 0);
        button("Pause")->setFocus();
        QTest::keyClick(button("Pause"), Qt::Key_Space);
        QCOMPARE(pause.count(), 1); // once, not twice
    }

    void spaceIsFreeOnOtherPages()
    {
        QSignalSpy pause(m_controls, &TrainingControls::pauseClicked);
        m_controls->setState(TrainingState::Training);
        m_controls->hide();
        m_page->setFocus();
        QTest::keyClick(m_page.get(), Qt::Key_Space);
        QCOMPARE(pause.count(), 0);
        m_controls->show();
        m_page->setFocus();
        QTest::keyClick(m_page.get(), Qt::Key_Space);
        QCOMPARE(pause.count(), 1);
    }

private:
    /// As the window system sends it.
    void press(Qt::Key key) const { QTest::keyClick(m_page->windowHandle(), key); }

    QPushButton* button(const QString& name) const
    {
        return m_controls->findChild<QPushButton*>("training" + name);
    }

    std::unique_ptr<QWidget> m_page;
    TrainingControls* m_controls = nullptr;
    QLineEdit* m_field = nullptr;
    QSpinBox* m_box = nullptr;
    QCheckBox* m_check = nullptr;
};

THAW_TEST(TestTrainingControls)
#include "test_training_controls.moc"
