#include "ui/jobs/training_job.h"

#include "core/base/error.h"
#include "core/model/weights_catalog.h"
#include "core/train/trainer.h"

#include <optional>
#include <utility>

namespace thaw::ui {

namespace {

/// Core's observer, turned into signals: each is emitted on the training thread and queued to the window's.
class SignalObserver : public TrainObserver
{
public:
    explicit SignalObserver(TrainingJob* job) : m_job(job) {}

    void runStarted(const RunStarted& run) override { Q_EMIT m_job->runStarted(run); }
    void messageGiven(MessageLevel level, const std::string& text) override
    {
        const QString words = QString::fromStdString(text);
        if (level == MessageLevel::Warning) {
            Q_EMIT m_job->warned(words);
        } else {
            Q_EMIT m_job->messageGiven(words);
        }
    }
    void batchDone(const BatchProgress& progress) override { Q_EMIT m_job->batchDone(progress); }
    void epochDone(const EpochMetrics& metrics, bool isBest) override
    {
        Q_EMIT m_job->epochDone(metrics, isBest);
    }

private:
    TrainingJob* m_job;
};

} // namespace

TrainingJob::TrainingJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<SavedRun>();
    qRegisterMetaType<RunStarted>();
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
    return start([this, request](std::stop_token stop) {
        if (!request.dataset) {
            throw Error(ErrorCode::DatasetEmpty, {}, "there is no data set to train on", "choose one first");
        }
        TrainRequest run;
        run.recipe = request.recipe;
        run.folder = request.folder;
        if (request.dataset->checked && !request.scanAgain) {
            run.dataset = *request.dataset;
        } else {
            Q_EMIT preparing(Preparation::Dataset);
            const auto& manifest = request.dataset->manifest;
            ScanOptions options;
            options.shares = request.recipe.split;
            options.seed = request.recipe.seed;
            auto scanned = scanDataset(manifest.empty() ? request.dataset->root : manifest, options,
                                       progressCallback(), stop);
            if (!scanned) {
                return;
            }
            run.dataset = std::move(*scanned);
        }
        Q_EMIT preparing(Preparation::Weights);
        auto weights = resolveWeights(run.recipe.weights, scaledBackbone(run.recipe.width), run.recipe.seed,
                                      {messageCallback(), progressCallback()}, stop);
        if (!weights) {
            return;
        }
        run.weights = std::move(*weights);
        Q_EMIT preparing(Preparation::Run);
        SignalObserver observer(this);
        Q_EMIT runEnded(trainRun(run, observer, stop));
    });
}

bool TrainingJob::resume(const std::filesystem::path& folder, bool acceptChanges)
{
    return start([this, folder, acceptChanges](std::stop_token stop) {
        Q_EMIT resuming(loadRun(folder));
        Q_EMIT preparing(Preparation::Run);
        SignalObserver observer(this);
        Q_EMIT runEnded(resumeRun(folder, acceptChanges, observer, stop));
    });
}

} // namespace thaw::ui
