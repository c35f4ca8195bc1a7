#include "core/train/start/save_options.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

namespace {

CheckpointClock::Clock::time_point at(double seconds)
{
    return CheckpointClock::Clock::time_point(std::chrono::milliseconds(static_cast<int>(seconds * 1000)));
}

} // namespace

class TestSaveOptions : public QObject
{
    Q_OBJECT

private slots:
    void dueAfterTenSecondsAtEpochEndsAndSixtyWithin()
    {
        const CheckpointClock clock({}, at(100));
        QVERIFY(!clock.isDueAtEpochEnd(at(109)));
        QVERIFY(clock.isDueAtEpochEnd(at(110)));
        QVERIFY(!clock.isDueWithinEpoch(at(159)));
        QVERIFY(clock.isDueWithinEpoch(at(160)));
    }

    // 0.4 s of every 20 s are 2 %.
    void slowOnesAreMadeLessOften()
    {
        CheckpointClock clock({}, at(0));
        clock.written(at(100), at(100.4));
        QVERIFY(!clock.isDueAtEpochEnd(at(119)));
        QVERIFY(clock.isDueAtEpochEnd(at(121)));
        clock.written(at(130), at(140));
        QVERIFY(!clock.isDueAtEpochEnd(at(199)));
        QVERIFY2(clock.isDueAtEpochEnd(at(200)), "never rarer than within epochs");
    }

    void oftenerOnDemand()
    {
        const CheckpointClock often(SaveOptions::atLeastEvery(5), at(0));
        QVERIFY(!often.isDueWithinEpoch(at(4)));
        QVERIFY(often.isDueWithinEpoch(at(5)) && often.isDueAtEpochEnd(at(5)));
        const CheckpointClock seldom(SaveOptions::atLeastEvery(300), at(0));
        QVERIFY(!seldom.isDueWithinEpoch(at(299)));
        QVERIFY(seldom.isDueWithinEpoch(at(300)) && seldom.isDueAtEpochEnd(at(10)));
    }

    void everyTimeIsPossible()
    {
        CheckpointClock clock({0, 0, 0, 0}, at(0));
        clock.written(at(1), at(3));
        QVERIFY(clock.isDueAtEpochEnd(at(3)));
        QVERIFY(clock.isDueWithinEpoch(at(3)));
    }
};

THAW_TEST(TestSaveOptions)
#include "test_save_options.moc"
