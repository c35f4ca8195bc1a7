#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/evaluate/evaluation.h"
#include "core/run/run_record_json.h"
#include "core/run/run_split.h"
#include "core/run/run_store.h"
#include "core/train/start/former_split.h"
#include "core/train/start/picture_losses.h"
#include "core/train/start/resume_run.h"
#include "core/train/start/resume_terms.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <utility>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

class ChangeListener : public TrainObserver
{
public:
    void noticeGiven(const Notice& notice) override { notices.add(notice); }
    void epochDone(const EpochMetrics& metrics, bool) override
    {
        if (onEpoch) {
            onEpoch(metrics);
        }
    }

    test::Notices notices;
    std::function<void(const EpochMetrics&)> onEpoch;
};

std::map<std::string, Split> notedSplit(const fs::path& run)
{
    std::map<std::string, Split> splits;
    for (const SplitEntry& entry : readRunSplit(RunFiles{run}.split())) {
        if (!entry.isGone) {
            splits[entry.path] = entry.split;
        }
    }
    return splits;
}

std::size_t picturesIn(const RunRecord& record, Split split)
{
    std::size_t sum = 0;
    for (const std::size_t count : record.counts[static_cast<std::size_t>(split)]) {
        sum += count;
    }
    return sum;
}

std::string detailThrown(const std::function<void()>& call, ErrorCode code)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code() == code ? error.detail() : std::string("another code: ") + error.what();
    }
    return "nothing was thrown";
}

} // namespace

