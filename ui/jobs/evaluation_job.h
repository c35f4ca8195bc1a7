#pragma once

#include "ui/jobs/job_thread.h"
#include "ui/jobs/shown_evaluation.h"

#include <filesystem>
#include <string>

namespace thaw::ui {

/// Reads what a run keeps of its evaluation, or measures the run anew.
class EvaluationJob : public JobThread
{
    Q_OBJECT

public:
    explicit EvaluationJob(QObject* parent = nullptr);
    ~EvaluationJob() override;

    /// Computes nothing but figures. Then opened(), with null where the run keeps none, or failed(). Where
    /// only the pictures' answers cannot be read, the rest is shown, see ShownEvaluation::trouble.
    bool open(const std::filesystem::path& run);
    /// Scans the pictures and measures the run's best weights. The run's own test pictures are kept in its
    /// folder as well. Then measured(), or failed(), or neither when stopped.
    /// @param part "train", "validation", "test", "all", or empty: what the run itself would be tested on
    /// @param dataset empty: the run's own
    bool measure(const std::filesystem::path& run, const std::string& part,
                 const std::filesystem::path& dataset = {});

Q_SIGNALS:
    void opened(const thaw::ui::ShownEvaluationPointer& evaluation);
    /// The pictures were read; from here on progressed() counts those measured.
    void measuringBegan();
    void measured(const thaw::ui::ShownEvaluationPointer& evaluation);
    /// It was measured and could not be written into the run's folder.
    void notKept(const QString& reason);

private:
    void measureNow(const std::filesystem::path& run, const std::string& part,
                    const std::filesystem::path& dataset, const std::stop_token& stop);
};

} // namespace thaw::ui
