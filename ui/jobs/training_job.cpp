#include "ui/jobs/training_job.h"

#include "core/base/error.h"
#include "core/base/heap.h"
#include "core/base/random.h"
#include "core/model/weights_catalog.h"
#include "core/train/checkpoint_file.h"
#include "core/train/former_split.h"
#include "core/train/trainer.h"
#include "ui/plain_text.h"

#include <optional>
#include <system_error>
#include <utility>

namespace thaw::ui {

namespace {

/// Core's observer, turned into signals: each is emitted on the training thread and queued to the window's.
class SignalObserver : public TrainObserver
{
public:
    explicit SignalObserver(TrainingJob* job) : m_job(job) {}

    void runStarted(const RunStarted& run) override { Q_EMIT m_job->runStarted(run); }
    void noticeGiven(const Notice& notice) override { Q_EMIT m_job->noticed(notice); }
    void noticeEnded(NoticeCode code) override { Q_EMIT m_job->noticeEnded(code); }
    void batchDone(const BatchProgress& progress) override { Q_EMIT m_job->batchDone(progress); }
    void epochDone(const EpochMetrics& metrics, bool isBest) override
    {
        Q_EMIT m_job->epochDone(metrics, isBest);
    }

private:
    TrainingJob* m_job;
};

/// Once a training has let go of its tensors, other programs can have their memory.
struct MemoryReturned
{
    ~MemoryReturned() { returnFreedMemory(); }
};

/// What the files of a data set look like from outside: a key over their sizes and times of change.
std::uint64_t stampOf(const DatasetIndex& dataset)
{
    std::uint64_t stamp = dataset.samples.size();
    for (const Sample& sample : dataset.samples) {
        std::error_code error;
        const std::filesystem::path file = dataset.pathOf(sample);
        const auto size = std::filesystem::file_size(file, error);
        const auto time = std::filesystem::last_write_time(file, error).time_since_epoch().count();
        stamp = mixKey({stamp, error ? 0 : std::uint64_t(size), error ? 0 : std::uint64_t(time)});
    }
    return stamp;
}

} // namespace

/// What the last run was made from.
struct TrainingJob::Kept
{
    TrainRequest request;
    std::uint64_t stamp = 0;
};

TrainingJob::TrainingJob(QObject* parent) : JobThread(parent)
{
    setKept(true);
    qRegisterMetaType<SavedRun>();
    qRegisterMetaType<RunStarted>();
    qRegisterMetaType<Notice>();
    qRegisterMetaType<NoticeCode>();
    qRegisterMetaType<BatchProgress>();
    qRegisterMetaType<EpochMetrics>();
    qRegisterMetaType<RunRecord>();
}

TrainingJob::~TrainingJob()
{
    stopAndWait();
}

bool TrainingJob::train(const TrainingRequest& request)
{
    if (isRunning()) {
        return false;
    }
    m_kept = std::make_shared<Kept>();
    return start([this, request, kept = m_kept](const std::stop_token& stop) {
        if (!request.dataset) {
            throw Error(ErrorCode::DatasetEmpty, {}, "there is no data set to train on", "choose one first");
        }
        TrainRequest& run = kept->request;
        run.recipe = request.recipe;
        run.folder = newRunFolder(request.runsRoot, request.dataset->source, request.recipe.name);
        run.saving = request.saving;
        run.acceptLosses = request.acceptLosses;
        bool ready = true;
        if (request.dataset->checked && !request.scanAgain) {
            run.dataset = *request.dataset;
        } else {
            ready = scan(request.dataset->source, run, stop);
        }
        if (ready && resolve(run, stop)) {
            begin(*kept, stop);
        }
    });
}

bool TrainingJob::startAgain(const std::filesystem::path& folder, const std::filesystem::path& runsRoot,
                             const ResumeTerms& terms)
{
    if (isRunning()) {
        return false;
    }
    m_kept = std::make_shared<Kept>();
    return start([this, folder, runsRoot, terms, kept = m_kept](const std::stop_token& stop) {
        const SavedRun saved = loadRun(folder);
        Q_EMIT startingAgain(saved);
        TrainRequest& run = kept->request;
        run.recipe = saved.recipe;
        run.folder = newRunFolder(runsRoot, saved.record.datasetPath, saved.recipe.name);
        run.saving = terms.saving.value_or(SaveOptions{});
        run.acceptLosses = terms.acceptLosses;
        if (!scan(saved.record.datasetPath, run, stop)) {
            return;
        }
        takeSplitOf(saved, run);
        if (resolve(run, stop)) {
            begin(*kept, stop);
        }
    });
}

/// By resume's rule: who compares the two runs means the same pictures.
void TrainingJob::takeSplitOf(const SavedRun& saved, TrainRequest& run)
{
    const auto former = formerSplitOf(saved, run.dataset);
    if (!former) {
        Q_EMIT noticed(notice(NoticeCode::FormerSplitUnknown));
        return;
    }
    keepFormerSplit(run.dataset, *former, saved.recipe);
    const PictureLosses losses = lossesSince(*former, run.dataset);
    if (losses.areSerious() && !run.acceptLosses) {
        throw Error(ErrorCode::PicturesLost, run.dataset.source, losses.text(),
                    "put them back, or train without them");
    }
    if (const PictureChanges changes = changesSince(*former, run.dataset); changes.any()) {
        Q_EMIT noticed(notice(NoticeCode::PicturesChangedSince, {changes.text()}));
    }
}

bool TrainingJob::resume(const std::filesystem::path& folder, const ResumeTerms& terms)
{
    if (isRunning()) {
        return false;
    }
    if (!m_kept || m_kept->request.folder != folder) {
        m_kept = std::make_shared<Kept>();
    }
    if (terms.saving) {
        m_kept->request.saving = *terms.saving;
    }
    return start([this, folder, terms, kept = m_kept](const std::stop_token& stop) {
        const SavedRun saved = loadRun(folder);
        Q_EMIT resuming(saved);
        TrainRequest& run = kept->request;
        if (kept->stamp == 0 || kept->stamp != stampOf(run.dataset)) {
            if (RunLock::isHeld(folder)) {
                throw Error(ErrorCode::RunInUse, folder, "another process is training into this run",
                            "wait until it is done, or stop it first");
            }
            kept->stamp = 0;
            run.recipe = saved.recipe;
            run.folder = folder;
            if (!scan(saved.record.datasetPath, run, stop) || !resolve(run, stop)) {
                return;
            }
            kept->stamp = stampOf(run.dataset);
        }
        Q_EMIT preparing(Preparation::Run);
        const MemoryReturned afterwards;
        SignalObserver observer(this);
        ResumeOptions options;
        options.acceptChanges = terms.acceptChanges;
        options.acceptLosses = terms.acceptLosses;
        options.rateFactor = terms.rateFactor;
        options.finishNow = terms.finishNow;
        options.saving = run.saving;
        options.atHand = &run;
        tellEnd(resumeRun(folder, options, observer, stop), folder);
    });
}

void TrainingJob::begin(Kept& kept, const std::stop_token& stop)
{
    kept.stamp = stampOf(kept.request.dataset);
    Q_EMIT preparing(Preparation::Run);
    const MemoryReturned afterwards;
    SignalObserver observer(this);
    tellEnd(trainRun(kept.request, observer, stop), kept.request.folder);
}

void TrainingJob::tellEnd(const RunRecord& record, const std::filesystem::path& folder)
{
    Q_EMIT runEnded(record, hasCheckpoint(RunFiles{folder}));
}

bool TrainingJob::scan(const std::filesystem::path& path, TrainRequest& run, const std::stop_token& stop)
{
    Q_EMIT preparing(Preparation::Dataset);
    ScanOptions options;
    options.shares = run.recipe.split;
    auto scanned = scanDataset(path, options, progressCallback(), stop);
    if (scanned) {
        run.dataset = std::move(*scanned);
    }
    return scanned.has_value();
}

bool TrainingJob::resolve(TrainRequest& run, const std::stop_token& stop)
{
    Q_EMIT preparing(Preparation::Weights);
    auto weights = resolveWeights(run.recipe.weights, scaledBackbone(run.recipe.width), run.recipe.seed,
                                  {messageCallback(), progressCallback()}, stop);
    if (weights) {
        run.weights = std::move(*weights);
    }
    return weights.has_value();
}

} // namespace thaw::ui