/// A run goes on, or begins, with other pictures than it had.
class TestChangedPictures : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "more", {{"blue", "red"}, 10, 32, false, 77});
        setThreadCount(1);
    }

    void init()
    {
        fs::remove_all(m_data);
        fs::remove_all(m_run);
        m_recipe = test::narrowRecipe(3, 1);
        test::writeSyntheticDataset(m_data, {{"blue", "red"}, 20, 32, false, 1});
    }

    void aRunNotesItsSplit()
    {
        stopAfterFirstEpoch();
        const std::vector<SplitEntry> entries = readRunSplit(RunFiles{m_run}.split());
        const DatasetIndex scanned = requestFor(m_run).dataset;
        QVERIFY(entries == splitEntriesOf(scanned));
        QCOMPARE(entries.size(), std::size_t(40));
    }

    // The former test pictures were trained on, the counts were those of before, and a best epoch chosen on
    // eight pictures was compared with losses over twelve.
    void addedPicturesMoveNoOthers()
    {
        stopAfterFirstEpoch();
        const auto before = notedSplit(m_run);
        addMore();
        const std::string detail =
            detailThrown([&] { resumeRun(m_run, {}, m_nobody); }, ErrorCode::RunDiffers);
        QVERIFY2(detail.find("20 added (blue/new.0.png, ") != std::string::npos, detail.c_str());
        QVERIFY2(detail.find("and 17 more)") != std::string::npos, detail.c_str());

        ChangeListener listener;
        const RunRecord record = resumeRun(m_run, {.acceptChanges = true}, listener);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY2(listener.notices.has(NoticeCode::PicturesChanged, "20 added"),
                 listener.notices.text().c_str());
        const auto after = notedSplit(m_run);
        QCOMPARE(after.size(), std::size_t(60));
        for (const auto& [path, split] : before) {
            QVERIFY2(after.at(path) == split, path.c_str());
        }
        QCOMPARE(picturesIn(record, Split::Train), std::size_t(36));
        QCOMPARE(picturesIn(record, Split::Validation), std::size_t(12));
        QCOMPARE(picturesIn(record, Split::Test), std::size_t(12));
        QCOMPARE(record.test->score.images, 12);
        QCOMPARE(record.test->splitImages, std::size_t(12));
        QCOMPARE(record.best[0].images, 12);
        QCOMPARE(loadRun(m_run).record.counts, record.counts);
    }

    void aBestEpochIsMeasuredAgain()
    {
        stopAfterFirstEpoch();
        const SavedRun stopped = loadRun(m_run);
        addMore();
        ChangeListener listener;
        const RunRecord record = resumeRun(m_run, {.acceptChanges = true, .finishNow = true}, listener);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.best.size(), std::size_t(1));
        QVERIFY(record.best[0].measuredAgain);
        QCOMPARE(record.best[0].epoch, 1);
        const DatasetIndex now = datasetOf(m_run);
        const auto measured = evaluateModel(readModelWeights(RunFiles{m_run}.phase(1)), now,
                                            Split::Validation, {.batchSize = 8});
        QCOMPARE(record.best[0].valLoss, measured->score.loss);
        QCOMPARE(record.best[0].images, measured->score.images);
        // Both are recorded: the history keeps what was measured when the epoch ended.
        QCOMPARE(loadRun(m_run).history[0].valLoss, stopped.record.best[0].valLoss);
        QVERIFY(record.best[0].valLoss != stopped.record.best[0].valLoss);
        const auto tested =
            evaluateModel(readModelWeights(RunFiles{m_run}.best()), now, Split::Test, {.batchSize = 8});
        QCOMPARE(record.test->score.loss, tested->score.loss);
    }

    // What a picture holds decides, then its name.
    void picturesAreKnownByContentsAndName()
    {
        stopAfterFirstEpoch();
        const auto before = notedSplit(m_run);
        const std::string train = firstOf(before, Split::Train);
        const std::string validation = firstOf(before, Split::Validation);
        const std::string tested = firstOf(before, Split::Test);
        const std::string last = lastOf(before, Split::Test);
        fs::rename(m_data / tested, m_data / "blue" / "another name.png");
        fs::copy_file(m_folder / "more" / "blue" / "blue.0.png", m_data / validation,
                      fs::copy_options::overwrite_existing);
        // The contents of a test picture under a training picture's name, and a copy of it.
        fs::copy_file(m_data / last, m_data / "red" / "copy.png");
        fs::rename(m_data / last, m_data / train);
        const std::string detail =
            detailThrown([&] { resumeRun(m_run, {}, m_nobody); }, ErrorCode::RunDiffers);
        QVERIFY2(detail.find("1 changed (" + validation + ")") != std::string::npos, detail.c_str());
        QVERIFY2(detail.find("moved or renamed (blue/another name.png") != std::string::npos, detail.c_str());
        QVERIFY2(detail.find("1 removed (" + train + ")") != std::string::npos, detail.c_str());
        QCOMPARE(resumeRun(m_run, {.acceptChanges = true}, m_nobody).state, RunState::Finished);
        const auto after = notedSplit(m_run);
        QCOMPARE(after.at("blue/another name.png"), Split::Test);
        QCOMPARE(after.at(validation), Split::Validation);
        QCOMPARE(after.at(train), Split::Test);
        QCOMPARE(after.at("red/copy.png"), Split::Test);
    }

    // As a list of pictures says it: nothing else about them has changed.
    void anotherClassIsToldAndJudgedAgain()
    {
        DatasetIndex listed;
        listed.classes = {"blue", "red"};
        listed.samples = {{"a.png", 0, Split::Train, 1, 1, 1, "of a"},
                          {"b.png", 1, Split::Validation, 1, 1, 1, "of b"}};
        const std::vector<SplitEntry> former = splitEntriesOf(listed);
        QVERIFY(!changesSince(former, listed).any());
        listed.samples[0].label = 1;
        const PictureChanges changes = changesSince(former, listed);
        QCOMPARE(changes.regrouped, std::vector<std::string>{"a.png"});
        QCOMPARE(changes.text(), std::string("1 in another class (a.png)"));
    }

    // The pictures are the same ones; what they count as is not.
    void aBestEpochOfOtherLabelsIsMeasuredAgain()
    {
        stopAfterFirstEpoch();
        const std::string judged = lastOf(notedSplit(m_run), Split::Validation);
        QVERIFY2(judged.starts_with("red/"), judged.c_str());
        fs::rename(m_data / judged, m_data / "blue" / "was red.png");
        const std::string detail =
            detailThrown([&] { resumeRun(m_run, {}, m_nobody); }, ErrorCode::RunDiffers);
        QVERIFY2(detail.find("1 in another class (blue/was red.png)") != std::string::npos, detail.c_str());
        const RunRecord record = resumeRun(m_run, {.acceptChanges = true, .finishNow = true}, m_nobody);
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY(record.best[0].measuredAgain);
    }

    void whatWentLongAgoIsNoPicturesFormerSelf()
    {
        DatasetIndex present;
        present.classes = {"blue"};
        present.samples = {{"a.png", 0, Split::Train, 1, 1, 1, "new contents"}};
        const std::vector<SplitEntry> former{{"a.png", "blue", Split::Test, "old contents", true}};
        const PictureChanges changes = changesSince(former, present);
        QCOMPARE(changes.added, std::vector<std::string>{"a.png"});
        QVERIFY2(changes.changed.empty() && changes.removed.empty(), changes.text().c_str());
    }

    void aLostGroupIsNamedHoweverFewItHad()
    {
        DatasetIndex present;
        present.classes = {"blue", "red"};
        for (int i = 0; i < 40; ++i) {
            const std::string name = std::to_string(i) + ".png";
            present.samples.push_back({name, i % 2, Split::Train, 1, 1, 1, "of " + name});
        }
        std::vector<SplitEntry> former = splitEntriesOf(present);
        QVERIFY(!lossesSince(former, present).areSerious());
        former.push_back({"test.png", "red", Split::Test, "of test.png", false});
        const PictureLosses losses = lossesSince(former, present);
        QCOMPARE(losses.count, std::size_t(1));
        QCOMPARE(losses.groups, std::vector<std::string>{"all test pictures of red"});
        QVERIFY(losses.areSerious());
    }

    void whatComesBackHasTheSplitItHad()
    {
        stopAfterFirstEpoch();
        const std::string tested = firstOf(notedSplit(m_run), Split::Test);
        fs::rename(m_data / tested, m_folder / "put aside.png");
        std::stop_source stop;
        ChangeListener listener;
        listener.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        const std::string detail =
            detailThrown([&] { resumeRun(m_run, {}, m_nobody); }, ErrorCode::RunDiffers);
        QVERIFY2(detail.find("1 removed (" + tested + ")") != std::string::npos, detail.c_str());
        QCOMPARE(resumeRun(m_run, {.acceptChanges = true}, listener, stop.get_token()).state,
                 RunState::Stopped);
        fs::rename(m_folder / "put aside.png", m_data / "blue" / "back again.png");
        QCOMPARE(resumeRun(m_run, {.acceptChanges = true}, m_nobody).state, RunState::Finished);
        QCOMPARE(notedSplit(m_run).at("blue/back again.png"), Split::Test);
    }

    // Its sums would be over pictures of before and of now, in an order that is neither's.
    void anEpochInProgressBeginsAnew()
    {
        std::stop_source stop;
        ChangeListener listener;
        TrainRequest request = requestFor(m_run);
        request.saving = {0, 0, 0, 0};
        class Stopper : public TrainObserver
        {
        public:
            explicit Stopper(std::stop_source& stop) : m_stop(stop) {}
            void batchDone(const BatchProgress& progress) override
            {
                if (progress.stage == TrainStage::Training && progress.step >= 1 &&
                    progress.step < progress.steps) {
                    m_stop.request_stop();
                }
            }

        private:
            std::stop_source& m_stop;
        } stopper(stop);
        QCOMPARE(trainRun(request, stopper, stop.get_token()).state, RunState::Stopped);
        QVERIFY(loadRun(m_run).history.empty());
        addMore();
        QCOMPARE(resumeRun(m_run, {.acceptChanges = true}, listener).state, RunState::Finished);
        QVERIFY2(listener.notices.has(NoticeCode::EpochBegunAnew, R"("epoch":1,"phase":1)"),
                 listener.notices.text().c_str());
    }

    void oldRunsProveTheirSplit()
    {
        const auto old = std::chrono::file_clock::now() - std::chrono::hours(2);
        for (const auto& entry : fs::recursive_directory_iterator(m_data)) {
            fs::last_write_time(entry.path(), old);
        }
        stopAfterFirstEpoch();
        const auto before = notedSplit(m_run);
        fs::remove(RunFiles{m_run}.split());
        RunRecord record = readRunRecord(RunFiles{m_run}.record());
        record.startedAt = "2026-01-01T00:00:00Z";
        const std::time_t anHourAgo = std::time(nullptr) - 3600;
        char text[32];
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&anHourAgo));
        record.startedAt = text;
        writeRunRecord(RunFiles{m_run}.record(), record);
        addMore();
        const std::string detail =
            detailThrown([&] { resumeRun(m_run, {}, m_nobody); }, ErrorCode::RunDiffers);
        QVERIFY2(detail.find("20 added") != std::string::npos, detail.c_str());
        QCOMPARE(resumeRun(m_run, {.acceptChanges = true}, m_nobody).state, RunState::Finished);
        const auto after = notedSplit(m_run);
        for (const auto& [path, split] : before) {
            QVERIFY2(after.at(path) == split, path.c_str());
        }
    }

    void whatAnOldRunCannotProveIsSaid()
    {
        stopAfterFirstEpoch();
        fs::remove(RunFiles{m_run}.split());
        fs::remove(m_data / "red" / "red.3.png");
        const std::string detail =
            detailThrown([&] { resumeRun(m_run, {}, m_nobody); }, ErrorCode::RunDiffers);
        QVERIFY2(detail.find("did not note its split") != std::string::npos, detail.c_str());
        ChangeListener listener;
        QCOMPARE(resumeRun(m_run, {.acceptChanges = true}, listener).state, RunState::Finished);
        QVERIFY2(listener.notices.has(NoticeCode::PicturesChangedSplitUnknown, "may be trained on"),
                 listener.notices.text().c_str());
    }

    void anOldRunWithItsPicturesGoesOn()
    {
        stopAfterFirstEpoch();
        const auto before = notedSplit(m_run);
        fs::remove(RunFiles{m_run}.split());
        QCOMPARE(resumeRun(m_run, {}, m_nobody).state, RunState::Finished);
        QVERIFY(notedSplit(m_run) == before);
    }

    void aDamagedSplitIsRefused()
    {
        stopAfterFirstEpoch();
        fs::resize_file(RunFiles{m_run}.split(), fs::file_size(RunFiles{m_run}.split()) - 5);
        const std::string detail =
            detailThrown([&] { resumeRun(m_run, {}, m_nobody); }, ErrorCode::RunInvalid);
        QVERIFY2(detail.find("line 41") != std::string::npos, detail.c_str());
    }

    void manyLostPicturesStopTheStart()
    {
        TrainRequest request = requestFor(m_run);
        for (const char* name : {"red.0.png", "red.1.png", "red.2.png"}) {
            fs::remove(m_data / "red" / name);
        }
        const std::string detail =
            detailThrown([&] { trainRun(request, m_nobody); }, ErrorCode::PicturesLost);
        QVERIFY2(detail.find("3 of 40 pictures are missing") != std::string::npos, detail.c_str());
        QVERIFY2(detail.find("red/red.0.png, red/red.1.png, red/red.2.png") != std::string::npos,
                 detail.c_str());
        QVERIFY(!fs::exists(m_run));
        request.acceptLosses = true;
        const RunRecord record = trainRun(request, m_nobody);
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(record.excluded.size(), std::size_t(3));
    }

    void fewLostPicturesDoNot()
    {
        const TrainRequest request = requestFor(m_run);
        fs::remove(m_data / "red" / "red.0.png");
        fs::remove(m_data / "blue" / "blue.0.png");
        QCOMPARE(trainRun(request, m_nobody).state, RunState::Finished);
    }

    // One picture of forty, and all that the class has to be tested with.
    void aLostClassOfASplitStopsTheStart()
    {
        m_recipe.split.test = 0.05;
        TrainRequest request = requestFor(m_run);
        std::string lost;
        for (const std::size_t index : request.dataset.indicesOf(Split::Test)) {
            const Sample& sample = request.dataset.samples[index];
            if (request.dataset.classes[static_cast<std::size_t>(sample.label)] == "red") {
                fs::remove(request.dataset.pathOf(sample));
                lost = sample.path;
            }
        }
        const std::string detail =
            detailThrown([&] { trainRun(request, m_nobody); }, ErrorCode::PicturesLost);
        QVERIFY2(detail.find("all test pictures of red") != std::string::npos, detail.c_str());
        request.acceptLosses = true;
        ChangeListener listener;
        const RunRecord record = trainRun(request, listener);
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(record.test->unmeasured, std::vector<std::string>{"red"});
        QCOMPARE(record.test->score.images, 1);
        QCOMPARE(record.test->splitImages, std::size_t(2));
        QVERIFY2(listener.notices.has(NoticeCode::ClassesUnmeasured, R"("measured":1,"classes":2)"),
                 listener.notices.text().c_str());
        QVERIFY2(
            listener.notices.has(NoticeCode::MeasuredPartly, R"("measured":1,"images":2,"split":"test")"),
            listener.notices.text().c_str());
        const RunRecord read = loadRun(m_run).record;
        QCOMPARE(read.test->unmeasured, record.test->unmeasured);
        QCOMPARE(read.test->splitImages, record.test->splitImages);
    }

    void unreadablePicturesCountAsLost()
    {
        for (int i = 0; i < 4; ++i) {
            std::ofstream(m_data / "red" / ("torn" + std::to_string(i) + ".png")) << "\x89PNG\r\n\x1a\n";
        }
        const TrainRequest request = requestFor(m_run);
        const std::string detail =
            detailThrown([&] { trainRun(request, m_nobody); }, ErrorCode::PicturesLost);
        QVERIFY2(detail.find("4 of 44 pictures") != std::string::npos, detail.c_str());
    }

    void adviceOnOtherClassesFits()
    {
        const std::vector<std::string> before{"blue", "red"};
        QCOMPARE(classAdvice(before, {"blue"}), std::string("put back what is gone"));
        QCOMPARE(classAdvice(before, {"bird", "blue", "red"}),
                 std::string("move what is new out of the data set"));
        QCOMPARE(classAdvice(before, {"bird", "blue"}),
                 std::string("put back what is gone and move what is new out of the data set"));
        stopAfterFirstEpoch();
        test::writeSyntheticDataset(m_data, {{"bird"}, 3, 32, false, 5});
        try {
            resumeRun(m_run, {}, m_nobody);
            QFAIL("it went on");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RunDiffers);
            QVERIFY2(error.detail().find("bird is new") != std::string::npos, error.what());
            QVERIFY2(error.advice().starts_with("move what is new"), error.what());
        }
    }

    void manyLostPicturesStopAResumption()
    {
        stopAfterFirstEpoch();
        for (int i = 0; i < 6; ++i) {
            fs::remove(m_data / "red" / ("red." + std::to_string(i) + ".png"));
        }
        const std::string detail = detailThrown([&] { resumeRun(m_run, {.acceptChanges = true}, m_nobody); },
                                                ErrorCode::PicturesLost);
        QVERIFY2(detail.find("6 of 40 pictures") != std::string::npos, detail.c_str());
        ResumeOptions options;
        options.acceptChanges = true;
        options.acceptLosses = true;
        QCOMPARE(resumeRun(m_run, options, m_nobody).state, RunState::Finished);
    }

    // A loss over some of the pictures is not compared with one over others.
    void validationPicturesLostMeanwhileAreNotedAndTheBestMeasuredAgain()
    {
        m_recipe.keepValidationFeatures = false; // else they are needed once
        const TrainRequest request = requestFor(m_run);
        ChangeListener listener;
        bool isDone = false;
        listener.onEpoch = [&](const EpochMetrics&) {
            if (!std::exchange(isDone, true)) {
                const auto indices = request.dataset.indicesOf(Split::Validation);
                fs::remove(request.dataset.pathOf(request.dataset.samples[indices[0]]));
                fs::remove(request.dataset.pathOf(request.dataset.samples[indices[1]]));
            }
        };
        const RunRecord record = trainRun(request, listener);
        QCOMPARE(record.error, std::string());
        QVERIFY2(listener.notices.has(NoticeCode::BestMeasuredAgain, R"("images":6)"),
                 listener.notices.text().c_str());
        QCOMPARE(record.best[0].images, 6);
        QCOMPARE(record.best[1].images, 6);
    }

    // Another valid picture under the name would train, or be measured, unnoticed.
    void picturesReplacedMeanwhileAreLeftOut()
    {
        m_recipe.keepValidationFeatures = false; // else they are read once, before
        const TrainRequest request = requestFor(m_run);
        ChangeListener listener;
        std::set<std::string> replaced;
        listener.onEpoch = [&](const EpochMetrics&) {
            for (const Split split : allSplits) {
                const Sample& sample = request.dataset.samples[request.dataset.indicesOf(split).front()];
                if (replaced.insert(request.dataset.pathOf(sample).string()).second) {
                    fs::copy_file(m_folder / "more" / "red" / "red.0.png", request.dataset.pathOf(sample),
                                  fs::copy_options::overwrite_existing);
                }
            }
        };
        const RunRecord record = trainRun(request, listener);
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(replaced.size(), std::size_t(3));
        std::set<std::string> leftOut;
        for (const ExcludedImage& image : record.excluded) {
            leftOut.insert(image.path);
            QVERIFY2(image.reason.find("has changed") != std::string::npos, image.reason.c_str());
        }
        QVERIFY2(leftOut == replaced, listener.notices.text().c_str());
        QCOMPARE(record.test->splitImages - static_cast<std::size_t>(record.test->score.images),
                 std::size_t(1));
    }

    void aClassWithoutTrainingPicturesIsRefused()
    {
        test::writeSyntheticDataset(m_folder / "folders", {{"blue", "red"}, 6, 32, true, 3});
        fs::rename(m_folder / "folders" / "validation" / "red", m_folder / "folders" / "validation" / "Red");
        TrainRequest request = test::narrowRequest(m_recipe, m_folder / "folders", m_run);
        const std::string detail =
            detailThrown([&] { trainRun(request, m_nobody); }, ErrorCode::DatasetInvalid);
        QVERIFY2(detail.find("'Red' has no training pictures") != std::string::npos, detail.c_str());
    }

