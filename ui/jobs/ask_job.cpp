#include "ui/jobs/ask_job.h"

#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/evaluate/predictor.h"
#include "core/run/model_source.h"
#include "core/run/run_files.h"

#include <chrono>
#include <system_error>
#include <utility>

namespace thaw::ui {

namespace fs = std::filesystem;

/// Tells one state of a model's file from the next.
struct ModelFileStamp
{
    fs::path file;
    std::uintmax_t size = 0;
    fs::file_time_type time{};

    bool operator==(const ModelFileStamp&) const = default;
};

namespace {

std::optional<ModelFileStamp> stampOf(const fs::path& source)
{
    std::error_code error;
    ModelFileStamp stamp;
    stamp.file = fs::is_directory(source, error) ? RunFiles{source}.best() : source;
    stamp.size = fs::file_size(stamp.file, error);
    if (!error) {
        stamp.time = fs::last_write_time(stamp.file, error);
    }
    return error ? std::nullopt : std::optional(stamp);
}

std::optional<ChosenThreshold> thresholdOf(const fs::path& source)
{
    try {
        const std::optional<KeptEvaluation> kept = readEvaluation(source);
        return kept ? kept->evaluation.threshold : std::nullopt;
    } catch (const Error&) {
        return std::nullopt; // an evaluation that cannot be read is no reason not to answer
    }
}

/// A stop waits for the batch at hand: well under a second on two cores.
ComputeOptions computeOptions(const ModelWeights& model)
{
    constexpr int largeInput = 256;
    ComputeOptions options;
    if (resolveDevice(options.device).id == "cpu") {
        options.batchSize = model.transform.inputSize > largeInput ? 4 : 8;
    }
    return options;
}

} // namespace

struct AskJob::Loaded
{
    Loaded(ModelFileStamp fileStamp, OpenedModelPointer opened)
        : stamp(std::move(fileStamp))
        , model(std::move(opened))
        , predictor(model->weights, computeOptions(model->weights))
    {
    }

    ModelFileStamp stamp;
    OpenedModelPointer model;
    Predictor predictor;
};

AskJob::AskJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<OpenedModelPointer>();
    qRegisterMetaType<GivenAnswers>();
}

AskJob::~AskJob()
{
    stopAndWait();
}

void AskJob::open(const fs::path& source)
{
    const std::optional<ModelFileStamp> stamp = stampOf(source);
    const std::optional<ChosenThreshold> threshold = thresholdOf(source);
    if (stamp && m_loaded && m_loaded->model->source == source && m_loaded->stamp == *stamp &&
        m_loaded->model->threshold == threshold)
    {
        return;
    }
    m_loaded.reset(); // before the next: two may be more than memory holds
    auto model = std::make_shared<const OpenedModel>(OpenedModel{source, openModel(source).model, threshold});
    m_loaded = std::make_unique<Loaded>(stamp.value_or(ModelFileStamp{}), std::move(model));
}

bool AskJob::ask(const fs::path& source, std::vector<AskedPicture> pictures)
{
    return start([this, source, pictures = std::move(pictures)](const std::stop_token& stop) {
        using Clock = std::chrono::steady_clock;
        open(source);
        Q_EMIT modelOpened(m_loaded->model);
        std::vector<fs::path> files;
        files.reserve(pictures.size());
        for (const AskedPicture& picture : pictures) {
            files.emplace_back(picture.path);
        }
        std::vector<GivenAnswer> answers;
        std::size_t done = 0;
        Clock::time_point told{};
        const auto tell = [&] {
            if (!answers.empty()) {
                Q_EMIT answersGiven(
                    std::make_shared<const std::vector<GivenAnswer>>(std::exchange(answers, {})));
            }
            Q_EMIT progressed(qint64(done), qint64(pictures.size()));
            told = Clock::now();
        };
        const auto each = [&](const Prediction& prediction) {
            answers.push_back({pictures[done].key, prediction});
            ++done;
            if (Clock::now() - told >= std::chrono::milliseconds(100)) {
                tell();
            }
        };
        if (!files.empty()) {
            m_loaded->predictor.predict(files, each, stop);
            tell();
        }
    });
}

} // namespace thaw::ui
