#include "core/base/file_system.h"
#include "core/compute/compute_device.h"
#include "core/run/run_store.h"
#include "core/train/cost/run_needs.h"
#include "core/train/features/feature_bank.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cerrno>
#include <cmath>
#include <functional>
#include <set>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

class Listener : public TrainObserver
{
public:
    void batchDone(const BatchProgress& progress) override
    {
        storing += progress.stage == TrainStage::Storing;
        QVERIFY(progress.fractionDone >= 0 && progress.fractionDone <= 1);
        if (onBatch) {
            onBatch(progress);
        }
    }

    void noticeGiven(const Notice& notice) override
    {
        if (test::isWaiting(notice.code)) {
            waits.push_back(notice.code);
            onWait();
        }
    }

    int storing = 0; ///< reports of views being computed
    std::vector<NoticeCode> waits;
    std::function<void(const BatchProgress&)> onBatch;
    std::function<void()> onWait = [] {};
};

/// The disk of the cache fills up as soon as something lies there, for as long as it is said to be full.
class FullCache : public FileSystem
{
public:
    std::ptrdiff_t write(int descriptor, const void* data, std::size_t size) override
    {
        const std::string file = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor));
        // A file's header, the first rows and their checksum find room.
        if (isFull && file.find(".partial") != std::string::npos && ++m_writes > 3) {
            ++refused;
            errno = ENOSPC;
            return -1;
        }
        return FileSystem::write(descriptor, data, size);
    }

    bool isFull = true;
    int refused = 0;

private:
    int m_writes = 0;
};

/// Banks in which a file of features lies, whole or not.
int banksWithFiles()
{
    int count = 0;
    for (const auto& bank : fs::directory_iterator(featureBanksFolder())) {
        const fs::directory_iterator files(bank);
        count += std::any_of(fs::begin(files), fs::end(files), [](const auto& file) {
            return file.path().filename().string().starts_with("view-");
        });
    }
    return count;
}

PhaseRecipe phaseWith(int unfreeze)
{
    PhaseRecipe phase;
    phase.unfreeze = unfreeze;
    return phase;
}

} // namespace

