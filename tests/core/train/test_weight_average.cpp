#include "core/compute/compute_device.h"
#include "core/run/run_store.h"
#include "core/train/checkpoint/checkpoint_file.h"
#include "core/train/optimizer/weight_average_torch.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <unistd.h>

using namespace thaw;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool isSanitized = true;
#else
constexpr bool isSanitized = false;
#endif

/// While it lives, the process gets no more than so many bytes beside what it has.
class MemoryLimit
{
public:
    explicit MemoryLimit(rlim_t bytes)
    {
        rlim_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        getrlimit(RLIMIT_AS, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + bytes;
        setrlimit(RLIMIT_AS, &limit);
    }
    ~MemoryLimit() { setrlimit(RLIMIT_AS, &m_before); }
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;

private:
    rlimit m_before{};
};

std::uint32_t bitsOf(const at::Tensor& value)
{
    return std::bit_cast<std::uint32_t>(*value.data_ptr<float>());
}

class Listener : public TrainObserver
{
public:
    void batchDone(const BatchProgress& progress) override
    {
        if (onBatch) {
            onBatch(progress);
        }
    }
    void epochDone(const EpochMetrics& metrics, bool) override
    {
        if (onEpoch) {
            onEpoch(metrics);
        }
    }
    std::function<void(const BatchProgress&)> onBatch;
    std::function<void(const EpochMetrics&)> onEpoch;
};

// Moments that are no step of an epoch.
constexpr int afterTheEpoch = -1;
constexpr int whileValidating = -2;

} // namespace

