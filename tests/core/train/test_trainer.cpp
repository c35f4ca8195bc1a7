#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/evaluate/evaluation.h"
#include "core/model/weights/format/safetensors_file.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "core/train/checkpoint/checkpoint_file.h"
#include "core/train/start/asked_recipe.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>

using namespace thaw;

namespace {

/// Counts what it is told and can ask for a stop after so many reports.
class Recorder : public TrainObserver
{
public:
    void runStarted(const RunStarted& started) override
    {
        ++starts;
        lastFraction = 0;
        resumed = started.resumed;
    }
    void noticeGiven(const Notice& notice) override
    {
        notices.add(notice);
        if (onMessage) {
            onMessage();
        }
    }
    void batchDone(const BatchProgress& progress) override
    {
        QVERIFY(progress.fractionDone >= lastFraction - 1e-9);
        lastFraction = progress.fractionDone;
        if (onBatch) {
            onBatch(progress);
        }
    }
    void epochDone(const EpochMetrics& metrics, bool) override
    {
        epochs.push_back(metrics);
        if (onEpoch) {
            onEpoch(metrics);
        }
    }

    int starts = 0;
    bool resumed = false;
    double lastFraction = 0;
    test::Notices notices;
    std::vector<EpochMetrics> epochs;
    std::function<void()> onMessage;
    std::function<void(const BatchProgress&)> onBatch;
    std::function<void(const EpochMetrics&)> onEpoch;
};

/// history.csv without its last column, the seconds.
std::string historyWithoutSeconds(const std::filesystem::path& run)
{
    std::istringstream lines(test::bytesOf(RunFiles{run}.history()));
    std::string result;
    for (std::string line; std::getline(lines, line);) {
        result += line.substr(0, line.rfind(',')) + "\n";
    }
    return result;
}

} // namespace

