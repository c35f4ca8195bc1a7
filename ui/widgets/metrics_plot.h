#pragma once

#include "core/experiment/metrics.h"

#include <QPointF>
#include <QString>
#include <QWidget>

#include <cstdint>
#include <utility>
#include <vector>

class QLabel;

namespace thaw::ui {

class MetricsCanvas;

/// A phase as the plot shows it: where it ends on the epoch axis and what it is called.
struct PlotPhase
{
    QString name;
    int epochs = 1; ///< planned

    bool operator==(const PlotPhase&) const = default;
};

/// Loss and accuracy over the epochs of a run, training and validation in one plot each, side by side or
/// stacked when narrow. Epochs are counted through the run; phases are parted by a dashed line. Not-a-number
/// is a gap. The wheel zooms, dragging moves, a double click or Home shows everything, Left and Right walk
/// through the epochs.
class MetricsPlot : public QWidget
{
    Q_OBJECT

public:
    explicit MetricsPlot(QWidget* parent = nullptr);
    ~MetricsPlot() override;

    void clear(); ///< history, phases, best epochs, live point, numbers of pictures
    void setHistory(const std::vector<EpochMetrics>& history);
    /// An epoch already shown is replaced, and those after it are dropped (a resumed run does them again).
    void addEpoch(const EpochMetrics& metrics);
    const std::vector<EpochMetrics>& history() const;

    /// The plan of the run. Without it phases are told apart by the history alone.
    void setPhases(const std::vector<PlotPhase>& phases);
    /// Where the phases part, on the epoch axis ("3.5": between the third and the fourth epoch), as drawn.
    std::vector<double> phaseBoundaries() const;

    /// How many pictures the accuracies are over, which decides their digits; 0: not known.
    void setPictures(std::int64_t training, std::int64_t validation);
    void markBest(const std::vector<BestEpoch>& best);
    /// The epoch in hand, as a curve of its own: a fraction before the last one's begins another.
    /// @param fraction of it done, 0–1
    void addLivePoint(double fraction, double loss, double accuracy);
    void clearLive();

    bool isLogLoss() const;
    void setLogLoss(bool log);

    /// The values of one epoch in words. @param row in history()
    QString readout(int row) const;
    /// The history as CSV, with the columns of history.csv.
    QString csv() const;
    QPixmap picture() const;
    /// The visible range of the epoch axis.
    std::pair<double, double> epochRange() const;
    std::pair<double, double> lossRange() const;
    enum class Curve { Training, Validation, Best, Live, LiveCurve };
    /// Where a curve's points are drawn, as epoch and loss.
    std::vector<QPointF> lossPoints(Curve curve) const;

public Q_SLOTS:
    void showAll(); ///< undoes zooming and moving
    void saveCsv(); ///< asks where; the line below the curves tells when it is done, or why not

Q_SIGNALS:
    void logLossChanged(bool log);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void pointAt(int row);
    void copyPicture();

    MetricsCanvas* m_canvas;
    QLabel* m_readout;
    int m_pointed = -1; ///< row; -1: none
    std::int64_t m_trainingPictures = 0;
    std::int64_t m_validationPictures = 0;
};

} // namespace thaw::ui
