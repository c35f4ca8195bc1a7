#include "tests/support/test_registry.h"
#include "ui/text/error_text.h"
#include "ui/theme.h"
#include "ui/theme_style.h"

#include <QAccessible>
#include <QApplication>
#include <QDir>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QSet>
#include <QtTest>

using namespace thaw;
using namespace thaw::ui;

class TestTheme : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsNames()
    {
        QCOMPARE(themeModeFromName("dark"), std::optional(ThemeMode::Dark));
        QVERIFY(!themeModeFromName("mauve"));
    }

    void textCanBeRead_data()
    {
        QTest::addColumn<int>("mode");
        QTest::newRow("system") << int(ThemeMode::System);
        QTest::newRow("light") << int(ThemeMode::Light);
        QTest::newRow("dark") << int(ThemeMode::Dark);
    }

    void textCanBeRead()
    {
        QFETCH(int, mode);
        applyTheme(*qApp, ThemeMode(mode));
        const ThemeColours colours = themeColours(QApplication::palette());
        for (const QColor& text : {colours.text, colours.muted, colours.good, colours.warning, colours.bad,
                                   colours.accent, colours.thawed, colours.frozen})
        {
            QVERIFY2(contrastOf(text, colours.card) >= 4.5, qPrintable(text.name()));
            QVERIFY2(contrastOf(text, colours.window) >= 4.5, qPrintable(text.name()));
        }
        QVERIFY(contrastOf(colours.onAccent, colours.accent) >= 4.5);
        QVERIFY(contrastOf(colours.text, colours.accentSoft) >= 4.5);
        QCOMPARE(isDark(QApplication::palette()), ThemeMode(mode) == ThemeMode::Dark);
        QVERIFY(!qApp->styleSheet().contains('@'));
    }

    void contrastFollowsWcag()
    {
        // The standard's own extremes.
        QVERIFY(qAbs(contrastOf(Qt::black, Qt::white) - 21) < 1e-6);
        QVERIFY(qAbs(contrastOf(Qt::red, Qt::red) - 1) < 1e-6);
    }

    void followsThePalette()
    {
        applyTheme(*qApp, ThemeMode::System);
        const QString before = qApp->styleSheet();
        QPalette palette(QColor("#202020"), QColor("#101010"));
        QApplication::setPalette(palette);
        QTRY_VERIFY(qApp->styleSheet() != before);
        QVERIFY(isDark(QApplication::palette()));
        QApplication::setPalette(QPalette());
    }

    void iconsTakeThePalettesColour()
    {
        QPalette palette;
        palette.setColor(QPalette::WindowText, Qt::red);
        for (const QString& file : QDir(":/icons").entryList()) {
            const QImage image = themeIcon(QFileInfo(file).baseName(), palette).pixmap(32, 32).toImage();
            QVERIFY2(!image.isNull(), qPrintable(file));
            const bool isFixed = file == "thaw.svg" || file.startsWith("arrow-") ||
                                 file.startsWith("tick-"); // colours of their own
            int painted = 0;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    const QColor pixel = image.pixelColor(x, y);
                    painted += pixel.alpha() > 200 && (isFixed || pixel.red() > 200);
                }
            }
            QVERIFY2(painted > 10, qPrintable(file));
        }
        QVERIFY(themeIcon("no-such-icon", palette).isNull());
    }

    void aLabelIsReadByItsText()
    {
        QLabel label("There are no runs yet.");
        setNames(&label, "words", "About the runs");
        QCOMPARE(label.objectName(), "words");
        QCOMPARE(QAccessible::queryAccessibleInterface(&label)->text(QAccessible::Name), label.text());
        QPushButton button("…");
        setNames(&button, "choose", "Choose a folder");
        QCOMPARE(QAccessible::queryAccessibleInterface(&button)->text(QAccessible::Name), "Choose a folder");
    }

    void everyErrorHasATitleOfItsOwn()
    {
        QSet<QString> titles;
        for (int code = 0; code <= int(ErrorCode::Internal); ++code) {
            titles << errorTitle(ErrorCode(code));
        }
        QCOMPARE(titles.size(), int(ErrorCode::Internal) + 1);
    }
};

THAW_TEST(TestTheme)
#include "test_theme.moc"
