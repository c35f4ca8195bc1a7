#pragma once

#include "core/experiment/run_record.h"
#include "core/run/run_event.h"
#include "core/run/run_store.h"
#include "core/train/start/run_materials.h"
#include "ui/training_state.h"

#include <QWidget>

#include <vector>

class QFrame;
class QLabel;

namespace thaw::ui {

class MetricsPlot;
class TrainingProgress;

/// A card in a row: words, and perhaps a button at its end. Hidden at first.
/// @param name of the strip; its words are called NAMEText
QFrame* makeStrip(QWidget* parent, const char* name, QLabel*& text, QWidget* button = nullptr);

/// A run as it goes: state, bar and times, the curves, and how it ended. It shows RunEvents, wherever the run
/// trains: on a thread of this process or in another one.
class RunMonitor : public QWidget
{
    Q_OBJECT

public:
    explicit RunMonitor(QWidget* parent = nullptr);

    /// Nothing trained yet. @param recipe whose phases the plot gets ready for
    void showPlanned(const Recipe& recipe);
    /// A run that goes on from here.
    void showSaved(const SavedRun& run);
    /// The clock starts; the result of before goes.
    void begin();
    void showPreparation(Preparation what);
    void showPreparationStep(qint64 done, qint64 total); ///< total 0: unknown
    void setState(TrainingState state);
    /// Epochs that the plan has no place for are left out.
    void follow(const RunEvent& event);
    /// The clock stops.
    void end(const RunOutcome& outcome);

Q_SIGNALS:
    void runWanted(); ///< to be seen on the Runs page
    /// What the run is busy with, or how it ended.
    void wordsChanged(const QString& text);
    /// The same in a word or two: "34 %", "Finished".
    void shortWordsChanged(const QString& text);

private:
    void showWords(const QString& text);
    void showPercent(int percent);
    void showPictures(const RunRecord& record);
    void showNotice(const Notice& notice);
    void showBatch(const BatchProgress& progress);
    void showEpoch(const EpochDone& done);
    void showResult(const QString& text, const std::vector<BestEpoch>& best);
    bool isPlanned(const EpochMetrics& metrics) const;

    TrainingProgress* m_progress;
    MetricsPlot* m_plot;
    QFrame* m_result;
    QLabel* m_resultText = nullptr;
    int m_percent = 0; ///< of the run, as told last
    TrainingState m_state = TrainingState::Idle;
    std::vector<int> m_epochs; ///< planned, of each phase
    std::vector<BestEpoch> m_best;
};

} // namespace thaw::ui
