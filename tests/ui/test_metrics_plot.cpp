#include "core/base/atomic_file.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/dialogs.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/plot_ranges.h"

#include <QApplication>
#include <QLabel>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <QWindow>

#include <cmath>
#include <limits>

using namespace thaw;
using namespace thaw::ui;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

EpochMetrics row(int phase, int epoch, double loss, double accuracy, double valLoss = missing,
                 double valAccuracy = missing)
{
    EpochMetrics metrics;
    metrics.phase = phase;
    metrics.epoch = epoch;
    metrics.loss = loss;
    metrics.accuracy = accuracy;
    metrics.valLoss = valLoss;
    metrics.valAccuracy = valAccuracy;
    metrics.learningRate = 1e-3;
    metrics.seconds = 2.5;
    return metrics;
}

/// Three epochs of the head, two of both: losses from 14.5 down to 2e-4.
std::vector<EpochMetrics> twoPhases()
{
    return {row(1, 1, 14.5, .8, 3, .9), row(1, 2, 2, .9, 1, .95), row(1, 3, .5, .93, .4, .96),
            row(2, 1, .02, .97, .3, .97), row(2, 2, .0002, .99, .35, .975)};
}

} // namespace

class TestMetricsPlot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void showsAllLossesOnALogScale();
    void dropsEpochsDoneAgain();
    void partsPhasesByPlanOrHistory();
    void copesWithWhatWasNotMeasured();
    void copesWithLossesOfZeroAndInfinity();
    void zerosDoNotStretchTheLogScale();
    void rangesCanAlwaysBeDrawn();
    void theFirstEpochsLivePointIsInSight();
    void theEpochInHandIsACurve();
    void marksTheBestEpochInItsPhase();
    void theRightButtonOpensTheMenu();
    void readsOutValues();
    void savesItsValues();
    void walksThroughEpochsByKeys();
    void staysZoomedUntilReset();
    void writesCsvThatReadsBack();
    void followsThePalette();
    void stacksWhenNarrow();

private:
    MetricsPlot* m_plot = nullptr;
};

void TestMetricsPlot::init()
{
    m_plot = new MetricsPlot;
    m_plot->resize(900, 360);
    m_plot->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_plot));
}

void TestMetricsPlot::cleanup()
{
    delete m_plot;
}

void TestMetricsPlot::showsAllLossesOnALogScale()
{
    QVERIFY(m_plot->isLogLoss());
    m_plot->setHistory(twoPhases());
    const auto [low, high] = m_plot->lossRange();
    QVERIFY(low > 0 && low < .0002);
    QVERIFY(high > 14.5);
    const auto [first, last] = m_plot->epochRange();
    QCOMPARE(first, 0.5);
    QVERIFY(last >= 5.5);

    QSignalSpy changed(m_plot, &MetricsPlot::logLossChanged);
    m_plot->setLogLoss(false);
    QCOMPARE(changed.count(), 1);
    QVERIFY(m_plot->lossRange().first <= .0002);
    QVERIFY(m_plot->lossRange().second > 14.5);
}

void TestMetricsPlot::dropsEpochsDoneAgain()
{
    for (const EpochMetrics& metrics : twoPhases()) {
        m_plot->addEpoch(metrics);
    }
    QCOMPARE(m_plot->history().size(), 5u);
    m_plot->addEpoch(row(1, 3, .45, .94, .41, .95)); // as after resuming from the end of epoch 2
    QCOMPARE(m_plot->history().size(), 3u);
    QCOMPARE(m_plot->history().back().loss, .45);
    m_plot->addEpoch(row(2, 1, .02, .97, .3, .97));
    QCOMPARE(m_plot->history().size(), 4u);
}

void TestMetricsPlot::partsPhasesByPlanOrHistory()
{
    m_plot->setHistory(twoPhases());
    QCOMPARE(m_plot->phaseBoundaries(), std::vector<double>{3.5});
    // Phase 1 was planned for 50 epochs and ended after three.
    m_plot->setPhases({{"head", 50}, {"joint", 30}});
    QCOMPARE(m_plot->phaseBoundaries(), std::vector<double>{3.5});
    m_plot->setHistory({row(1, 1, .5, .7), row(1, 2, .4, .8)});
    QCOMPARE(m_plot->phaseBoundaries(), std::vector<double>{50.5});
    m_plot->setPhases({{"only", 5}});
    QVERIFY(m_plot->phaseBoundaries().empty());
}