/// Runs that train on stored views (augmentation.views).
class TestStoredViews : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "data", {{"blue", "red"}, 30, 40, false, 1});
        setThreadCount(1);
    }
    void init() { fs::remove_all(featureBanksFolder()); }

    void eachPictureGoesThroughItsViews()
    {
        constexpr int views = 5;
        std::set<std::vector<int>> orders;
        for (std::uint64_t picture = 0; picture < 20; ++picture) {
            for (int epoch = 1; epoch <= views; ++epoch) {
                QCOMPARE(viewOf(views, 7, epoch, picture), epoch - 1);
            }
            for (int round = 1; round < 4; ++round) {
                std::vector<int> order;
                for (int place = 1; place <= views; ++place) {
                    order.push_back(viewOf(views, 7, round * views + place, picture));
                }
                orders.insert(order);
                std::sort(order.begin(), order.end());
                QCOMPARE(order, (std::vector{0, 1, 2, 3, 4}));
            }
        }
        // 60 draws out of 120 orders: some come twice, but they are not all alike.
        QVERIFY2(orders.size() > 30, std::to_string(orders.size()).c_str());
        QCOMPARE(viewOf(1, 7, 100, 3), 0);
    }

    void boundariesThatCanBeStored()
    {
        const auto planned = [](std::vector<PhaseRecipe> phases) {
            Recipe recipe = bookRecipe();
            recipe.augmentation.views = 2;
            recipe.phases = std::move(phases);
            return planRun(recipe, {10, 10, 10}).phases;
        };
        const auto book = planned({phaseWith(0), phaseWith(4)});
        QCOMPARE(book[0].passBoundaries, (std::vector{15, 19}));
        QCOMPARE(book[0].storedBoundaries, (std::vector{15, 19}));
        QCOMPARE(book[1].storedBoundaries, (std::vector{15}));
        // What phase 1 trained is no longer as imported.
        const auto refreezing = planned({phaseWith(8), phaseWith(4), phaseWith(18)});
        QCOMPARE(refreezing[0].storedBoundaries, (std::vector{11}));
        QCOMPARE(refreezing[1].passBoundaries, (std::vector{15}));
        QVERIFY(!refreezing[1].frozenAreImported && !refreezing[1].usesStoredViews());
        // Nothing is frozen.
        QVERIFY(refreezing[2].passBoundaries.empty() && !refreezing[2].usesStoredViews());
        // Without views every phase decodes its pictures anew.
        Recipe fresh = bookRecipe();
        QCOMPARE(fresh.augmentation.views, 0);
        QVERIFY(!planRun(fresh, {10, 10, 10}).phases[0].usesStoredViews());
    }

    void theSizeIsSaidBeforehand()
    {
        const auto needsOf = [](const Recipe& recipe, const SplitCounts& counts) {
            return estimateRunNeeds(planRun(recipe, counts));
        };
        Recipe recipe = bookRecipe();
        QCOMPARE(planRun(recipe, {2000}).viewBytes(), std::uint64_t(0));
        recipe.augmentation.views = 4;
        // 11·11·512 and 5·5·512 half-precision values a picture and view.
        QCOMPARE(planRun(recipe, {2000}).viewBytes(), std::uint64_t(4) * 2000 * 2 * (61'952 + 12'800));
        // Validation pictures are kept in the type computed.
        QCOMPARE(planRun(recipe, {}).measuredBytes(1000), std::uint64_t(1000) * 4 * (61'952 + 12'800));
        recipe.precision = Precision::Bfloat16;
        QCOMPARE(planRun(recipe, {}).measuredBytes(1000), std::uint64_t(1000) * 2 * (61'952 + 12'800));
        const RunNeeds needs = needsOf(recipe, {2000, 1000, 0});
        QCOMPARE(needs.views, 4.0 * 2000 * 2 * (61'952 + 12'800));
        QCOMPARE(needs.measured, 1000.0 * 2 * (61'952 + 12'800));
        // The test reads block4's output alone, which is what phase 2 freezes.
        QCOMPARE(needsOf(recipe, {2000, 1000, 500}).measured - needs.measured, 500.0 * 2 * 61'952);
        // Phase 2 freezes what phase 1 trained: block3 as imported is stored, then block4 as trained.
        Recipe refreezing = bookRecipe();
        refreezing.phases = {phaseWith(8), phaseWith(4)};
        QCOMPARE(planRun(refreezing, {}).measuredBytes(1000),
                 std::uint64_t(1000) * 4 * (22 * 22 * 256 + 61'952));
        recipe.keepValidationFeatures = false;
        // Without test pictures the test's are the validation's.
        QCOMPARE(needsOf(recipe, {2000, 1000, 0}).measured, 1000.0 * 2 * 61'952);
        QCOMPARE(needsOf(recipe, {2000, 1000, 500}).measured, 500.0 * 2 * 61'952);
        Recipe withoutViews = recipe;
        withoutViews.augmentation.views = 0;
        QCOMPARE(needsOf(withoutViews, {2000, 1000, 500}).measured, 0.0);
        recipe.keepValidationFeatures = true;
        recipe.augmentation = {0, 0, 0, 4};
        QCOMPARE(planRun(recipe, {}).views, 1);

        const Recipe narrow = narrowWith(2, 1, 2);
        trainIn("size", narrow);
        const SplitCounts counts = test::narrowRequest(narrow, m_folder / "data", {}).dataset.counts();
        const RunPlan plan = planRun(narrow, counts);
        const std::uint64_t expected =
            plan.viewBytes() + plan.measuredBytes(counts.validation) + plan.testedBytes(counts.test);
        const RunNeeds said = estimateRunNeeds(plan);
        QCOMPARE(said.views + said.measured, double(expected));
        const std::uint64_t found = featureBanksBytes(featureBanksFolder());
        QVERIFY2(found >= expected, std::to_string(found).c_str());
        // Headers, checksums and a description of each of the three banks come on top.
        QVERIFY2(found < expected + 16 * 1024, std::to_string(found).c_str());
    }

    // As many views as epochs are the fresh ones: only half precision lies between.
    void enoughViewsAreFreshOnes()
    {
        const RunRecord fresh = trainIn("fresh", narrowWith(0, 3, 2));
        Recipe recipe = narrowWith(5, 3, 2);
        recipe.augmentation.viewsSeed = recipe.seed;
        const RunRecord stored = trainIn("stored", recipe);
        const auto a = loadRun(m_folder / "fresh").history;
        const auto b = loadRun(m_folder / "stored").history;
        QCOMPARE(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            // Half precision rounds by 2^-11; a wrong view or picture would show in the first digits.
            QVERIFY2(std::abs(a[i].loss - b[i].loss) < 5e-3 * a[i].loss,
                     qPrintable(QString("%1 %2 %3").arg(i).arg(a[i].loss).arg(b[i].loss)));
        }
        // A loss near zero shows small differences of the weights more.
        QVERIFY(std::abs(fresh.test->score.loss - stored.test->score.loss) < 3e-2 * fresh.test->score.loss);
    }

    void anotherRunFindsThem()
    {
        Listener first;
        trainIn("first", narrowWith(2, 3, 2), first);
        QVERIFY(first.storing > 0);
        Listener second;
        trainIn("second", narrowWith(2, 3, 2), second);
        QCOMPARE(second.storing, 0);
        QVERIFY(test::outcomeOf(m_folder / "first") == test::outcomeOf(m_folder / "second"));
        // More views are added to those that are there.
        Listener more;
        trainIn("more", narrowWith(3, 3, 2), more);
        QVERIFY(more.storing > 0);
        // One for training, one for validation, one for the test.
        QCOMPARE(std::distance(fs::directory_iterator(featureBanksFolder()), {}), std::ptrdiff_t(3));
        // Another seed draws another order of the same views, another of theirs turns the pictures otherwise.
        TrainRequest other =
            test::narrowRequest(narrowWith(2, 1, 1), m_folder / "data", m_folder / "reordered");
        other.recipe.seed += 5;
        Listener reordered;
        QCOMPARE(trainRun(other, reordered).state, RunState::Finished);
        QCOMPARE(reordered.storing, 0);
        other.recipe.augmentation.viewsSeed = 5;
        other.folder = m_folder / "turned";
        Listener turned;
        QCOMPARE(trainRun(other, turned).state, RunState::Finished);
        QVERIFY(turned.storing > 0);
        QCOMPARE(std::distance(fs::directory_iterator(featureBanksFolder()), {}), std::ptrdiff_t(4));
    }

    // What is stored for judging is exactly what would be computed.
    void judgesAsIfComputedEachTime()
    {
        Recipe recipe = narrowWith(2, 3, 2);
        const RunRecord stored = trainIn("judged stored", recipe);
        recipe.keepValidationFeatures = false;
        const RunRecord computed = trainIn("judged computed", recipe);
        QCOMPARE(test::historyWithoutSeconds(m_folder / "judged stored"),
                 test::historyWithoutSeconds(m_folder / "judged computed"));
        QCOMPARE(stored.test->score.loss, computed.test->score.loss);
    }

    // A phase that freezes what an earlier one trained is judged by those weights, whatever a run with the
    // imported ones has left under the same pictures.
    void judgesByTheWeightsOfItsOwnPhase_data()
    {
        QTest::addColumn<std::vector<int>>("unfrozen");
        QTest::newRow("the phase before") << std::vector{4, 0};
        QTest::newRow("the phase before that") << std::vector{4, 0, 0};
        QTest::newRow("not all of it is frozen again") << std::vector{8, 4};
    }

    void judgesByTheWeightsOfItsOwnPhase()
    {
        QFETCH(std::vector<int>, unfrozen);
        Recipe recipe = narrowWith(0, 1, 1);
        for (const int unfreeze : std::set<int>(unfrozen.begin(), unfrozen.end())) {
            recipe.phases = {phaseWith(unfreeze)};
            recipe.phases[0].name = "alone";
            recipe.phases[0].epochs = 1;
            trainIn("left before " + std::string(QTest::currentDataTag()) + std::to_string(unfreeze), recipe);
        }
        recipe.phases.clear();
        for (const int unfreeze : unfrozen) {
            recipe.phases.push_back(phaseWith(unfreeze));
            recipe.phases.back().name = std::to_string(recipe.phases.size());
            recipe.phases.back().epochs = 1;
            recipe.phases.back().learningRate = 1e-3; // far enough to show in every loss
        }
        const std::string name = QTest::currentDataTag();
        trainIn("kept " + name, recipe);
        trainIn("kept again " + name, recipe);
        recipe.keepValidationFeatures = false;
        trainIn("computed " + name, recipe);
        const std::string computed = test::historyWithoutSeconds(m_folder / ("computed " + name));
        QCOMPARE(test::historyWithoutSeconds(m_folder / ("kept " + name)), computed);
        QCOMPARE(test::historyWithoutSeconds(m_folder / ("kept again " + name)), computed);
    }

    // They only spare work: a cache that cannot be written costs time and nothing else.
    void judgesWithoutACacheAsWell()
    {
        const Recipe recipe = narrowWith(0, 2, 1);
        QVERIFY(recipe.keepValidationFeatures);
        trainIn("with a cache", recipe);
        TrainRequest request = test::narrowRequest(recipe, m_folder / "data", m_folder / "without a cache");
        request.saving.featureBanks = "/proc/none/features";
        Listener listener;
        QCOMPARE(trainRun(request, listener).state, RunState::Finished);
        QCOMPARE(test::historyWithoutSeconds(m_folder / "with a cache"),
                 test::historyWithoutSeconds(m_folder / "without a cache"));
    }

    void judgesWithoutRoomForAllAsWell()
    {
        const Recipe recipe = narrowWith(0, 2, 1);
        trainIn("with room", recipe);
        fs::remove_all(featureBanksFolder());
        FullCache full;
        Listener listener;
        std::stop_source stop;
        listener.onWait = [&] { stop.request_stop(); }; // else it would be for ever
        RunRecord record;
        {
            const FileSystemScope scope(full);
            record = trainRun(test::narrowRequest(recipe, m_folder / "data", m_folder / "without room"),
                              listener, stop.get_token());
        }
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY(full.refused > 0);
        QCOMPARE(test::historyWithoutSeconds(m_folder / "with room"),
                 test::historyWithoutSeconds(m_folder / "without room"));
        // What had found room has given it back.
        QCOMPARE(banksWithFiles(), 0);
    }

    // Training does need its views: without room for them it waits, and says for what.
    void roomForViewsIsWaitedFor()
    {
        const Recipe recipe = narrowWith(2, 2, 1);
        trainIn("views with room", recipe);
        fs::remove_all(featureBanksFolder());
        FullCache full;
        Listener listener;
        listener.onWait = [&] { full.isFull = false; };
        TrainRequest request =
            test::narrowRequest(recipe, m_folder / "data", m_folder / "views without room");
        request.saving.retryAfter = 0.001;
        {
            const FileSystemScope scope(full);
            QCOMPARE(trainRun(request, listener).state, RunState::Finished);
        }
        QCOMPARE(listener.waits.size(), std::size_t(1));
        QCOMPARE(listener.waits[0], NoticeCode::WaitsToSaveViews);
        QVERIFY(test::outcomeOf(m_folder / "views with room") ==
                test::outcomeOf(m_folder / "views without room"));
    }

    void resumeEqualsAnUninterruptedRun_data()
    {
        QTest::addColumn<TrainStage>("stage");
        QTest::addColumn<int>("phase");
        QTest::addColumn<int>("epoch");
        QTest::addColumn<bool>("bankIsLost");
        QTest::newRow("while storing") << TrainStage::Storing << 1 << 2 << false;
        QTest::newRow("while storing, bank lost") << TrainStage::Storing << 1 << 2 << true;
        QTest::newRow("phase 1, after the views") << TrainStage::Training << 1 << 3 << false;
        QTest::newRow("phase 1, bank lost") << TrainStage::Training << 1 << 3 << true;
        QTest::newRow("phase 2") << TrainStage::Training << 2 << 1 << false;
        QTest::newRow("phase 2, bank lost") << TrainStage::Training << 2 << 2 << true;
    }

    void resumeEqualsAnUninterruptedRun()
    {
        QFETCH(TrainStage, stage);
        QFETCH(int, phase);
        QFETCH(int, epoch);
        QFETCH(bool, bankIsLost);
        const Recipe recipe = narrowWith(2, 3, 2);
        const std::string name = QTest::currentDataTag();
        trainIn("whole " + name, recipe);
        fs::remove_all(featureBanksFolder());

        std::stop_source stop;
        Listener stopper;
        stopper.onBatch = [&](const BatchProgress& progress) {
            if (progress.stage == stage && progress.phase == phase && progress.epoch == epoch) {
                stop.request_stop();
            }
        };
        const fs::path parts = m_folder / ("parts " + name);
        const RunRecord stopped =
            trainRun(test::narrowRequest(recipe, m_folder / "data", parts), stopper, stop.get_token());
        QCOMPARE(stopped.error, std::string());
        QCOMPARE(stopped.state, RunState::Stopped);
        if (bankIsLost) {
            fs::remove_all(featureBanksFolder());
        }
        Listener nobody;
        const RunRecord finished = resumeRun(parts, {}, nobody);
        QCOMPARE(finished.error, std::string());
        QCOMPARE(finished.state, RunState::Finished);
        QVERIFY(test::outcomeOf(m_folder / ("whole " + name)) == test::outcomeOf(parts));
    }

    // A picture that vanished after the scan is left out of what is trained on, and of nothing else.
    void aVanishedPictureIsLeftOut()
    {
        const fs::path data = m_folder / "vanishing";
        test::writeSyntheticDataset(data, {{"blue", "red"}, 30, 40, true, 4});
        const Recipe recipe = narrowWith(1, 2, 1);
        const TrainRequest request = test::narrowRequest(recipe, data, m_folder / "vanished");
        const Sample& sample = request.dataset.samples[request.dataset.indicesOf(Split::Train).at(3)];
        fs::remove(data / sample.path);
        Listener nobody;
        const RunRecord record = trainRun(request, nobody);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.excluded.size(), std::size_t(1));
        QVERIFY(record.excluded[0].path.find(sample.path) != std::string::npos);
        // What has a gap is not left for others.
        QCOMPARE(banksWithFiles(), 2); // those for validation and the test
    }

    // Nor is one that was edited: its features would lie under the hash of what it was.
    void aChangedPictureIsLeftOut()
    {
        const fs::path data = m_folder / "changing";
        test::writeSyntheticDataset(data, {{"blue", "red"}, 30, 40, true, 5});
        const TrainRequest request = test::narrowRequest(narrowWith(1, 2, 1), data, m_folder / "changed");
        const auto training = request.dataset.indicesOf(Split::Train);
        const Sample& sample = request.dataset.samples[training.at(3)];
        fs::copy_file(request.dataset.pathOf(request.dataset.samples[training.at(4)]),
                      request.dataset.pathOf(sample), fs::copy_options::overwrite_existing);
        Listener nobody;
        const RunRecord record = trainRun(request, nobody);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.excluded.size(), std::size_t(1));
        QVERIFY(record.excluded[0].path.find(sample.path) != std::string::npos);
        QVERIFY2(record.excluded[0].reason.find("has changed") != std::string::npos,
                 record.excluded[0].reason.c_str());
        QCOMPARE(banksWithFiles(), 2);
    }

private:
    static Recipe narrowWith(int views, int headEpochs, int jointEpochs)
    {
        Recipe recipe = test::narrowRecipe(headEpochs, jointEpochs);
        recipe.augmentation.views = views;
        recipe.keepValidationFeatures = true;
        return recipe;
    }
    RunRecord trainIn(const std::string& name, const Recipe& recipe)
    {
        Listener nobody;
        return trainIn(name, recipe, nobody);
    }
    RunRecord trainIn(const std::string& name, const Recipe& recipe, TrainObserver& observer)
    {
        const RunRecord record =
            trainRun(test::narrowRequest(recipe, m_folder / "data", m_folder / name), observer);
        if (record.state != RunState::Finished) {
            qFatal("%s", record.error.c_str());
        }
        return record;
    }

    test::TemporaryFolder m_folder;
};

THAW_TEST(TestStoredViews)
#include "test_stored_views.moc"
