// Typed numbers: how they are read, how a field takes or refuses them, and that every field of the window is
// such a field.

#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/main_window.h"
#include "ui/text/number_input.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"

#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

#include <cmath>
#include <limits>

using namespace thaw;
using namespace thaw::ui;

namespace {

constexpr NumberRange sharesTaken{0, 0.95};
constexpr NumberRange sizesTaken{32, 512, true, true, true};
constexpr NumberRange seedsTaken{0, 9007199254740991.0, true, true, true};
constexpr NumberRange ratesTaken{0, 100, false, true};
constexpr NumberRange percentsTaken{0, 180};

const char* const triedLocales[] = {"C",     "en_US", "de_DE", "fr_FR", "de_CH",
                                    "sv_SE", "ar_EG", "fa_IR", "hi_IN"};

void typeInto(QWidget* field, const QString& text)
{
    field->setFocus();
    qobject_cast<QAbstractSpinBox*>(field)->selectAll();
    if (text.isEmpty()) {
        QTest::keyClick(field, Qt::Key_Delete);
    }
    QTest::keyClicks(field, text);
    QTest::keyClick(field, Qt::Key_Return);
}

} // namespace

class TestNumberFields : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        QLocale::setDefault(QLocale::c());
        m_root = std::make_unique<test::TemporaryFolder>();
        test::isolateProgram(m_root->path());
    }
    void cleanup() { QLocale::setDefault(QLocale::c()); }

    void readsNumbersInEveryLocale_data()
    {
        QTest::addColumn<QString>("locale");
        for (const char* locale : triedLocales) {
            QTest::newRow(locale) << QString(locale);
        }
    }

    void readsNumbersInEveryLocale()
    {
        QFETCH(QString, locale);
        const QLocale language(locale);
        const auto read = [&](const QString& text, const NumberRange& range) {
            const NumberReading reading = readNumber(text, range, language);
            // Either a value or words.
            if (reading.value.has_value() == !reading.refusal.isEmpty()) {
                qFatal("both or neither for %s", qPrintable(text));
            }
            return reading.value.value_or(-1);
        };
        for (const char* text :
             {"0.001", "0,001", ".001", ",001", "1e-3", "1E-3", " 0,0010 ", "+0.001", "10e-4"}) {
            QVERIFY2(read(text, ratesTaken) == 0.001, text);
        }
        QCOMPARE(read("0.3", sharesTaken), 0.3);
        QCOMPARE(read("0,3", sharesTaken), 0.3);
        QCOMPARE(read("0.", sharesTaken), 0.0);
        QCOMPARE(read("36,5", percentsTaken), 36.5);
        QCOMPARE(read("512", sizesTaken), 512.0);
        QCOMPARE(read("0032", sizesTaken), 32.0);
        QCOMPARE(read("9007199254740991", seedsTaken), 9007199254740991.0);
        QCOMPARE(read("٣٢", sizesTaken), 32.0);
        QCOMPARE(read("1\u221212", sizesTaken), -1.0);

        // Never clamped, rounded or cut.
        for (const char* text :
             {"", " ", "600", "31", "60.0", "60,0", "1.000", "1,000", "6e1", "64 px", "64x", "0x40", "4 0",
              "-64", "99999999999999999999", "sixty", "6\u00b2", "60\n1"})
        {
            QVERIFY2(read(QString::fromUtf8(text), sizesTaken) == -1, text);
        }
        for (const char* text :
             {"0",       "-1",    "1e20",       "1e999", "1e-999",     "inf",  "nan",      "1.000,5",
              "1,000.5", "1 000", "1\u202f000", "1'000", "1\u2019000", "1..5", "1,,5",     "e5",
              "1e",      "1e5.5", ".",          ",",     "--1",        "1-",   "100.0001", "1_0"})
        {
            QVERIFY2(read(QString::fromUtf8(text), ratesTaken) == -1, text);
        }
        QCOMPARE(read("1e-999", sharesTaken), -1.0); // not zero, though zero would do
        QCOMPARE(read("0e-999", sharesTaken), 0.0);
        QVERIFY(!std::signbit(*readNumber("-0", sharesTaken, language).value));
        QCOMPARE(read("9007199254740992", seedsTaken), -1.0);
        QCOMPARE(read("9007199254740993", seedsTaken), -1.0);
        QCOMPARE(read(QString(100000, '1'), seedsTaken), -1.0);
    }

    void refusalsTellTheRange()
    {
        QCOMPARE(readNumber("600", sizesTaken).refusal, "“600” is not taken: it must be between 32 and 512.");
        QCOMPARE(readNumber("1.000", sizesTaken).refusal,
                 "“1.000” is not taken: a whole number is written with "
                 "digits alone. It must be between 32 and 512.");
        QVERIFY(readNumber("1.000,5", percentsTaken).refusal.contains("between 0 and 180"));
        QCOMPARE(readNumber("no", ratesTaken).refusal,
                 "“no” is not a number. It must be above 0 and at most 100.");
        QVERIFY(readNumber("", sharesTaken).refusal.startsWith("A number is missing"));
        QCOMPARE(rangeText(rangeOf("split.test")), "at least 0 and below 1");
        QCOMPARE(rangeText(rangeOf("phases.0.learning_rate")), "above 0");
        QCOMPARE(rangeText(sharesTaken, QLocale("de_DE")), "between 0 and 0,95");
        // What was typed is quoted, but not all of it, and no more than letters.
        QVERIFY(readNumber(QString(5000, 'x'), sharesTaken).refusal.size() < 100);
        QVERIFY(!readNumber(QString("a\u202eb\x1b[31m"), sharesTaken).refusal.contains(QChar(0x202e)));
    }

    /// In all the locales that Qt knows.
    void whatIsShownCanBeTyped()
    {
        const double values[] = {0,    1,       0.5,  0.1,     0.95, 1.0 / 3, 1e-3,    1e-5,
                                 7e-4, 1.23e-9, 12.5, 12.5678, 100,  1e-300,  0.00012, 99.999};
        const NumberRange range{0, 100};
        int tried = 0;
        for (const QLocale& locale :
             QLocale::matchingLocales(QLocale::AnyLanguage, QLocale::AnyScript, QLocale::AnyCountry))
        {
            for (const double value : values) {
                const QString text = numberFieldText(value, range, locale);
                const NumberReading reading = readNumber(text, range, locale);
                QVERIFY2(reading.value, qPrintable(locale.name() + ": " + text));
                QVERIFY2(std::abs(*reading.value - value) <= 1e-14 * value,
                         qPrintable(locale.name() + ": " + text));
                QCOMPARE(numberFieldText(*reading.value, range, locale), text);
                ++tried;
            }
            for (const double whole : {0.0, 1234567.0, 9007199254740991.0}) {
                const QString text = numberFieldText(whole, seedsTaken, locale);
                QVERIFY2(readNumber(text, seedsTaken, locale).value == whole,
                         qPrintable(locale.name() + ": " + text));
            }
        }
        QVERIFY(tried > 1000);
        // As people write them, without the rests of arithmetic.
        QCOMPARE(numberFieldText(0.1251 * 100, range, QLocale::c()), "12.51");
        QCOMPARE(numberFieldText(1e-5, range, QLocale::c()), "1e-05");
        QCOMPARE(numberFieldText(0.001, range, QLocale("de_DE")), "0,001");
    }

    // One field.
    void whatIsTypedCountsWithEnterOrWhenLeft()
    {
        QWidget page;
        NumberBox box(sizesTaken, &page);
        QLineEdit other(&page);
        page.show();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        box.setValue(180);
        QSignalSpy changed(&box, &NumberBox::valueChanged);
        box.setFocus();
        box.selectAll();
        QTest::keyClicks(&box, "96");
        QVERIFY(box.isTyped());
        QCOMPARE(changed.count(), 0);
        QTest::keyClick(&box, Qt::Key_Return);
        QVERIFY(!box.isTyped());
        QCOMPARE(changed.count(), 1);
        box.selectAll();
        QTest::keyClicks(&box, "100");
        other.setFocus();
        QCOMPARE(box.value(), 100.0);
        QCOMPARE(changed.count(), 2);
        // The same in other words is no change.
        typeInto(&box, "0100");
        QCOMPARE(box.text(), "100");
        QCOMPARE(changed.count(), 2);
    }

    void whatIsRefusedStaysAndIsSaid()
    {
        QWidget page;
        NumberBox box(sizesTaken, &page);
        IssueLabel label("issue", &page);
        label.follow(&box, "Size");
        page.show();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        box.setValue(180);
        QSignalSpy changed(&box, &NumberBox::valueChanged);
        typeInto(&box, "600");
        QCOMPARE(box.text(), "600");
        QCOMPARE(box.value(), 180.0);
        QVERIFY(label.isVisible());
        QCOMPARE(label.text(), "Size: “600” is not taken: it must be between 32 and 512.");
        QCOMPARE(box.accessibleDescription(), box.refusal());
        QVERIFY(box.property("refused").toBool());
        // Its owner's issues come and go beside it.
        label.add("is too large");
        QVERIFY(label.text().endsWith("\nis too large"));
        label.reset();
        QVERIFY(label.isVisible());
        // The same value again leaves it alone, another replaces it.
        box.setValue(180);
        QCOMPARE(box.text(), "600");
        // Put right, letter by letter: 60.
        QTest::keyClick(&box, Qt::Key_End);
        QTest::keyClick(&box, Qt::Key_Backspace);
        QVERIFY(!label.isVisible());
        QCOMPARE(changed.count(), 0);
        QTest::keyClick(&box, Qt::Key_Return);
        QCOMPARE(box.value(), 60.0);
        typeInto(&box, "");
        QVERIFY(label.text().contains("missing"));
        QTest::keyClick(&box, Qt::Key_Escape);
        QCOMPARE(box.text(), "60");
        QVERIFY(!label.isVisible());
        typeInto(&box, "x");
        box.setValue(70);
        QCOMPARE(box.text(), "70");
        QVERIFY(!label.isVisible());
        typeInto(&box, "x");
        box.setEnabled(false); // a field that cannot be put right shows what holds
        QCOMPARE(box.text(), "70");
    }

    void stepsFromWhatIsTyped()
    {
        QWidget page;
        NumberBox box(sharesTaken, &page);
        box.setStep(0.05);
        page.show();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        box.setFocus();
        for (int i = 0; i < 3; ++i) {
            QTest::keyClick(&box, Qt::Key_Up);
        }
        QCOMPARE(box.text(), "0.15");
        QVERIFY(box.value() == 0.15); // exactly: no rests of arithmetic
        box.selectAll();
        QTest::keyClicks(&box, "0,93");
        QTest::keyClick(&box, Qt::Key_Up);
        QVERIFY(box.value() == 0.95);
        box.selectAll();
        QTest::keyClicks(&box, "2");
        QTest::keyClick(&box, Qt::Key_Down);
        QCOMPARE(box.text(), "2");
        QVERIFY(!box.refusal().isEmpty());
        // A bound that is not in the range is not stepped onto.
        NumberBox below({.low = 0, .high = 1, .hasHigh = false}, &page);
        below.setStep(0.25);
        below.setValue(0.75);
        below.stepBy(1);
        QCOMPARE(below.value(), 0.75);
        below.stepBy(-9);
        QCOMPARE(below.value(), 0.0);
    }

    void unitsAndWordsMayBeTyped()
    {
        QWidget page;
        NumberBox box(sizesTaken, &page);
        box.setUnit("px");
        NumberBox views({0, 1000, true, true, true}, &page);
        views.setLowestText("New ones every epoch");
        page.show();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        typeInto(&box, "64 px");
        QCOMPARE(box.value(), 64.0);
        typeInto(&box, "65px");
        QCOMPARE(box.value(), 65.0);
        typeInto(&box, "66 cm");
        QVERIFY(!box.refusal().isEmpty());
        QCOMPARE(views.text(), "New ones every epoch");
        typeInto(&views, "4");
        QCOMPARE(views.text(), "4");
        typeInto(&views, "new ones every epoch");
        QCOMPARE(views.value(), 0.0);
        typeInto(&views, "3");
        typeInto(&views, "0");
        QCOMPARE(views.text(), "New ones every epoch");
    }

    void theWheelTurnsOnlyWhatHasTheFocus()
    {
        QWidget page;
        NumberBox box(sizesTaken, &page);
        QLineEdit other(&page);
        page.show();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        box.setValue(100);
        const auto turn = [&box] {
            const QPoint centre = box.rect().center();
            QWheelEvent event(centre, box.mapToGlobal(centre), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                              Qt::NoScrollPhase, false);
            QApplication::sendEvent(&box, &event);
        };
        other.setFocus();
        turn();
        QCOMPARE(box.value(), 100.0);
        box.setFocus();
        turn();
        QCOMPARE(box.value(), 101.0);
    }

    void undoIsTheWindowsUnlessSomethingIsTyped()
    {
        QWidget page;
        NumberBox box(sizesTaken, &page);
        QAction undo(&page);
        undo.setShortcut(QKeySequence::Undo);
        page.addAction(&undo);
        page.show();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        box.setValue(100);
        QSignalSpy triggered(&undo, &QAction::triggered);
        typeInto(&box, "200");
        QTest::keyClick(&box, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(triggered.count(), 1);
        QCOMPARE(box.text(), "200");
        for (const QString& text : {QString("300"), QString("nine")}) {
            box.selectAll();
            QTest::keyClicks(&box, text);
            QTest::keyClick(&box, Qt::Key_Z, Qt::ControlModifier);
            QCOMPARE(triggered.count(), 1);
            QCOMPARE(box.text(), "200");
        }
        QTest::keyClick(&box, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(triggered.count(), 2);
    }

    // The window.
    void everyNumberFieldOfTheWindow_data()
    {
        QTest::addColumn<QString>("locale");
        QTest::newRow("English") << "en_US";
        QTest::newRow("German") << "de_DE";
    }

    void everyNumberFieldOfTheWindow()
    {
        QFETCH(QString, locale);
        QLocale::setDefault(QLocale(locale));
        Session session;
        test::useFixedSpeed(session);
        MainWindow window(&session);
        window.resize(1280, 800);
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        session.setDataset(test::makeDataset(*m_root / "pictures"), session.recipe().split);
        Recipe recipe = session.recipe();
        for (PhaseRecipe& phase : recipe.phases) {
            phase.earlyStopping.patience = 5;
            phase.reduceOnPlateau.patience = 3;
        }
        recipe.phases[0].optimizer = OptimizerKind::Sgd;
        recipe.phases[1].optimizer = OptimizerKind::Adamw;
        QVERIFY(session.setRecipe(recipe, "choose all that has numbers").empty());
        for (const char* fold : {"recipePhaseSettings", "recipeAdvanced"}) {
            window.findChild<QToolButton*>(fold)->setChecked(true);
        }

        // Numbers are typed into number boxes, and into nothing else.
        for (const QAbstractSpinBox* box : window.findChildren<QAbstractSpinBox*>()) {
            QVERIFY2(qobject_cast<const NumberBox*>(box), qPrintable(box->objectName()));
        }
        const QStringList texts{"runsFilter", "problemFilter", "answerFilter"};
        for (const QLineEdit* edit : window.findChildren<QLineEdit*>()) {
            const QObject* owner = edit->parent();
            QVERIFY2(qobject_cast<const NumberBox*>(owner) || qobject_cast<const QComboBox*>(owner) ||
                         texts.contains(edit->objectName()),
                     qPrintable(edit->objectName()));
        }
        const QList<NumberBox*> boxes = window.findChildren<NumberBox*>();
        QVERIFY(boxes.size() >= 30);
        QStringList hidden;
        for (NumberBox* box : boxes) {
            if (box->isHidden()) {
                hidden << box->objectName();
                continue;
            }
            goTo(window, box);
            if (QTest::currentTestFailed()) {
                return;
            }
            useField(window, session, box);
            if (QTest::currentTestFailed()) {
                qWarning("the field is %s", qPrintable(box->objectName()));
                return;
            }
        }
        hidden.sort(); // each stands in the other phase
        QCOMPARE(hidden, (QStringList{"phase1WeightDecay", "phase2Momentum"}));
    }

private:
    static void goTo(MainWindow& window, NumberBox* box)
    {
        for (int page = 0; page < 5 && !box->isVisible(); ++page) {
            window.showPage(static_cast<Page>(page));
        }
        QVERIFY2(box->isVisible(), qPrintable(box->objectName()));
        QVERIFY(!box->accessibleName().isEmpty());
    }

    static void useField(MainWindow& window, Session& session, NumberBox* box)
    {
        const NumberRange range = box->range();
        QVERIFY2(box->toolTip().contains(rangeText(range)), qPrintable(box->toolTip()));
        const double before = box->value();
        const Recipe recipe = session.recipe();
        const auto beyond = [&](double value) { return QString::number(value, 'f', range.isWhole ? 0 : 4); };
        QStringList refused{"", "1e20", "1.000,5", "1 000", "-5"};
        refused << beyond(range.high + (range.isWhole ? 1 : 0.0001))
                << (range.hasHigh ? "" : beyond(range.high));
        if (range.isWhole) {
            refused << "33.0"
                    << "1,000";
        }
        for (const QString& text : refused) {
            typeInto(box, text);
            QVERIFY2(box->value() == before && session.recipe() == recipe, qPrintable(text));
            QVERIFY2(box->text() == text, qPrintable(text)); // to be put right
            QVERIFY2(box->refusal().contains(rangeText(range)), qPrintable(box->refusal()));
            QVERIFY2(isSaid(window, box), qPrintable(text));
        }
        QTest::keyClick(box, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(box->value(), before);
        QVERIFY(!box->isTyped());
        QVERIFY(!isSaid(window, box));

        // Both signs, in any locale; then the way back.
        const double value = range.isWhole ? range.low + 33 : range.high / 8 + 0.0625;
        QStringList accepted{QString::number(value, 'g', 15)};
        accepted << QString(accepted[0]).replace('.', ',');
        if (!range.isWhole) {
            accepted << QString::number(value, 'e', 6);
        }
        for (const QString& text : accepted) {
            typeInto(box, text);
            QVERIFY2(std::abs(box->value() - value) < 1e-12, qPrintable(text + " became " + box->text()));
            QVERIFY(session.recipe() != recipe);
            QVERIFY(box->refusal().isEmpty());
            const Recipe typed = session.recipe();
            typeInto(box, box->text()); // what is shown can be typed
            QVERIFY(session.recipe() == typed);
            QTest::keyClick(box, Qt::Key_Z, Qt::ControlModifier);
            QVERIFY2(session.recipe() == recipe, qPrintable("undone after " + text));
            QCOMPARE(box->value(), before);
        }
    }

    static bool isSaid(const MainWindow& window, const NumberBox* box)
    {
        const auto labels = window.findChildren<IssueLabel*>();
        return !box->refusal().isEmpty() &&
               std::any_of(labels.begin(), labels.end(), [box](const QLabel* label) {
                   return label->isVisible() && label->text().endsWith(box->refusal());
               });
    }

    std::unique_ptr<test::TemporaryFolder> m_root;
};

THAW_TEST(TestNumberFields)
#include "test_number_fields.moc"
