#pragma once

#include "core/experiment/run_record.h"
#include "core/run/run_store.h"
#include "core/train/observer.h"

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

/// A run as it goes: state, bar and times, the curves, and how it ended.
class RunMonitor : public QWidget
{
    Q_OBJECT

public:
    explicit RunMonitor(QWidget* parent = nullptr);

    TrainingProgress* progress() const { return m_progress; }

    /// Nothing trained yet. @param recipe whose phases the plot gets ready for
    void showPlanned(const Recipe& recipe);
    /// A run that goes on from here.
    void showSaved(const SavedRun& run);
    /// The run whose epochs come now.
    void showPictures(const RunRecord& record);
    /// The clock starts; the result of before goes.
    void begin();
    void showBatch(const BatchProgress& progress);
    void showEpoch(const EpochMetrics& metrics, bool isBest);
    void showResult(const QString& text, const std::vector<BestEpoch>& best);
    /// The clock stops. @param text how it ended
    void end(const QString& text);

Q_SIGNALS:
    void runWanted(); ///< to be seen on the Runs page

private:
    TrainingProgress* m_progress;
    MetricsPlot* m_plot;
    QFrame* m_result;
    QLabel* m_resultText = nullptr;
    std::vector<BestEpoch> m_best;
};

} // namespace thaw::ui