void TestMetricsPlot::copesWithWhatWasNotMeasured()
{
    m_plot->setHistory({row(1, 1, 2, .6), row(1, 2, 1, .7)});
    m_plot->markBest({{1, 2, missing, missing}});
    const auto [low, high] = m_plot->lossRange();
    QVERIFY(std::isfinite(low) && std::isfinite(high));
    QVERIFY(low < 1 && high > 2);
    QVERIFY(m_plot->readout(0).contains("not measured"));
    QVERIFY(!m_plot->picture().isNull());
}

void TestMetricsPlot::copesWithLossesOfZeroAndInfinity()
{
    const double infinite = std::numeric_limits<double>::infinity();
    m_plot->setHistory({row(1, 1, infinite, .5, missing, .5), row(1, 2, 0, 1, 0, 1)});
    const auto [low, high] = m_plot->lossRange();
    QVERIFY(low > 0);
    QVERIFY(std::isfinite(high) && high > low);
    m_plot->setHistory({});
    QVERIFY(m_plot->lossRange().second > m_plot->lossRange().first);
}

void TestMetricsPlot::zerosDoNotStretchTheLogScale()
{
    m_plot->setHistory({row(1, 1, .5, .5, .4, .5), row(1, 2, 0, 1, .2, 1), row(1, 3, .1, 1, 0, 1)});
    const auto [low, high] = m_plot->lossRange();
    QVERIFY2(low > .03, qPrintable(QString::number(low)));
    // Zeros stand together, below all others and in sight.
    const double zero = m_plot->lossPoints(MetricsPlot::Curve::Training)[1].y();
    QVERIFY(zero > low && zero < .1);
    QCOMPARE(m_plot->lossPoints(MetricsPlot::Curve::Validation)[2].y(), zero);
    QCOMPARE(m_plot->lossPoints(MetricsPlot::Curve::Training)[2].y(), .1);
    QVERIFY(!m_plot->picture().isNull());
    m_plot->setLogLoss(false);
    QCOMPARE(m_plot->lossPoints(MetricsPlot::Curve::Training)[1].y(), 0.0);
    m_plot->setHistory({row(1, 1, 0, 1, 0, 1)});
    QVERIFY(m_plot->lossRange().second - m_plot->lossRange().first > .01);
}

void TestMetricsPlot::rangesCanAlwaysBeDrawn()
{
    const double infinite = std::numeric_limits<double>::infinity();
    const std::vector<std::vector<double>> cases{{},
                                                 {missing, infinite, -infinite},
                                                 {0},
                                                 {0, 0, missing},
                                                 {1e308, 1e-308},
                                                 {1e-320},
                                                 {1e300, -1},
                                                 {.5},
                                                 {0, 1e308},
                                                 {1, 1, 1}};
    for (const std::vector<double>& values : cases) {
        for (const double room : {0.0, 0.1}) {
            for (const ValueRange& range :
                 {logRange(values, room), linearRange(values, room), shareRange(values, room)}) {
                QVERIFY(std::isfinite(range.low) && std::isfinite(range.high));
                QVERIFY(range.low < range.high);
                QVERIFY(std::abs(range.high) < 1e250);
            }
            const ValueRange log = logRange(values, room);
            QVERIFY(log.low > 1e-250);
            QVERIFY(std::isnan(log.zeroAt) || (log.zeroAt > log.low && log.zeroAt < log.high));
        }
    }
    QVERIFY(std::isnan(logRange({.5}, 0).zeroAt));
    QVERIFY(logRange({.5, 0}, 0).zeroAt < .5);
    m_plot->setHistory({row(1, 1, 1e308, .5, 1e-308, .5), row(1, 2, 1e-320, 1, 0, 1)});
    QVERIFY(!m_plot->picture().isNull());
}

void TestMetricsPlot::theFirstEpochsLivePointIsInSight()
{
    m_plot->setPhases({{"head", 3}, {"joint", 3}});
    for (const double fraction : {0.0, 0.1, 0.4, 0.9}) {
        m_plot->addLivePoint(fraction, .7, .5);
        const auto points = m_plot->lossPoints(MetricsPlot::Curve::Live);
        QCOMPARE(points.size(), 1u);
        QCOMPARE(points[0].x(), fraction);
        QVERIFY(m_plot->epochRange().first < fraction);
        QVERIFY(m_plot->lossRange().first < .7 && m_plot->lossRange().second > .7);
    }
    m_plot->addLivePoint(.5, missing, missing);
    QVERIFY(!m_plot->picture().isNull());
    m_plot->addEpoch(row(1, 1, .6, .6));
    QCOMPARE(m_plot->epochRange().first, 0.5);
    m_plot->addLivePoint(0, .6, .6);
    QCOMPARE(m_plot->epochRange().first, 0.5);
}

