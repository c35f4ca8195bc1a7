#pragma once

#include "core/evaluate/evaluation.h"
#include "core/model/weights/weights.h"
#include "ui/jobs/job_thread.h"

#include <QMetaType>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thaw::ui {

/// A model as it was opened. Shared with other threads: never changed once made.
struct OpenedModel
{
    std::filesystem::path source; ///< a run folder or a .safetensors file
    ModelWeights weights;
    std::optional<ChosenThreshold> threshold; ///< the run's, if one was chosen
};

using OpenedModelPointer = std::shared_ptr<const OpenedModel>;

struct AskedPicture
{
    qint64 key = 0; ///< comes back with the answer
    std::string path;
};

struct GivenAnswer
{
    qint64 key = 0;
    Prediction prediction;
};

using GivenAnswers = std::shared_ptr<const std::vector<GivenAnswer>>;

/// Asks a model what pictures show. The model stays loaded until another one is asked, or its file changes.
class AskJob : public JobThread
{
    Q_OBJECT

public:
    explicit AskJob(QObject* parent = nullptr);
    ~AskJob() override;

    /// False when it is at work.
    bool ask(const std::filesystem::path& source, std::vector<AskedPicture> pictures);

Q_SIGNALS:
    /// Before the answers, each time.
    void modelOpened(const thaw::ui::OpenedModelPointer& model);
    /// In the order asked, a few times a second.
    void answersGiven(const thaw::ui::GivenAnswers& answers);

private:
    struct Loaded;

    void open(const std::filesystem::path& source);

    std::unique_ptr<Loaded> m_loaded; ///< the work's alone
};

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::OpenedModelPointer)
Q_DECLARE_METATYPE(thaw::ui::GivenAnswers)
