#include "ui/jobs/training_job.h"

#include "core/base/error.h"
#include "core/base/heap.h"
#include "core/train/checkpoint/checkpoint_file.h"
#include "core/train/start/asked_recipe.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "ui/text/plain_text.h"

#include <optional>
#include <system_error>
#include <utility>

namespace thaw::ui {

namespace {

/// Core's observer as one signal, emitted on the training thread and queued to the window's.
class EventObserver : public TrainObserver
{
public:
    explicit EventObserver(TrainingJob* job) : m_job(job) {}

    void runStarted(const RunStarted& run) override { tell(run); }
    void noticeGiven(const Notice& notice) override { tell(notice); }
    void noticeEnded(NoticeCode code) override { tell(NoticeEnded{code}); }
    void batchDone(const BatchProgress& progress) override { tell(progress); }
    void epochDone(const EpochMetrics& metrics, bool isBest) override { tell(EpochDone{metrics, isBest}); }

private:
    void tell(const RunEvent& event) { Q_EMIT m_job->happened(event); }

    TrainingJob* m_job;
};

/// Once a training has let go of its tensors, other programs can have their memory.
struct MemoryReturned
{
    ~MemoryReturned() { returnFreedMemory(); }
};

} // namespace

/// What the last run was made from, and how it is saved.
struct TrainingJob::Kept
{
    std::filesystem::path folder;
    RunMaterials materials;
    SaveOptions saving;
};

TrainingJob::TrainingJob(QObject* parent) : JobThread(parent)
{
    setKept(true);
    qRegisterMetaType<SavedRun>();
    qRegisterMetaType<Preparation>();
    qRegisterMetaType<RunEvent>();
}

TrainingJob::~TrainingJob()
{
    stopAndWait();
}

bool TrainingJob::train(const RunOrder& order)
{
    if (isRunning()) {
        return false;
    }
    m_kept = std::make_shared<Kept>();
    return start([this, order, kept = m_kept](const std::stop_token& stop) {
        if (order.dataset.empty()) {
            throw Error(ErrorCode::DatasetEmpty, {}, "there is no data set to train on", "choose one first");
        }
        prepareAndTrain(order, *kept, stop);
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
        RunOrder order;
        order.like = loadRun(folder);
        Q_EMIT startingAgain(*order.like);
        order.recipe = askedRecipeOf(*order.like).recipe;
        order.dataset = order.like->record.datasetPath;
        order.runsRoot = runsRoot;
        order.saving = terms.saving.value_or(SaveOptions{});
        order.acceptLosses = terms.acceptLosses;
        prepareAndTrain(order, *kept, stop);
    });
}

bool TrainingJob::resume(const std::filesystem::path& folder, const ResumeTerms& terms)
{
    if (isRunning()) {
        return false;
    }
    if (!m_kept || m_kept->folder != folder) {
        m_kept = std::make_shared<Kept>();
        m_kept->folder = folder;
    }
    m_kept->saving = terms.saving.value_or(m_kept->saving);
    return start([this, folder, terms, kept = m_kept](const std::stop_token& stop) {
        Q_EMIT resuming(loadRun(folder));
        const MemoryReturned afterwards;
        EventObserver observer(this);
        ResumeOptions options;
        options.acceptChanges = terms.acceptChanges;
        options.acceptLosses = terms.acceptLosses;
        options.rateFactor = terms.rateFactor;
        options.finishNow = terms.finishNow;
        options.saving = kept->saving;
        options.materials = &kept->materials;
        options.preparing = prepareObserver();
        const RunRecord record = resumeRun(folder, options, observer, stop);
        if (kept->materials.stamp != 0) { // else it was stopped before it went on
            tellEnd(record, folder);
        }
    });
}

PrepareObserver TrainingJob::prepareObserver()
{
    PrepareObserver observer;
    observer.begun = [this](Preparation what) { Q_EMIT preparing(what); };
    observer.progressed = progressCallback();
    observer.noticed = [this](const Notice& notice) { Q_EMIT happened(notice); };
    return observer;
}

void TrainingJob::prepareAndTrain(const RunOrder& order, Kept& kept, const std::stop_token& stop)
{
    auto prepared = prepareRun(order, prepareObserver(), stop);
    if (!prepared) {
        return;
    }
    TrainRequest& request = prepared->request;
    const std::uint64_t stamp = stampOf(request.dataset);
    const MemoryReturned afterwards;
    EventObserver observer(this);
    const RunRecord record = trainRun(request, observer, stop);
    kept.folder = request.folder;
    kept.saving = request.saving;
    kept.materials = {std::move(request.dataset), std::move(request.weights), stamp};
    tellEnd(record, kept.folder);
}

void TrainingJob::tellEnd(const RunRecord& record, const std::filesystem::path& folder)
{
    Q_EMIT happened(RunEnded{folder, record, hasCheckpoint(RunFiles{folder})});
}

} // namespace thaw::ui
