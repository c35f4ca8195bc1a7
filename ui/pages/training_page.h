#pragma once

#include "core/experiment/metrics.h"
#include "core/experiment/run_record.h"
#include "core/run/run_store.h"
#include "core/train/observer.h"
#include "ui/error_text.h"
#include "ui/jobs/training_job.h"

#include <QWidget>

#include <filesystem>
#include <optional>
#include <vector>

class QCheckBox;
class QFrame;
class QLabel;
class QPushButton;

namespace thaw::ui {

class MetricsPlot;
class RecipeForm;
class Session;
class TrainingProgress;

/// The recipe, Start and Stop, and the run as it goes. The run gets copies of the session's values: what is
/// edited meanwhile is for the next one.
class TrainingPage : public QWidget
{
    Q_OBJECT

public:
    explicit TrainingPage(Session* session, QWidget* parent = nullptr);

    /// From Start or resume() until trainingEnded().
    bool isTraining() const { return m_training; }

public Q_SLOTS:
    /// Does nothing when it may not start yet; the page says why.
    void startTraining();
    /// Finishes the batch in hand and saves; trainingEnded() tells when.
    void requestStop();
    /// Goes on with a stopped run.
    void resume(const QString& folder);

Q_SIGNALS:
    void trainingStarted();
    void trainingEnded(const QString& folder); ///< empty when it ended before there was a run
    void statusChanged(const QString& text);
    void datasetWanted();
    void layersWanted();

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildSettings();
    QWidget* buildMonitor();
    void connectJob();
    void applyDraft(const Recipe& draft, const QString& what, const QString& mergeKey);
    void refresh();
    void refreshPreflight();
    void begin(const std::filesystem::path& folder);
    void showState(const QString& text);
    void showPhases(const Recipe& recipe);
    void showEpoch(const EpochMetrics& metrics, bool isBest);
    void showBatch(const BatchProgress& progress);
    void showEnd(const RunRecord& record);
    void showFailure(const ErrorReport& error);
    void end();

    Session* m_session;
    TrainingJob* m_job;
    RecipeForm* m_form = nullptr;
    QLabel* m_preflight = nullptr;
    QFrame* m_hint = nullptr;
    QFrame* m_warning = nullptr;
    QLabel* m_warningText = nullptr;
    QPushButton* m_start = nullptr;
    QPushButton* m_stop = nullptr;
    TrainingProgress* m_progress = nullptr;
    MetricsPlot* m_plot = nullptr;
    QCheckBox* m_logLoss = nullptr;
    QFrame* m_result = nullptr;
    QLabel* m_resultText = nullptr;

    bool m_training = false;
    bool m_stopping = false;
    bool m_draftAccepted = true;
    bool m_blocked = false;               ///< preflight() says it cannot work
    std::optional<QString> m_differences; ///< why a resume was refused, in words
    std::filesystem::path m_startedFolder;
    QString m_endText; ///< how the run at hand ended
    std::filesystem::path m_folder;
    std::vector<BestEpoch> m_best;
};

} // namespace thaw::ui