class TestTrainer : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 30, 40, false, 1});
        test::writeSyntheticDataset(m_folder / "three", {{"blue", "green", "red"}, 20, 40, true, 2});
        setThreadCount(1);
    }

    // Hue separates the classes, so even a narrow random base learns them; chance would be 50 %.
    void learnsAndLeavesAWholeRun()
    {
        const auto run = m_folder / "learn";
        Recorder recorder;
        const Recipe recipe = test::narrowRecipe(6, 3);
        const RunRecord record = trainRun(test::narrowRequest(recipe, m_folder / "two", run), recorder);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY(record.test.has_value());
        QCOMPARE(record.test->split, std::string("test"));
        QVERIFY2(record.test->score.accuracy >= 0.9, std::to_string(record.test->score.accuracy).c_str());
        QCOMPARE(record.test->imagesByClass, record.counts[2]);
        std::size_t correct = 0;
        for (const std::size_t count : record.test->correctByClass) {
            correct += count;
        }
        QCOMPARE(double(correct), std::round(record.test->score.accuracy * record.test->score.images));
        QCOMPARE(loadRun(run).record.test->correctByClass, record.test->correctByClass);
        QCOMPARE(recorder.epochs.size(), std::size_t(9));
        QCOMPARE(recorder.epochs[6].phase, 2);
        QCOMPARE(recorder.epochs[6].epoch, 1);
        QCOMPARE(recorder.lastFraction, 1.0);

        const RunFiles files{run};
        const SavedRun saved = loadRun(run);
        QCOMPARE(saved.record.state, RunState::Finished);
        QCOMPARE(saved.history.size(), std::size_t(9));
        QCOMPARE(saved.recipe.threads, 1);
        QVERIFY(!saved.recipe.weightsHash.empty());
        QCOMPARE(saved.record.best.size(), std::size_t(2));
        // Lowest validation loss of each phase, first on ties.
        for (const BestEpoch& best : saved.record.best) {
            for (const EpochMetrics& row : saved.history) {
                if (row.phase == best.phase) {
                    QVERIFY(row.epoch < best.epoch ? row.valLoss > best.valLoss
                                                   : row.valLoss >= best.valLoss);
                }
            }
        }
        QCOMPARE(test::bytesOf(files.best()), test::bytesOf(files.phase(2)));
        QVERIFY(std::filesystem::exists(files.last()));
    }

    void frozenLayersStayBitForBit()
    {
        const auto run = m_folder / "frozen";
        Recorder recorder;
        const TrainRequest request = test::narrowRequest(test::narrowRecipe(1, 1), m_folder / "two", run);
        QCOMPARE(trainRun(request, recorder).state, RunState::Finished);
        const ModelWeights head = readModelWeights(RunFiles{run}.phase(1));
        QVERIFY(head.base.layers == request.weights.layers);
        const ModelWeights joint = readModelWeights(RunFiles{run}.phase(2));
        for (std::size_t i = 0; i < 10; ++i) {
            QVERIFY(joint.base.layers[i] == request.weights.layers[i]);
        }
        for (std::size_t i = 10; i < 13; ++i) {
            QVERIFY(joint.base.layers[i].kernel != request.weights.layers[i].kernel);
            QVERIFY(joint.base.layers[i].bias != request.weights.layers[i].bias);
        }
        QVERIFY(joint.head != head.head);
    }

    void sameSeedSameBits()
    {
        Recorder recorder;
        const Recipe recipe = test::narrowRecipe(2, 1);
        trainRun(test::narrowRequest(recipe, m_folder / "two", m_folder / "a"), recorder);
        trainRun(test::narrowRequest(recipe, m_folder / "two", m_folder / "b"), recorder);
        QCOMPARE(test::bytesOf(RunFiles{m_folder / "a"}.best()),
                 test::bytesOf(RunFiles{m_folder / "b"}.best()));
        QCOMPARE(historyWithoutSeconds(m_folder / "a"), historyWithoutSeconds(m_folder / "b"));
        Recipe other = recipe;
        other.seed = 12;
        trainRun(test::narrowRequest(other, m_folder / "two", m_folder / "c"), recorder);
        QVERIFY(test::bytesOf(RunFiles{m_folder / "a"}.best()) !=
                test::bytesOf(RunFiles{m_folder / "c"}.best()));
    }

    void resumeEqualsAnUninterruptedRun_data()
    {
        QTest::addColumn<int>("phase");
        QTest::addColumn<int>("epoch");
        QTest::addColumn<int>("step");
        QTest::addColumn<bool>("keepFeatures");
        QTest::newRow("first batch") << 1 << 1 << 1 << false;
        QTest::newRow("middle of phase 1") << 1 << 2 << 3 << false;
        QTest::newRow("phase boundary") << 1 << 2 << 5 << true;
        QTest::newRow("middle of phase 2") << 2 << 1 << 2 << true;
        QTest::newRow("last batch") << 2 << 2 << 5 << false;
    }

    void resumeEqualsAnUninterruptedRun()
    {
        QFETCH(int, phase);
        QFETCH(int, epoch);
        QFETCH(int, step);
        QFETCH(bool, keepFeatures);
        Recipe recipe = test::narrowRecipe(2, 2);
        recipe.keepValidationFeatures = keepFeatures;
        const std::string name = QTest::currentDataTag();
        const auto whole = m_folder / ("whole " + name);
        const auto parts = m_folder / ("parts " + name);
        Recorder quiet;
        trainRun(test::narrowRequest(recipe, m_folder / "two", whole), quiet);

        // The checkpoint written at the stop is all that carries over: reports are thinned out, so count
        // steps by epoch.
        std::stop_source stop;
        Recorder stopper;
        stopper.onBatch = [&](const BatchProgress& progress) {
            if (progress.stage == TrainStage::Training && progress.phase == phase &&
                progress.epoch == epoch && progress.step >= step)
            {
                stop.request_stop();
            }
        };
        const TrainRequest request = test::narrowRequest(recipe, m_folder / "two", parts);
        const RunRecord stopped = trainRun(request, stopper, stop.get_token());
        QCOMPARE(stopped.error, std::string());
        QCOMPARE(stopped.state, RunState::Stopped);
        QVERIFY(!stopped.test.has_value());
        QCOMPARE(loadRun(parts).record.state, RunState::Stopped);

        Recorder resumed;
        const RunRecord finished = resumeRun(parts, {}, resumed);
        QCOMPARE(finished.error, std::string());
        QCOMPARE(finished.state, RunState::Finished);
        QVERIFY(resumed.resumed);
        for (int p = 1; p <= 2; ++p) {
            QVERIFY(test::bytesOf(RunFiles{whole}.phase(p)) == test::bytesOf(RunFiles{parts}.phase(p)));
        }
        QCOMPARE(historyWithoutSeconds(whole), historyWithoutSeconds(parts));
        QCOMPARE(finished.test->score.loss, loadRun(whole).record.test->score.loss);
    }

    void aFinishedRunStaysAsItIs()
    {
        const auto run = m_folder / "finished";
        Recorder recorder;
        trainRun(test::narrowRequest(test::narrowRecipe(1, 1), m_folder / "two", run), recorder);
        const std::string before = test::bytesOf(RunFiles{run}.record());
        QCOMPARE(resumeRun(run, {}, recorder).state, RunState::Finished);
        QCOMPARE(test::bytesOf(RunFiles{run}.record()), before);
    }

    void changedDataAreNoticedOnResume()
    {
        const auto data = m_folder / "changing";
        test::writeSyntheticDataset(data, {{"blue", "red"}, 20, 40, false, 3});
        const auto run = m_folder / "changed";
        std::stop_source stop;
        Recorder recorder;
        recorder.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        trainRun(test::narrowRequest(test::narrowRecipe(2, 1), data, run), recorder, stop.get_token());
        std::filesystem::remove(data / "red" / "red.3.png");
        recorder.onEpoch = {};
        try {
            resumeRun(run, {}, recorder);
            QFAIL("resumed on other pictures");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunDiffers);
            QVERIFY(error.detail().find("pictures") != std::string::npos);
        }
        QCOMPARE(loadRun(run).record.state, RunState::Stopped);
        QCOMPARE(resumeRun(run, {.acceptChanges = true}, recorder).state, RunState::Finished);
    }

    void movedPicturesAreTheSame()
    {
        const auto before = m_folder / "before";
        const auto after = m_folder / "after";
        test::writeSyntheticDataset(before, {{"blue", "red"}, 20, 40, false, 3});
        const auto run = m_folder / "with moved pictures";
        std::stop_source stop;
        Recorder recorder;
        recorder.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        trainRun(test::narrowRequest(test::narrowRecipe(2, 1), before, run), recorder, stop.get_token());
        recorder.onEpoch = {};
        std::filesystem::rename(before, after);
        QVERIFY_EXCEPTION_THROWN(resumeRun(run, {}, recorder), Error);
        try {
            resumeRun(run, {.movedTo = m_folder / "two"}, recorder);
            QFAIL("resumed on other pictures");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunDiffers);
        }
        QCOMPARE(resumeRun(run, {.movedTo = after}, recorder).state, RunState::Finished);
        QCOMPARE(loadRun(run).record.datasetPath, after.string());
    }

    void anotherMachineIsNoticedOnResume()
    {
        const auto run = m_folder / "moved";
        std::stop_source stop;
        Recorder recorder;
        recorder.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        trainRun(test::narrowRequest(test::narrowRecipe(2, 1), m_folder / "two", run), recorder,
                 stop.get_token());
        RunRecord record = loadRun(run).record;
        QVERIFY(!record.machine.empty() && !record.onednnVersion.empty());
        record.machine = "Abacus";
        record.onednnVersion = "0.1";
        writeRunRecord(RunFiles{run}.record(), record);
        recorder.onEpoch = {};
        try {
            resumeRun(run, {}, recorder);
            QFAIL("resumed as if nothing had changed");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunDiffers);
            QVERIFY(error.detail().find("Abacus") != std::string::npos);
            QVERIFY(error.detail().find("oneDNN was 0.1") != std::string::npos);
        }
        QCOMPARE(resumeRun(run, {.acceptChanges = true}, recorder).state, RunState::Finished);
        QVERIFY(loadRun(run).record.machine != "Abacus");
    }

    void withoutItsDeviceARunGoesOnOnAnother()
    {
        const auto run = m_folder / "without its card";
        std::stop_source stop;
        Recorder recorder;
        recorder.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        trainRun(test::narrowRequest(test::narrowRecipe(2, 1), m_folder / "two", run), recorder,
                 stop.get_token());
        Recipe recipe = loadRun(run).recipe;
        recipe.device = "cuda:7";
        recipe.trainedPrecision = Precision::Float16;
        std::ofstream(RunFiles{run}.recipe()) << formatRecipe(recipe);
        recorder.onEpoch = {};
        try {
            resumeRun(run, {}, recorder);
            QFAIL("resumed without its device");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunDiffers);
            QVERIFY(error.detail().find("cuda:7") != std::string::npos);
        }
        QCOMPARE(loadRun(run).recipe.device, std::string("cuda:7"));
        QCOMPARE(resumeRun(run, {.acceptChanges = true}, recorder).state, RunState::Finished);
        const SavedRun finished = loadRun(run);
        QCOMPARE(finished.record.device, resolveDevice("auto").id);
        QCOMPARE(finished.recipe.device, finished.record.device);
    }

    void aDamagedCheckpointFallsBack()
    {
        const auto run = m_folder / "damaged";
        std::stop_source stop;
        Recorder recorder;
        recorder.onEpoch = [&](const EpochMetrics& metrics) {
            if (metrics.phase == 2) {
                stop.request_stop();
            }
        };
        const Recipe recipe = test::narrowRecipe(1, 2);
        trainRun(test::narrowRequest(recipe, m_folder / "two", run), recorder, stop.get_token());
        std::filesystem::resize_file(RunFiles{run}.last(), 1000);
        recorder.onEpoch = {};
        QCOMPARE(resumeRun(run, {}, recorder).state, RunState::Finished);
        const auto whole = m_folder / "undamaged";
        trainRun(test::narrowRequest(recipe, m_folder / "two", whole), recorder);
        QVERIFY(test::bytesOf(RunFiles{run}.best()) == test::bytesOf(RunFiles{whole}.best()));
    }

    // recipe.json repeats the run; as settings for another one, "automatic" is automatic again.
    void keepsWhatWasAsked()
    {
        Recipe recipe = test::narrowRecipe(1, 1);
        recipe.device = "auto";
        recipe.precision = Precision::Auto;
        recipe.trainedPrecision = Precision::Float32;
        recipe.threads = 0;
        const auto run = m_folder / "asked";
        Recorder recorder;
        std::stop_source stop;
        recorder.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        const RunRecord record =
            trainRun(test::narrowRequest(recipe, m_folder / "two", run), recorder, stop.get_token());
        QCOMPARE(record.state, RunState::Stopped);
        recorder.onEpoch = {};
        QCOMPARE(resumeRun(run, {}, recorder).state, RunState::Finished);
        setThreadCount(1);

        const SavedRun saved = loadRun(run);
        QVERIFY(saved.record.asked == (AskedSettings{"auto", "auto", "float32", 0}));
        QVERIFY(saved.recipe.device != "auto" && saved.recipe.precision != Precision::Auto);
        QCOMPARE(saved.recipe.threads, physicalCoreCount());
        const AskedRecipe asked = askedRecipeOf(saved);
        QVERIFY(asked.recipe == recipe);
        QVERIFY(asked.asUsed.empty());
    }

    void guessesWhatAnOldRunAsked()
    {
        SavedRun run;
        run.recipe = test::narrowRecipe(1, 1);
        const DeviceInfo own = resolveDevice("auto");
        run.recipe.device = own.id;
        run.recipe.precision = resolvePrecision(Precision::Auto, own);
        run.recipe.trainedPrecision = run.recipe.precision;
        run.recipe.threads = physicalCoreCount();
        run.recipe.weightsHash = "0f";
        AskedRecipe asked = askedRecipeOf(run);
        QCOMPARE(asked.recipe.device, std::string("auto"));
        QCOMPARE(asked.recipe.precision, Precision::Auto);
        QCOMPARE(asked.recipe.trainedPrecision, Precision::Auto);
        QCOMPARE(asked.recipe.threads, 0);
        QCOMPARE(asked.recipe.weightsHash, std::string());
        QVERIFY(asked.asUsed.empty());

        run.recipe.device = "cuda:77";
        run.recipe.precision =
            run.recipe.precision == Precision::Float32 ? Precision::Bfloat16 : Precision::Float32;
        run.recipe.threads = physicalCoreCount() + 1;
        asked = askedRecipeOf(run);
        QCOMPARE(asked.recipe.device, std::string("cuda:77"));
        QCOMPARE(asked.recipe.precision, run.recipe.precision);
        QCOMPARE(asked.recipe.trainedPrecision, Precision::Auto);
        QCOMPARE(asked.recipe.threads, physicalCoreCount() + 1);
        QVERIFY(asked.asUsed == (std::vector<std::string>{"device", "precision", "threads"}));
    }

    // The published widths at 180 pixels, from random weights: a few pictures, one epoch of each phase.
    void theTrueNetworkTrains()
    {
        const auto data = m_folder / "few";
        test::writeSyntheticDataset(data, {{"blue", "red"}, 4, 180, true, 6});
        Recipe recipe = test::narrowRecipe(1, 1);
        recipe.width = 1;
        recipe.inputSize = 180;
        recipe.threads = 0;
        const auto run = m_folder / "true";
        Recorder recorder;
        const TrainRequest request = test::narrowRequest(recipe, data, run);
        const RunRecord record = trainRun(request, recorder);
        setThreadCount(1);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.state, RunState::Finished);
        const ModelWeights model = readModelWeights(RunFiles{run}.best());
        std::size_t parameters = 0;
        for (std::size_t i = 0; i < model.base.layers.size(); ++i) {
            parameters += model.base.layers[i].kernel.size() + model.base.layers[i].bias.size();
            QCOMPARE(model.base.layers[i] == request.weights.layers[i], i < 10);
        }
        for (const NamedTensor& tensor : model.head) {
            parameters += tensor.values.size();
        }
        QCOMPARE(parameters, std::size_t(17'992'001));
    }

    void severalClassesAndThePooledHead()
    {
        Recipe recipe = test::narrowRecipe(8, 1);
        recipe.head = HeadKind::Pooled;
        recipe.precision = Precision::Bfloat16;
        recipe.phases[0].learningRate = 1e-2;
        Recorder recorder;
        const RunRecord record =
            trainRun(test::narrowRequest(recipe, m_folder / "three", m_folder / "pooled"), recorder);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.classes.size(), std::size_t(3));
        const bool isThere = availableDevices().front().bfloat16 != Bfloat16Support::None;
        QCOMPARE(record.precision, std::string(isThere ? "bfloat16" : "float32"));
        QCOMPARE(recorder.notices.has(NoticeCode::Bfloat16Missing), !isThere);
        QVERIFY2(record.test->score.accuracy > 0.6, std::to_string(record.test->score.accuracy).c_str());
    }

    void keptValidationFeaturesChangeNothing()
    {
        Recipe recipe = test::narrowRecipe(2, 2);
        Recorder recorder;
        trainRun(test::narrowRequest(recipe, m_folder / "two", m_folder / "fresh"), recorder);
        recipe.keepValidationFeatures = true;
        trainRun(test::narrowRequest(recipe, m_folder / "two", m_folder / "kept"), recorder);
        QCOMPARE(historyWithoutSeconds(m_folder / "fresh"), historyWithoutSeconds(m_folder / "kept"));
    }

    void phaseTwoCanStartFromTheBest()
    {
        Recipe recipe = test::narrowRecipe(3, 1);
        // A rate this high makes the last epoch a bad one.
        recipe.phases[0].learningRate = 0.3;
        recipe.phases[1].learningRate = 1e-12;
        recipe.phases[1].startFrom = StartFrom::Best;
        Recorder recorder;
        const auto run = m_folder / "from best";
        QCOMPARE(trainRun(test::narrowRequest(recipe, m_folder / "two", run), recorder).error, std::string());
        const ModelWeights first = readModelWeights(RunFiles{run}.phase(1));
        const ModelWeights second = readModelWeights(RunFiles{run}.phase(2));
        // RMSprop moves a weight by at most about 3·rate a step: phase 2 cannot hide where it started.
        for (std::size_t i = 0; i < first.head.size(); ++i) {
            for (std::size_t k = 0; k < first.head[i].values.size(); ++k) {
                QVERIFY(std::abs(first.head[i].values[k] - second.head[i].values[k]) < 1e-9);
            }
        }
        QVERIFY(loadRun(run).record.best[0].epoch < 3);
    }

    void aBrokenPictureMidRunIsSetAside()
    {
        const auto data = m_folder / "breaking";
        test::writeSyntheticDataset(data, {{"blue", "red"}, 20, 40, false, 4});
        const TrainRequest request =
            test::narrowRequest(test::narrowRecipe(1, 1), data, m_folder / "broken picture");
        const auto index = request.dataset.indicesOf(Split::Train).front();
        std::ofstream(request.dataset.pathOf(request.dataset.samples[index])) << "no longer a picture";
        Recorder recorder;
        const RunRecord record = trainRun(request, recorder);
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(record.excluded.size(), std::size_t(1));
        QVERIFY(record.excluded[0].path.ends_with(request.dataset.samples[index].path));
    }

    void divergenceEndsAsAFailedRecord()
    {
        Recipe recipe = test::narrowRecipe(3, 1);
        recipe.phases[0].learningRate = 1e30;
        recipe.phases[0].unfreeze = 18;
        Recorder recorder;
        const RunRecord record =
            trainRun(test::narrowRequest(recipe, m_folder / "two", m_folder / "diverged"), recorder);
        QCOMPARE(record.state, RunState::Failed);
        QVERIFY2(record.error.find("lower learning rate") != std::string::npos, record.error.c_str());
        QCOMPARE(loadRun(m_folder / "diverged").record.state, RunState::Failed);

        // A stop before it goes on is a stop, and nothing of it is on disk.
        std::stop_source stop;
        stop.request_stop();
        QCOMPARE(resumeRun(m_folder / "diverged", {}, recorder, stop.get_token()).state, RunState::Stopped);
        QCOMPARE(loadRun(m_folder / "diverged").record.state, RunState::Failed);
    }

    void aTenthOfTheRateIsTheWayOn()
    {
        const auto run = m_folder / "way on";
        Recipe recipe = test::narrowRecipe(2, 1);
        recipe.phases[1].learningRate = 1e30;
        recipe.phases[1].unfreeze = 18;
        Recorder recorder;
        const RunRecord failed = trainRun(test::narrowRequest(recipe, m_folder / "two", run), recorder);
        QCOMPARE(failed.errorCode, std::string("training-diverged"));
        QVERIFY2(failed.error.find("a tenth of it from the last good checkpoint") != std::string::npos,
                 failed.error.c_str());
        for (const double factor : {0.0, -0.1, 11.0, std::nan("")}) {
            try {
                resumeRun(run, {.rateFactor = factor}, recorder);
                QFAIL("took a factor that is none");
            } catch (const Error& error) {
                QCOMPARE(error.code(), ErrorCode::Usage);
            }
        }
        recipe = loadRun(run).recipe;
        recipe.phases[1].learningRate = 1e-3;
        std::ofstream(RunFiles{run}.recipe()) << formatRecipe(recipe);
        const RunRecord record = resumeRun(run, {.rateFactor = 0.1}, recorder);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.state, RunState::Finished);
        const SavedRun saved = loadRun(run);
        QCOMPARE(saved.recipe.phases[0].learningRate, 1e-3); // is behind it
        QVERIFY(saved.recipe.phases[1].learningRate == 1e-4);
        QVERIFY(saved.record.rateChanges == (std::vector<RateChange>{{2, 1, 0.1}}));
        QVERIFY(saved.history[2].learningRate == 1e-4);
        QVERIFY(recorder.notices.has(NoticeCode::RateChanged, R"("rate":0.0001,"phase":2)"));
    }

    void aStoppedRunIsFinishedAsItIs()
    {
        const auto run = m_folder / "finished early";
        std::stop_source stop;
        Recorder recorder;
        recorder.onBatch = [&](const BatchProgress& progress) {
            if (progress.phase == 1 && progress.epoch == 3) {
                stop.request_stop();
            }
        };
        Recipe recipe = test::narrowRecipe(5, 2);
        recipe.phases[0].learningRate = 0.3; // so that the best epoch need not be the last one
        trainRun(test::narrowRequest(recipe, m_folder / "two", run), recorder, stop.get_token());
        recorder.onBatch = {};
        const SavedRun stopped = loadRun(run);
        QCOMPARE(stopped.history.size(), std::size_t(2));
        const std::string last = test::bytesOf(RunFiles{run}.last());
        const RunRecord record = resumeRun(run, {.finishNow = true}, recorder);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY(record.finishedEarly);
        QCOMPARE(record.test->phase, 1);
        QCOMPARE(record.test->split, std::string("test"));
        QCOMPARE(record.test->score.images, 12);
        const SavedRun saved = loadRun(run);
        QCOMPARE(saved.record.state, RunState::Finished);
        QVERIFY(saved.record.finishedEarly);
        QCOMPARE(saved.history.size(), std::size_t(2));
        QCOMPARE(test::bytesOf(RunFiles{run}.last()), last);
        // The weights of best.safetensors, which a run of as many epochs tests too.
        recipe.phases.resize(1);
        recipe.phases[0].epochs = 2;
        const RunRecord whole =
            trainRun(test::narrowRequest(recipe, m_folder / "two", m_folder / "two epochs"), recorder);
        QCOMPARE(record.test->score.loss, whole.test->score.loss);
        QVERIFY(!whole.finishedEarly);
    }

    // Phase 1 freezes more than phase 2, and frozen layers are computed in 16 bits where that is faster:
    // whoever measures the weights again has to know of which phase they are.
    void whatFinishNowMeasuredIsMeasuredAgain()
    {
        const auto run = m_folder / "finished in 16 bits";
        std::stop_source stop;
        Recorder recorder;
        recorder.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        Recipe recipe = test::narrowRecipe(2, 1);
        recipe.precision = Precision::Bfloat16;
        const TrainRequest request = test::narrowRequest(recipe, m_folder / "two", run);
        trainRun(request, recorder, stop.get_token());
        const RunRecord record = resumeRun(run, {.finishNow = true}, recorder);
        QCOMPARE(record.state, RunState::Finished);
        const ModelWeights best = readModelWeights(RunFiles{run}.best());
        QCOMPARE(best.phase, 1);
        const auto again = evaluateModel(best, request.dataset, Split::Test, {.batchSize = 8});
        QCOMPARE(again->score.loss, record.test->score.loss);
        ModelWeights unknown = best;
        unknown.phase = 0;
        if (record.precision == "bfloat16") {
            QVERIFY(evaluateModel(unknown, request.dataset, Split::Test, {.batchSize = 8})->score.loss !=
                    record.test->score.loss);
        }
    }

    // By the best weights of the latest phase that has any, which are those of best.safetensors.
    void aRunStoppedInItsSecondPhaseIsFinishedWithThatOne()
    {
        const auto run = m_folder / "finished in phase 2";
        std::stop_source stop;
        Recorder recorder;
        recorder.onEpoch = [&](const EpochMetrics& metrics) {
            if (metrics.phase == 2) {
                stop.request_stop();
            }
        };
        trainRun(test::narrowRequest(test::narrowRecipe(1, 3), m_folder / "two", run), recorder,
                 stop.get_token());
        recorder.onEpoch = {};
        const RunRecord record = resumeRun(run, {.finishNow = true}, recorder);
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(record.test->phase, 2);
        QCOMPARE(test::bytesOf(RunFiles{run}.best()), test::bytesOf(RunFiles{run}.phase(2)));
    }

    void exchangedBestWeightsAreNoticed()
    {
        Recorder recorder;
        Recipe recipe = test::narrowRecipe(1, 3);
        const auto stopIn2 = [&](const std::filesystem::path& run) {
            std::stop_source stop;
            recorder.onEpoch = [&](const EpochMetrics& metrics) {
                if (metrics.phase == 2) {
                    stop.request_stop();
                }
            };
            trainRun(test::narrowRequest(recipe, m_folder / "two", run), recorder, stop.get_token());
            recorder.onEpoch = {};
        };
        const auto run = m_folder / "own";
        const RunFiles files{run};
        stopIn2(run);
        recipe.seed = 12;
        stopIn2(m_folder / "other");
        for (const BestEpoch& best : loadRun(run).record.best) {
            QCOMPARE(best.contentHash, readSafetensorsMetadata(files.phase(best.phase)).at(contentHashKey));
        }
        std::filesystem::copy_file(RunFiles{m_folder / "other"}.phase(1), files.phase(1),
                                   std::filesystem::copy_options::overwrite_existing);
        try {
            resumeRun(run, {}, recorder);
            QFAIL("went on with another run's weights");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunDiffers);
            QVERIFY2(error.detail().find("phase1.safetensors is not the file") != std::string::npos,
                     error.what());
        }
        // Changed within, which no word makes good.
        SafetensorsFile changed = readSafetensors(files.phase(2));
        changed.tensors.back().values[0] += 1;
        std::filesystem::remove(files.phase(2));
        writeSafetensors(files.phase(2), changed);
        const RunRecord failed = resumeRun(run, {.acceptChanges = true, .finishNow = true}, recorder);
        QCOMPARE(failed.state, RunState::Failed);
        QVERIFY2(failed.error.find("was changed after it was written") != std::string::npos,
                 failed.error.c_str());
        // Accepted, it is the run's.
        QCOMPARE(resumeRun(run, {}, recorder).state, RunState::Finished);
        QCOMPARE(loadRun(run).record.best[0].contentHash,
                 readSafetensorsMetadata(files.phase(1)).at(contentHashKey));
    }

    void whatHasNoBestWeightsIsNotFinished()
    {
        const auto run = m_folder / "no epoch";
        std::stop_source stop;
        Recorder recorder;
        recorder.onBatch = [&](const BatchProgress&) { stop.request_stop(); };
        trainRun(test::narrowRequest(test::narrowRecipe(2, 1), m_folder / "two", run), recorder,
                 stop.get_token());
        try {
            resumeRun(run, {.finishNow = true}, recorder);
            QFAIL("finished a run without an epoch");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunInvalid);
        }
        QCOMPARE(loadRun(run).record.state, RunState::Stopped);
    }

    void aRemovedLockIsTakenAgain()
    {
        const auto run = m_folder / "unlocked";
        Recorder recorder;
        int held = 0;
        recorder.onEpoch = [&](const EpochMetrics&) {
            held += RunLock::isHeld(run) ? 1 : 0;
            std::filesystem::remove(RunFiles{run}.lock());
        };
        TrainRequest request = test::narrowRequest(test::narrowRecipe(2, 1), m_folder / "two", run);
        request.saving = {0, 0, 0, 0};
        QCOMPARE(trainRun(request, recorder).state, RunState::Finished);
        QCOMPARE(held, 3);
        QVERIFY(recorder.notices.has(NoticeCode::LockTakenAgain));
    }

    // Two that write into one folder would tear each other's run apart.
    void aRunTakenOverIsLeftAlone()
    {
        const auto run = m_folder / "taken over";
        Recorder recorder;
        std::optional<RunLock> other;
        std::string record;
        recorder.onEpoch = [&](const EpochMetrics&) {
            std::filesystem::remove(RunFiles{run}.lock());
            other.emplace(run);
            record = test::bytesOf(RunFiles{run}.record());
        };
        TrainRequest request = test::narrowRequest(test::narrowRecipe(2, 1), m_folder / "two", run);
        request.saving = {0, 0, 0, 0};
        const RunRecord ended = trainRun(request, recorder);
        QCOMPARE(ended.state, RunState::Failed);
        QCOMPARE(ended.errorCode, std::string("run-in-use"));
        QCOMPARE(test::bytesOf(RunFiles{run}.record()), record);
        QCOMPARE(recorder.epochs.size(), std::size_t(1));
    }

    void whatFailsBeforeTheFirstBatchIsAFailedRecord()
    {
        const auto run = m_folder / "failed early";
        Recorder recorder;
        recorder.onMessage = [] { throw Error(ErrorCode::OutOfMemory, {}, "nothing is left"); };
        const RunRecord record =
            trainRun(test::narrowRequest(test::narrowRecipe(1, 1), m_folder / "two", run), recorder);
        QCOMPARE(record.state, RunState::Failed);
        QCOMPARE(loadRun(run).record.state, RunState::Failed);
        QCOMPARE(loadRun(run).record.errorCode, std::string("out-of-memory"));
    }

    // Else a run that goes on from an older one would call other weights its best than the file holds.
    void noBestEpochIsNewerThanTheCheckpoint()
    {
        const auto run = m_folder / "best and checkpoint";
        TrainRequest request = test::narrowRequest(test::narrowRecipe(4, 1), m_folder / "two", run);
        request.saving.checkpointAtMostEvery = 1e9;
        request.saving.checkpointAtLeastEvery = 1e9;
        int compared = 0;
        std::stop_source stop;
        Recorder recorder;
        recorder.onBatch = [&](const BatchProgress& progress) {
            if (progress.stage == TrainStage::Training && progress.phase == 1 && progress.epoch > 1) {
                ++compared;
                QCOMPARE(loadCheckpoint(RunFiles{run}).state.best.back().epoch,
                         loadRun(run).record.best.back().epoch);
            }
            if (progress.phase == 2) {
                stop.request_stop();
            }
        };
        QCOMPARE(trainRun(request, recorder, stop.get_token()).state, RunState::Stopped);
        QVERIFY(compared >= 3);

        RunRecord record = loadRun(run).record;
        const int epoch = record.best.front().epoch;
        record.best.front().epoch = 99;
        writeRunRecord(RunFiles{run}.record(), record);
        std::stop_source again;
        recorder.onBatch = [&](const BatchProgress&) { again.request_stop(); };
        QCOMPARE(resumeRun(run, {.saving = request.saving}, recorder, again.get_token()).state,
                 RunState::Stopped);
        QCOMPARE(loadRun(run).record.best.front().epoch, epoch);
    }

    void refusesBeforeAnythingIsWritten()
    {
        Recorder recorder;
        const auto codeOf = [&](const TrainRequest& request) {
            try {
                trainRun(request, recorder);
            } catch (const Error& error) {
                return error.code();
            }
            return ErrorCode::Internal;
        };
        const Recipe recipe = test::narrowRecipe(1, 1);
        QCOMPARE(codeOf(test::narrowRequest(recipe, m_folder / "two", m_folder / "two")),
                 ErrorCode::OutputExists);
        test::writeSyntheticDataset(m_folder / "latin", {{"caf\xE9", "red"}, 12, 32, false, 1});
        QCOMPARE(codeOf(test::narrowRequest(recipe, m_folder / "latin", m_folder / "bad")),
                 ErrorCode::DatasetInvalid);
        Recipe bad = recipe;
        bad.phases[0].epochs = 0;
        QCOMPARE(codeOf(test::narrowRequest(bad, m_folder / "two", m_folder / "bad")),
                 ErrorCode::RecipeInvalid);
        QVERIFY(!std::filesystem::exists(m_folder / "bad"));
        bad = recipe;
        bad.device = "cuda:7";
        QCOMPARE(codeOf(test::narrowRequest(bad, m_folder / "two", m_folder / "bad")),
                 ErrorCode::DeviceUnavailable);
        QVERIFY(!std::filesystem::exists(m_folder / "bad"));
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestTrainer)
#include "test_trainer.moc"
