#pragma once

#include "core/experiment/metrics.h"
#include "ui/widgets/metrics_plot.h"

#include <qcustomplot.h>

#include <array>
#include <utility>
#include <vector>

namespace thaw::ui {

/// A moment of the epoch in hand.
struct LivePoint
{
    double fraction = 0; ///< of the epoch done
    double loss = 0;     ///< of the epoch so far
    double accuracy = 0;
};

/// What the plot shows.
struct PlotContent
{
    std::vector<EpochMetrics> history;
    std::vector<PlotPhase> phases;
    std::vector<BestEpoch> best;
    std::vector<LivePoint> live; ///< of the epoch in hand, in order; empty: none
};

/// The drawing of a MetricsPlot: two axis rectangles, their curves and marks. Knows nothing of keys, menus or
/// words.
class MetricsCanvas : public QCustomPlot
{
    Q_OBJECT

public:
    explicit MetricsCanvas(QWidget* parent);

    PlotContent content; ///< call redraw() after a change

    void redraw();
    /// After the phases, or a history without phases, have changed.
    void redrawPhases();
    void applyColours(const QPalette& palette);
    /// One above the other, or side by side; with each new size.
    void arrange(bool asStack);
    bool isLogLoss() const { return m_log; }
    void setLogLoss(bool log);
    /// Shows everything, and goes on doing so until keepView().
    void followData();
    /// The user has chosen what is in view.
    void keepView() { m_followsData = false; }
    /// Marks an epoch. @param row in the history; negative: none
    void pointAt(int row);
    /// The nearest row; −1 beside the plots. It may be beyond the history.
    int rowAt(const QPoint& position) const;
    std::vector<double> boundaries() const;
    std::pair<double, double> epochRange() const;
    std::pair<double, double> lossRange() const;
    std::vector<QPointF> lossPoints(MetricsPlot::Curve curve) const;

private:
    /// Of a phase (from 0): those planned, or those done where it is over, since it may have ended early.
    int epochsOf(std::size_t phase) const;
    static constexpr int metricCount = 2; ///< loss, accuracy

    void wrapLegends();
    void buildRect(std::size_t metric);
    void applyLossScale();
    void rescale();
    double firstEpochEdge() const;
    /// All that are drawn of a metric, and the live one.
    std::vector<double> valuesOf(int metric) const;
    double roomForPhases() const;
    double drawn(int metric, double value) const;

    std::array<QCPAxisRect*, metricCount> m_rects{};
    std::array<QCPLegend*, metricCount> m_legends{};
    std::array<QCPLayoutGrid*, metricCount> m_headers{}; ///< each a legend and what is left of its line
    std::array<std::array<QCPGraph*, 2>, metricCount> m_graphs{}; ///< [metric][training, validation]
    std::array<QCPGraph*, metricCount> m_best{};
    std::array<QCPGraph*, metricCount> m_live{};      ///< the newest point of the epoch in hand
    std::array<QCPGraph*, metricCount> m_liveCurve{}; ///< all of them
    std::array<QCPItemStraightLine*, metricCount> m_hairs{};
    std::vector<QCPAbstractItem*> m_phaseItems;
    bool m_log = true;
    double m_zeroAt = 0;    ///< where the logarithmic axis draws a loss of zero
    double m_drawnEdge = 0; ///< firstEpochEdge() as the phases were drawn
    bool m_followsData = true;
    QCPMarginGroup* m_sides = nullptr;
    bool m_stacked = false;
};

} // namespace thaw::ui