/// What changes weights beside the optimizer: the average over steps, and the learning rate's schedule.
class TestWeightAverage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 12, 40, true, 7});
        setThreadCount(1);
    }

    // By hand: 4 after the first step, then ¾ of the average and ¼ of the weight. All exact in float.
    void followsKerasFormula()
    {
        const at::Tensor weight = at::full({1}, 100.0f);
        WeightAverage average({{"w", weight}}, 0.75);
        weight.fill_(4);
        average.update();
        QCOMPARE(average.averages()[0].tensor.item<float>(), 4.0f);
        weight.fill_(8);
        average.update();
        QCOMPARE(average.averages()[0].tensor.item<float>(), 5.0f);
        WeightAverage other({{"w", weight}}, 0.75);
        other.restore({{"w", {1}, {5.0f}}}, 2);
        weight.fill_(9);
        other.update();
        QCOMPARE(other.averages()[0].tensor.item<float>(), 6.0f);
        {
            const AverageInPlace inPlace(&other);
            QCOMPARE(weight.item<float>(), 6.0f);
        }
        QCOMPARE(weight.item<float>(), 9.0f);
        QCOMPARE(other.averages()[0].tensor.item<float>(), 6.0f);
        QCOMPARE(other.steps(), std::int64_t(3));
        // Gone on with before its first step, it still begins with the weights.
        other.restore({{"w", {1}, {5.0f}}}, 0);
        other.update();
        QCOMPARE(other.averages()[0].tensor.item<float>(), 9.0f);
        QCOMPARE(other.steps(), std::int64_t(1));
    }

    // Those of a NaN too, which arithmetic would change, and where the optimizer has the weights.
    void exchangesEveryBitInPlace()
    {
        const at::Tensor weight = at::full({1}, 1.0f);
        weight.set_requires_grad(true);
        WeightAverage average({{"w", weight}}, 0.5);
        const float* place = weight.data_ptr<float>();
        weight.data_ptr<float>()[0] = std::bit_cast<float>(0x7fe1b2c3u);
        average.averages()[0].tensor.data_ptr<float>()[0] = -0.0f;
        average.swap();
        QCOMPARE(bitsOf(weight), 0x80000000u);
        QCOMPARE(bitsOf(average.averages()[0].tensor), 0x7fe1b2c3u);
        average.swap();
        QCOMPARE(bitsOf(weight), 0x7fe1b2c3u);
        QCOMPARE(bitsOf(average.averages()[0].tensor), 0x80000000u);
        QVERIFY(weight.data_ptr<float>() == place);
        QVERIFY(weight.requires_grad());
        // Kernels of the base lie channels-last.
        const at::Tensor before = at::rand({4, 3, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
        const at::Tensor kernel = before.clone();
        WeightAverage ofKernel({{"k", kernel}}, 0.5);
        kernel.mul_(2);
        ofKernel.swap();
        QVERIFY(kernel.equal(before));
        QVERIFY(ofKernel.averages()[0].tensor.equal(before * 2));
    }

    // An exception from the destructor, which changes back, would end the program.
    void exchangingTakesNoMemory()
    {
        if (isSanitized) {
            QSKIP("a sanitizer takes memory of its own");
        }
        constexpr std::int64_t values = 16 << 20; // 64 MiB: more than malloc keeps for later
        const at::Tensor weight = at::full({values}, 4.0f);
        WeightAverage average({{"w", weight}}, 0.75);
        weight.fill_(9);
        const MemoryLimit limit(rlim_t(32) << 20);
        QVERIFY_THROWS_EXCEPTION(std::exception, at::empty({values}, at::kFloat));
        {
            const AverageInPlace inPlace(&average);
            QCOMPARE(weight[values - 1].item<float>(), 4.0f);
        }
        QCOMPARE(weight[values - 1].item<float>(), 9.0f);
    }

    void aPhaseIsJudgedKeptAndLeftWithItsAverage()
    {
        Recipe recipe = test::narrowRecipe(3, 1);
        recipe.phases[0].learningRate = 0.03; // weights leap, so that their average is another model
        recipe.phases[1].learningRate = 1e-30;
        const SavedRun plain = runOf("plain", recipe);
        recipe.phases[0].emaMomentum = 0.8;
        const SavedRun averaged = runOf("averaged", recipe);
        // Training goes on from the weights themselves, validation sees their average.
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(averaged.history[i].loss, plain.history[i].loss);
            QVERIFY(averaged.history[i].valLoss != plain.history[i].valLoss);
        }
        // At a standstill phase 2 shows what it began with; only the order of sums differs.
        const double left = averaged.history[2].valLoss;
        QVERIFY2(std::abs(averaged.history[3].valLoss - left) <= 1e-5 * left,
                 qPrintable(QString("%1 %2").arg(averaged.history[3].valLoss).arg(left)));
    }

    void theRateFollowsACosine()
    {
        PhaseRecipe phase;
        phase.learningRate = 0.5;
        QCOMPARE(phase.learningRateAt(0.75), 0.5);
        phase.schedule = RateSchedule::Cosine;
        QCOMPARE(phase.learningRateAt(0), 0.5);
        QVERIFY(std::abs(phase.learningRateAt(0.5) - 0.25) < 1e-15);
        QVERIFY(std::abs(phase.learningRateAt(1)) < 1e-15);

        Recipe recipe = test::narrowRecipe(2, 1);
        recipe.phases[0].schedule = RateSchedule::Cosine;
        const SavedRun run = runOf("cosine", recipe);
        const SavedRun constant = runOf("constant", test::narrowRecipe(2, 1));
        const std::size_t images =
            test::narrowRequest(recipe, m_folder / "two", {}).dataset.indicesOf(Split::Train).size();
        const auto batch = static_cast<std::size_t>(recipe.batchSize);
        const auto steps = static_cast<double>((images + batch - 1) / batch);
        const double rate = recipe.phases[0].learningRate;
        QCOMPARE(run.history[0].learningRate, recipe.phases[0].learningRateAt((steps - 1) / (2 * steps)));
        QVERIFY(run.history[1].learningRate < run.history[0].learningRate);
        QCOMPARE(constant.history[1].learningRate, rate);
        QVERIFY(run.history[1].loss != constant.history[1].loss);
    }

    void resumeEqualsAnUninterruptedRun_data()
    {
        QTest::addColumn<int>("phase");
        QTest::addColumn<int>("epoch");
        QTest::addColumn<int>("step");
        QTest::addColumn<bool>("isUncounted");
        QTest::newRow("first batch") << 1 << 1 << 1 << false;
        QTest::newRow("last batch of an epoch") << 1 << 2 << 1000 << false;
        QTest::newRow("middle of phase 2") << 2 << 2 << 2 << false;
        // Epoch 1 is over, no batch of epoch 2 is done: no steps of the epoch to go by.
        QTest::newRow("between two epochs") << 1 << 1 << afterTheEpoch << false;
        QTest::newRow("between two epochs of phase 2") << 2 << 1 << afterTheEpoch << false;
        QTest::newRow("while validating") << 1 << 1 << whileValidating << false;
        QTest::newRow("saved before steps were counted") << 1 << 1 << afterTheEpoch << true;
        QTest::newRow("saved before, in an epoch") << 2 << 2 << 2 << true;
    }

    void resumeEqualsAnUninterruptedRun()
    {
        QFETCH(int, phase);
        QFETCH(int, epoch);
        QFETCH(int, step);
        QFETCH(bool, isUncounted);
        Recipe recipe = test::narrowRecipe(2, 2);
        recipe.batchSize = 4;
        for (PhaseRecipe& each : recipe.phases) {
            each.emaMomentum = 0.9;
            each.schedule = RateSchedule::Cosine;
        }
        const std::string tag = QTest::currentDataTag();
        runOf("whole " + tag, recipe);
        std::stop_source stop;
        Listener listener;
        listener.onBatch = [&](const BatchProgress& progress) {
            const bool isThere = progress.phase == phase && progress.epoch == epoch;
            const bool isTraining = progress.stage == TrainStage::Training && step > 0 &&
                                    progress.step >= std::min(step, progress.steps);
            if (isThere &&
                (isTraining || (progress.stage == TrainStage::Validating && step == whileValidating))) {
                stop.request_stop();
            }
        };
        listener.onEpoch = [&](const EpochMetrics& metrics) {
            if (step == afterTheEpoch && metrics.phase == phase && metrics.epoch == epoch) {
                stop.request_stop();
            }
        };
        const auto parts = m_folder / ("parts " + tag);
        const TrainRequest request = test::narrowRequest(recipe, m_folder / "two", parts);
        QCOMPARE(trainRun(request, listener, stop.get_token()).state, RunState::Stopped);
        // On the processor each step that was done was taken.
        const TrainState saved = loadCheckpoint(RunFiles{parts}).state;
        const auto steps =
            static_cast<std::int64_t>((request.dataset.indicesOf(Split::Train).size() + 3) / 4);
        QVERIFY(saved.averagedSteps == (saved.epoch - 1) * steps + saved.step);
        if (step == afterTheEpoch) {
            QCOMPARE(saved.epoch, epoch + 1);
            QCOMPARE(saved.step, std::int64_t(0));
        }
        if (isUncounted) {
            Checkpoint checkpoint = loadCheckpoint(RunFiles{parts});
            checkpoint.state.averagedSteps.reset();
            writeCheckpoint(RunFiles{parts}, std::move(checkpoint));
        }
        TrainObserver nobody;
        QCOMPARE(resumeRun(parts, {}, nobody).state, RunState::Finished);
        QVERIFY(test::outcomeOf(m_folder / ("whole " + tag)) == test::outcomeOf(parts));
    }

private:
    SavedRun runOf(const std::string& name, const Recipe& recipe)
    {
        const auto folder = m_folder / name;
        TrainObserver nobody;
        const RunRecord record = trainRun(test::narrowRequest(recipe, m_folder / "two", folder), nobody);
        if (record.state != RunState::Finished) {
            qFatal("%s", record.error.c_str());
        }
        return loadRun(folder);
    }

    test::TemporaryFolder m_folder;
};

THAW_TEST(TestWeightAverage)
#include "test_weight_average.moc"
