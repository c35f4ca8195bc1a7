#include "core/train/cost/progress_meter.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;
using namespace std::chrono_literals;

namespace {

constexpr SplitCounts catsAndDogs{2000, 1000, 2000};
/// Layers that train are three times as slow, as in bfloat16 on a processor with AMX.
constexpr ComputeSpeed speed{9e11, 3e11, 2e8};

/// fast, as in the built-in recipe: 8 views, 50 epochs of the head, 30 with block5.
ProgressMeter fastMeter()
{
    return ProgressMeter(planRun(fastRecipe(), catsAndDogs), speed);
}

TrainState at(int phase, int epoch, std::int64_t images = 0)
{
    TrainState state;
    state.phase = phase;
    state.epoch = epoch;
    state.images = images;
    return state;
}

BatchProgress told(const ProgressMeter& meter, TrainStage stage, const TrainState& state, double share = 0,
                   ProgressMeter::Clock::time_point now = ProgressMeter::Clock::now())
{
    BatchProgress progress;
    progress.stage = stage;
    meter.fill(progress, state, share, now);
    return progress;
}

} // namespace

class TestProgressMeter : public QObject
{
    Q_OBJECT

private slots:
    void goesFromNothingToAllWithoutEverTurningBack()
    {
        const Recipe recipe = fastRecipe();
        const ProgressMeter meter = fastMeter();
        double last = told(meter, TrainStage::Preparing, at(1, 1)).fractionDone;
        QCOMPARE(last, 0.0);
        const auto grows = [&](TrainStage stage, const TrainState& state, double share) {
            const double now = told(meter, stage, state, share).fractionDone;
            const bool well = now >= last - 1e-12;
            last = now;
            return well;
        };
        for (int phase = 1; phase <= 2; ++phase) {
            QVERIFY(grows(TrainStage::Preparing, at(phase, 1), 1));
            const int epochs = recipe.phases[std::size_t(phase) - 1].epochs;
            for (int epoch = 1; epoch <= epochs; ++epoch) {
                QVERIFY(grows(TrainStage::Storing, at(phase, epoch), 0.5));
                QVERIFY(grows(TrainStage::Training, at(phase, epoch, 1000), 0.5));
                QVERIFY(grows(TrainStage::Validating, at(phase, epoch, 2000), 1));
            }
        }
        QVERIFY(last < 1);
        QVERIFY(grows(TrainStage::Testing, at(3, 1), 1));
        QCOMPARE(last, 1.0);
    }

    // By hand, at 180 pixels: 9.74 G multiply-adds forward, 0.857 G of them block5's, 3.3 M weights of the
    // head, 7.1 M of block5; 63 steps an epoch.
    void weighsEachKindOfWorkByItsTime()
    {
        const double storing = 8 * 2000 * 8.88e9 / speed.frozen;
        const double head = 50 * 63 * 3.28e6 / speed.updates;
        const double block5 = 30 * (2000 * 3 * 0.86e9 / speed.trained + 63 * 10.4e6 / speed.updates);
        const double judging =
            (1000 * 9.74e9 + 30 * 1000 * 0.86e9 + 2000 * 9.74e9) / speed.frozen; // the test is the last
        const double expected = storing + head + block5 + judging;
        // The first pass goes on to block5's end, the head's own multiply-adds are a thousandth.
        const double seconds = fastMeter().totalSeconds();
        QVERIFY2(std::abs(seconds / expected - 1) < 0.03,
                 qPrintable(QString("%1 for %2").arg(seconds).arg(expected)));
        const double phase2 = told(fastMeter(), TrainStage::Training, at(2, 1)).fractionDone;
        QVERIFY2(phase2 > 0.2 && phase2 < 0.4, qPrintable(QString::number(phase2)));
    }

    void timeLeftIsWhatIsLeftAtThePaceSeen()
    {
        ProgressMeter meter = fastMeter();
        const auto start = ProgressMeter::Clock::now();
        meter.start(at(1, 1), start);
        const BatchProgress tenth = told(meter, TrainStage::Storing, at(1, 1), 0.5, start + 100s);
        QVERIFY(tenth.fractionDone > 0.01);
        const double whole = 100 / tenth.fractionDone;
        QVERIFY2(std::abs(tenth.secondsLeft - (whole - 100)) < 1e-6 * whole,
                 qPrintable(QString::number(tenth.secondsLeft)));
        // Too early to tell.
        QCOMPARE(told(meter, TrainStage::Storing, at(1, 1), 0.1, start + 1s).secondsLeft, -1.0);
    }

    void whatWasFoundIsNoPace()
    {
        ProgressMeter meter = fastMeter();
        const auto start = ProgressMeter::Clock::now();
        meter.start(at(1, 1), start);
        meter.skip(at(1, 1), TrainStage::Preparing);
        const double before = told(meter, TrainStage::Storing, at(1, 1)).fractionDone;
        QVERIFY(before > 0);
        for (int epoch = 1; epoch <= 8; ++epoch) {
            meter.skip(at(1, epoch), TrainStage::Storing);
        }
        // The ninth epoch is as any later one: its pace is what the first eight passed at, all found.
        const BatchProgress progress = told(meter, TrainStage::Training, at(1, 9), 0, start + 80s);
        const double found = before + 8 * 2000 * 9.74e9 / speed.frozen / meter.totalSeconds();
        const double passed = progress.fractionDone - found;
        const double expected = 80 * (1 - progress.fractionDone) / passed;
        QVERIFY2(std::abs(progress.secondsLeft / expected - 1) < 0.1,
                 qPrintable(QString("%1 for %2").arg(progress.secondsLeft).arg(expected)));
    }

    void aResumedRunCountsFromWhereItWas()
    {
        ProgressMeter meter = fastMeter();
        const auto start = ProgressMeter::Clock::now();
        meter.start(at(2, 11, 1000), start);
        meter.skip(at(2, 11, 1000), TrainStage::Preparing);
        const BatchProgress progress = told(meter, TrainStage::Training, at(2, 12, 1000), 0, start + 20s);
        // One epoch in 20 s: eighteen and a half are left, and the test.
        QVERIFY2(progress.secondsLeft > 18 * 20 && progress.secondsLeft < 22 * 20,
                 qPrintable(QString::number(progress.secondsLeft)));
    }

    void withoutASpeedTheProportionsAreTypical()
    {
        const ProgressMeter meter(planRun(fastRecipe(), catsAndDogs));
        QVERIFY(meter.totalSeconds() > 0);
        const double phase2 = told(meter, TrainStage::Training, at(2, 1)).fractionDone;
        QVERIFY2(phase2 > 0.2 && phase2 < 0.8, qPrintable(QString::number(phase2)));
    }
};

THAW_TEST(TestProgressMeter)
#include "test_progress_meter.moc"