void TestMetricsPlot::theEpochInHandIsACurve()
{
    using enum MetricsPlot::Curve;
    m_plot->addEpoch(row(1, 1, .6, .6));
    m_plot->addLivePoint(.25, .9, .5);
    m_plot->addLivePoint(.5, .7, .5);
    m_plot->addLivePoint(.75, missing, missing);
    const auto curve = m_plot->lossPoints(LiveCurve);
    QCOMPARE(curve.size(), 3u);
    QCOMPARE(curve[0], QPointF(1.25, .9));
    QCOMPARE(curve[1], QPointF(1.5, .7));
    QVERIFY(m_plot->lossRange().second > .9);
    QVERIFY(m_plot->epochRange().second > 1.75);
    QVERIFY(!m_plot->picture().isNull());
    m_plot->addLivePoint(.1, .4, .5); // another epoch
    QCOMPARE(m_plot->lossPoints(LiveCurve), std::vector{QPointF(1.1, .4)});
    // A long epoch keeps its shape, not every point.
    for (int i = 0; i <= 2000; ++i) {
        m_plot->addLivePoint(.1 + i * 4.5e-4, .4, .5);
    }
    const auto longCurve = m_plot->lossPoints(LiveCurve);
    QVERIFY(longCurve.size() > 200 && longCurve.size() <= 600);
    QCOMPARE(longCurve.front().x(), 1.1);
    QVERIFY(std::abs(longCurve.back().x() - 2) < 1e-9); // of rounding
    m_plot->addEpoch(row(1, 2, .5, .5));
    QVERIFY(m_plot->lossPoints(LiveCurve).empty());
}

void TestMetricsPlot::marksTheBestEpochInItsPhase()
{
    m_plot->setHistory(twoPhases());
    m_plot->markBest({{1, 2, 1, .95}, {2, 1, .3, .97}});
    const auto marks = m_plot->lossPoints(MetricsPlot::Curve::Best);
    QCOMPARE(marks.size(), 2u);
    QCOMPARE(marks[0], QPointF(2, 1));
    QCOMPARE(marks[1], QPointF(4, .3));
}

void TestMetricsPlot::theRightButtonOpensTheMenu()
{
    m_plot->setHistory(twoPhases());
    auto* canvas = m_plot->findChild<QWidget*>("metricsCanvas");
    QVERIFY(canvas);
    int actions = 0;
    // The menu has an event loop of its own.
    QTimer look;
    connect(&look, &QTimer::timeout, m_plot, [&actions] {
        if (auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget())) {
            actions = int(menu->actions().size());
            menu->close();
        }
    });
    look.start(0);
    const QPoint place = canvas->mapTo(m_plot->window(), canvas->rect().center());
    QTest::mouseClick(m_plot->window()->windowHandle(), Qt::RightButton, {}, place);
    QVERIFY(actions >= 4);
}

void TestMetricsPlot::readsOutValues()
{
    m_plot->setHistory(twoPhases());
    m_plot->markBest({{1, 3, .4, .96}});
    const QString text = m_plot->readout(2);
    QVERIFY2(text.contains("Phase 1, epoch 3 (best)"), qPrintable(text));
    QVERIFY2(text.contains("93.00\u00a0%") && text.contains("96.00\u00a0%") && text.contains("0.4"),
             qPrintable(text));
    // As many digits as the pictures support.
    m_plot->setPictures(400, 28);
    QVERIFY2(m_plot->readout(2).contains("93.0\u00a0%") && m_plot->readout(2).contains("96\u00a0%"),
             qPrintable(m_plot->readout(2)));
    m_plot->clear();
    m_plot->setHistory(twoPhases());
    m_plot->markBest({{1, 3, .4, .96}});
    QVERIFY(m_plot->readout(2).contains("93.00\u00a0%")); // of another run
    QVERIFY(!m_plot->readout(0).contains("best"));
    QVERIFY(m_plot->readout(5).isEmpty());
    QVERIFY(m_plot->readout(-1).isEmpty());
}

