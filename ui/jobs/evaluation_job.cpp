#include "ui/jobs/evaluation_job.h"

#include "core/base/error.h"
#include "core/base/timestamp.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/evaluate/evaluation_files.h"
#include "core/evaluate/measured_pictures.h"
#include "core/run/model_source.h"
#include "core/run/run_split.h"
#include "core/train/start/measuring_scan.h"
#include "ui/text/plain_text.h"

#include <system_error>
#include <utility>

namespace thaw::ui {

namespace {

/// Small batches: a stop is looked for between them, and the pictures' answers do not depend on them.
constexpr int measuringBatch = 8;

std::vector<SplitEntry> entriesOf(const std::filesystem::path& run)
{
    const std::filesystem::path file = RunFiles{run}.split();
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? readRunSplit(file) : std::vector<SplitEntry>();
}

ShownEvaluationPointer openKept(const std::filesystem::path& run)
{
    auto kept = readEvaluation(run);
    if (!kept) {
        return nullptr;
    }
    std::string trouble;
    try {
        if (auto predictions = readPredictions(run, *kept, entriesOf(run))) {
            kept->evaluation.predictions = std::move(*predictions);
        }
    } catch (const Error& error) {
        trouble = error.what();
    }
    return makeShown(run, std::move(*kept), true, trouble);
}

} // namespace

EvaluationJob::EvaluationJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<ShownEvaluationPointer>();
}

EvaluationJob::~EvaluationJob()
{
    stopAndWait();
}

bool EvaluationJob::open(const std::filesystem::path& run)
{
    return start([this, run](const std::stop_token&) { Q_EMIT opened(openKept(run)); });
}

bool EvaluationJob::measure(const std::filesystem::path& run, const std::string& part,
                            const std::filesystem::path& dataset)
{
    return start(
        [this, run, part, dataset](const std::stop_token& stop) { measureNow(run, part, dataset, stop); });
}

void EvaluationJob::measureNow(const std::filesystem::path& run, const std::string& part,
                               const std::filesystem::path& dataset, const std::stop_token& stop)
{
    const ModelSource source = openModel(run);
    const SavedRun* saved = source.run ? &*source.run : nullptr;
    std::filesystem::path place = dataset;
    if (place.empty() && saved) {
        place = saved->record.datasetPath;
    }
    const auto pictures =
        scanDataset(place, measuringScan(source.recipe, saved, place), progressCallback(), stop);
    if (!pictures || stop.stop_requested()) {
        return;
    }
    const MeasuredPictures chosen = picturesToMeasure(*pictures, picturesOf(saved, *pictures), part);
    Q_EMIT measuringBegan();
    ComputeOptions options;
    options.batchSize = measuringBatch;
    auto result = evaluatePictures(source.model, *pictures, chosen.part, chosen.samples, options,
                                   progressCallback(), stop);
    if (!result || stop.stop_requested()) {
        return;
    }
    try {
        if (const auto before = readEvaluation(run)) {
            result->threshold = before->evaluation.threshold;
        }
    } catch (const Error&) {
        // What was kept cannot be read: it is replaced.
    }
    bool isKept = false;
    if (saved && chosen.isRunsOwn) {
        try {
            writeEvaluation(run, *result, *pictures);
            isKept = true;
        } catch (const Error& error) {
            Q_EMIT notKept(plainLines(std::string_view(error.what())));
        }
    }
    KeptEvaluation kept;
    kept.evaluatedAt = timestampNow();
    kept.dataset = pictures->source;
    kept.root = pictures->root;
    kept.fingerprint = pictures->fingerprint;
    kept.evaluation = std::move(*result);
    Q_EMIT measured(makeShown(run, std::move(kept), isKept));
}

} // namespace thaw::ui
