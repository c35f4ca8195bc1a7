// The likeliest classes of an answer.

#include "tests/support/test_registry.h"
#include "ui/theme.h"
#include "ui/widgets/probability_bars.h"

#include <QApplication>
#include <QClipboard>
#include <QTest>

#include <cmath>
#include <string>

using namespace thaw::ui;

class TestProbabilityBars : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ThemeMode::Light); }

    void neverClaimsToBeWhollySure()
    {
        QCOMPARE(probabilityText(0.9751), "97.5\u00a0%");
        QCOMPARE(probabilityText(1), ">\u00a099.9\u00a0%");
        QCOMPARE(probabilityText(0), "<\u00a00.1\u00a0%");
        QCOMPARE(probabilityText(0.9994), "99.9\u00a0%");
        QCOMPARE(probabilityText(0.0006), "0.1\u00a0%");
        QCOMPARE(probabilityText(std::nan("")), "not measured");
    }

    void listsTheLikeliestFirst()
    {
        ProbabilityBars bars;
        bars.setAnswer({"a", "b", "c", "d"}, {0.1, 0.2, 0.6, 0.1}, -1, 3);
        QCOMPARE(bars.text(), "c\t60.0\u00a0%\nb\t20.0\u00a0%\na\t10.0\u00a0%");
        QCOMPARE(bars.accessibleDescription(), bars.text());
        bars.clear();
        QCOMPARE(bars.text(), QString());
    }

    void marksTheTruthAndShowsItAnyhow()
    {
        ProbabilityBars bars;
        bars.setAnswer({"a", "b", "c", "d"}, {0.05, 0.25, 0.6, 0.1}, 0, 2);
        QCOMPARE(bars.text(), "c\t60.0\u00a0%\nb\t25.0\u00a0%\na\t5.0\u00a0% (the true class)");
        const int rows = bars.sizeHint().height();
        bars.setAnswer({"a", "b", "c", "d"}, {0.05, 0.25, 0.6, 0.1}, 2, 2);
        QCOMPARE(bars.text(), "c\t60.0\u00a0% (the true class)\nb\t25.0\u00a0%");
        QVERIFY(bars.sizeHint().height() < rows);
    }

    void drawsBarsByTheirShare()
    {
        ProbabilityBars bars;
        bars.setAnswer({"a", "b"}, {0.75, 0.25});
        bars.resize(400, bars.sizeHint().height());
        const QImage picture = bars.grab().toImage();
        const QColor accent = themeColours(bars.palette()).accent;
        const auto filled = [&](int row) {
            const int y = row * picture.height() / 2 + picture.height() / 4;
            int count = 0;
            for (int x = 0; x < picture.width(); ++x) {
                count += picture.pixelColor(x, y) == accent ? 1 : 0;
            }
            return count;
        };
        QVERIFY(filled(0) > 100);
        // Rounded ends are drawn in mixed colours: a pixel or two at each.
        QVERIFY(std::abs(filled(0) - 3 * filled(1)) <= 8);
    }

    void survivesLongNamesAndLittleRoom()
    {
        ProbabilityBars bars;
        bars.setAnswer({std::string(3000, 'w'), "<b>bold</b>"}, {0.9, 0.1}, 1);
        for (const int width : {1, 40, 160, 900}) {
            bars.resize(width, bars.sizeHint().height());
            QVERIFY(!bars.grab().isNull());
        }
        QVERIFY(bars.minimumSizeHint().width() <= 200);
        QVERIFY(bars.text().contains("<b>bold</b>"));
    }

    void copiesAsText()
    {
        ProbabilityBars bars;
        bars.setAnswer({"a", "b"}, {0.75, 0.25});
        QTest::keyClick(&bars, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), "a\t75.0\u00a0%\nb\t25.0\u00a0%");
    }
};

THAW_TEST(TestProbabilityBars)
#include "test_probability_bars.moc"
