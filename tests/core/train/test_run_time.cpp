#include "core/compute/compute_device.h"
#include "core/train/cost/run_time.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

namespace {

constexpr SplitCounts sampleCounts{2000, 1000, 2000};
constexpr ComputeSpeed evenSpeed{1e11, 1e11, 1e9};

double secondsOf(const Recipe& recipe, const SplitCounts& counts = sampleCounts)
{
    return estimateRunSeconds(planRun(recipe, counts), evenSpeed);
}

} // namespace

class TestRunTime : public QObject
{
    Q_OBJECT

private slots:
    // 9.74 G multiply-adds a picture, of which block5 has 0.857 G; validation features computed once. The
    // head and updating weights are some hundredths of it.
    void theBooksTimeIsItsWork()
    {
        const double passes = 9.74e9 * (80 * 2000.0 + 1000 + 2000);
        const double block5 = 0.857e9 * (30 * (2 * 2000.0 + 1000));
        const double expected = (passes + block5) / evenSpeed.frozen;
        const double seconds = secondsOf(bookRecipe());
        QVERIFY2(seconds > expected && seconds < 1.05 * expected, qPrintable(QString::number(seconds)));
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

    void unknownSpeedIsNoTime()
    {
        QCOMPARE(estimateRunSeconds(planRun(bookRecipe(), sampleCounts), {}), 0.0);
    }

    void measuresTheMachine()
    {
        setThreadCount(0);
        Recipe recipe = bookRecipe();
        recipe.device = "cpu";
        const ComputeSpeed measured = measureSpeed(recipe);
        // From a hundredth of one slow core to a thousand fast ones.
        for (const double multiplyAdds : {measured.frozen, measured.trained}) {
            QVERIFY2(multiplyAdds > 1e8 && multiplyAdds < 1e15, qPrintable(QString::number(multiplyAdds)));
        }
        QVERIFY2(measured.updates > 1e6 && measured.updates < 1e12,
                 qPrintable(QString::number(measured.updates)));
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!measureSpeed(recipe, stop.get_token()).isKnown());
    }
};

THAW_TEST(TestRunTime)
#include "test_run_time.moc"