void TestMetricsPlot::savesItsValues()
{
    const test::TemporaryFolder folder;
    m_plot->setHistory(twoPhases());
    auto* label = m_plot->findChild<QLabel*>("metricsReadout");
    Dialogs::script();
    Dialogs::answerPath(toText(folder / "history.csv"));
    m_plot->saveCsv();
    QTRY_VERIFY_WITH_TIMEOUT(label->text().startsWith("Saved "), test::patienceMs);
    QCOMPARE(readTextFile(folder / "history.csv", 1 << 20), m_plot->csv().toStdString());
    Dialogs::answerPath(toText(folder / "history.csv" / "below a file.csv"));
    m_plot->saveCsv();
    QTRY_VERIFY_WITH_TIMEOUT(label->text().startsWith("Could not save "), test::patienceMs);
    QVERIFY2(label->text().contains("below a file.csv"), qPrintable(label->text()));
    Dialogs::unscript();
}

void TestMetricsPlot::walksThroughEpochsByKeys()
{
    auto* label = m_plot->findChild<QLabel*>("metricsReadout");
    QVERIFY(label);
    QVERIFY(label->text().contains("first epoch"));
    m_plot->setHistory(twoPhases());
    QCOMPARE(label->text(), m_plot->readout(4)); // the newest, while nothing is pointed at
    m_plot->setFocus();
    QTest::keyClick(m_plot, Qt::Key_Left);
    QTest::keyClick(m_plot, Qt::Key_Left);
    QCOMPARE(label->text(), m_plot->readout(3));
    QTest::keyClick(m_plot, Qt::Key_Right);
    QTest::keyClick(m_plot, Qt::Key_Right);
    QCOMPARE(label->text(), m_plot->readout(4));
    QCOMPARE(m_plot->accessibleDescription(), m_plot->readout(4));
}

void TestMetricsPlot::staysZoomedUntilReset()
{
    m_plot->setHistory(twoPhases());
    auto* canvas = m_plot->findChild<QWidget*>("metricsCanvas");
    QVERIFY(canvas);
    canvas->grab(); // lays the axes out
    const auto before = m_plot->epochRange();
    const QPointF middle(canvas->width() * 0.25, canvas->height() * 0.5);
    QWheelEvent wheel(middle, canvas->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(canvas, &wheel);
    const auto zoomed = m_plot->epochRange();
    QVERIFY(zoomed.second - zoomed.first < before.second - before.first);
    m_plot->addEpoch(row(2, 3, .0001, .99, .3, .98));
    QCOMPARE(m_plot->epochRange(), zoomed);
    QTest::mouseDClick(canvas, Qt::LeftButton, {}, middle.toPoint());
    QCOMPARE(m_plot->epochRange().first, 0.5);
    QCOMPARE(m_plot->epochRange().second, 6.5);
}

void TestMetricsPlot::writesCsvThatReadsBack()
{
    m_plot->setHistory({row(1, 1, 1.0 / 3, .9, missing, missing)});
    const QStringList lines = m_plot->csv().split('\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 2);
    QCOMPARE(lines[0], "epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds");
    const QStringList cells = lines[1].split(',');
    QCOMPARE(cells.size(), 8);
    QVERIFY(cells[2].toDouble() == 1.0 / 3); // exactly, so no QCOMPARE
    QCOMPARE(cells[4], QString());
    QCOMPARE(cells[7], "2.5");
}

void TestMetricsPlot::followsThePalette()
{
    m_plot->setHistory(twoPhases());
    const auto corner = [this] { return m_plot->picture().toImage().pixelColor(1, 1).lightness(); };
    QPalette dark;
    dark.setColor(QPalette::Base, QColor(24, 24, 26));
    dark.setColor(QPalette::Text, Qt::white);
    QPalette light;
    light.setColor(QPalette::Base, Qt::white);
    light.setColor(QPalette::Text, Qt::black);
    m_plot->setPalette(dark);
    QCoreApplication::processEvents();
    QVERIFY(corner() < 60);
    m_plot->setPalette(light);
    QCoreApplication::processEvents();
    QVERIFY(corner() > 200);
}

void TestMetricsPlot::stacksWhenNarrow()
{
    m_plot->setHistory(twoPhases());
    m_plot->resize(360, 620);
    QCoreApplication::processEvents();
    QVERIFY(!m_plot->picture().isNull());
    QCOMPARE(m_plot->epochRange().second, 5.5);
    m_plot->resize(900, 360);
    QCoreApplication::processEvents();
    QVERIFY(!m_plot->picture().isNull());
}

THAW_TEST(TestMetricsPlot)
#include "test_metrics_plot.moc"