private:
    TrainRequest requestFor(const fs::path& run) const { return test::narrowRequest(m_recipe, m_data, run); }
    void stopAfterFirstEpoch()
    {
        std::stop_source stop;
        ChangeListener listener;
        listener.onEpoch = [&](const EpochMetrics&) { stop.request_stop(); };
        QCOMPARE(trainRun(requestFor(m_run), listener, stop.get_token()).state, RunState::Stopped);
    }
    void addMore() const
    {
        for (const char* label : {"blue", "red"}) {
            for (int i = 0; i < 10; ++i) {
                const std::string number = std::to_string(i) + ".png";
                fs::copy_file(m_folder / "more" / label / (std::string(label) + "." + number),
                              m_data / label / ("new." + number));
            }
        }
    }
    /// The data set as it lies there now, with the split that the run noted.
    DatasetIndex datasetOf(const fs::path& run) const
    {
        DatasetIndex dataset = requestFor(run).dataset;
        const auto splits = notedSplit(run);
        for (Sample& sample : dataset.samples) {
            sample.split = splits.at(sample.path);
        }
        return dataset;
    }
    static std::string firstOf(const std::map<std::string, Split>& splits, Split split)
    {
        return std::find_if(splits.begin(), splits.end(),
                            [&](const auto& each) { return each.second == split; })
            ->first;
    }
    static std::string lastOf(const std::map<std::string, Split>& splits, Split split)
    {
        return std::find_if(splits.rbegin(), splits.rend(),
                            [&](const auto& each) { return each.second == split; })
            ->first;
    }

    test::TemporaryFolder m_folder;
    fs::path m_data = m_folder / "data";
    fs::path m_run = m_folder / "run";
    Recipe m_recipe;
    TrainObserver m_nobody;
};

THAW_TEST(TestChangedPictures)
#include "test_changed_pictures.moc"
