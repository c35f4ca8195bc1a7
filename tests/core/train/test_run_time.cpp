#include "core/train/compute_device.h"
#include "core/train/run_time.h"

#include <QTest>

using namespace thaw;

namespace {

constexpr std::array<std::size_t, 3> catsAndDogs{2000, 1000, 2000};
constexpr double speed = 1e11;

double secondsOf(const Recipe& recipe, const std::array<std::size_t, 3>& counts = catsAndDogs)
{
    return estimateRunSeconds(recipe, counts, 2, speed);
}

} // namespace

class TestRunTime : public QObject
{
    Q_OBJECT

private slots:
    // 9.74 G multiply-adds a picture, of which block5 has 0.857 G; validation features computed once. The
    // head is a thousandth of it, and the share that is lost is the estimate's own business: 0.7 to 0.9.
    void theBooksTimeIsItsWork()
    {
        const double passes = 9.74e9 * (80 * 2000.0 + 1000 + 2000);
        const double block5 = 0.857e9 * (30 * (2 * 2000.0 + 1000));
        const double expected = (passes + block5) / speed;
        const double seconds = secondsOf(bookRecipe());
        QVERIFY2(seconds > expected / 0.9 && seconds < expected / 0.7, qPrintable(QString::number(seconds)));
    }

    void lessWorkTakesLessTime()
    {
        const double book = secondsOf(bookRecipe());
        QVERIFY(secondsOf(fastRecipe()) < book / 4);
        QVERIFY(secondsOf(quickRecipe()) < book / 10);
        Recipe larger = bookRecipe();
        larger.inputSize = 360;
        QVERIFY(secondsOf(larger) > 3.9 * book);
        QVERIFY(secondsOf(bookRecipe(), {4000, 2000, 4000}) > 1.99 * book);
    }

    void unknownSpeedIsNoTime() { QCOMPARE(estimateRunSeconds(bookRecipe(), catsAndDogs, 2, 0), 0.0); }

    void measuresTheMachine()
    {
        setThreadCount(0);
        Recipe recipe = bookRecipe();
        recipe.device = "cpu";
        const double measured = measureSpeed(recipe);
        // From a hundredth of one slow core to a thousand fast ones.
        QVERIFY2(measured > 1e8 && measured < 1e15, qPrintable(QString::number(measured)));
        std::stop_source stop;
        stop.request_stop();
        QCOMPARE(measureSpeed(recipe, stop.get_token()), 0.0);
    }
};

QTEST_APPLESS_MAIN(TestRunTime)
#include "test_run_time.moc"
