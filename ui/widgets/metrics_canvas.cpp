#include "ui/widgets/metrics_canvas.h"

#include "ui/theme.h"
#include "ui/widgets/plot_ranges.h"
#include "ui/widgets/plot_tickers.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thaw::ui {

namespace {

/// More marks on a curve than this would run into one another, and take their time.
constexpr int mostMarks = 150;
/// A stretch factor for what gets no more room than it needs.
constexpr double narrowest = 1e-3;

QColor mixed(const QColor& a, const QColor& b, double share)
{
    return QColor::fromRgbF(float(a.redF() + (b.redF() - a.redF()) * share),
                            float(a.greenF() + (b.greenF() - a.greenF()) * share),
                            float(a.blueF() + (b.blueF() - a.blueF()) * share));
}

double valueOf(const EpochMetrics& row, int metric, bool validation)
{
    if (metric == 0) {
        return validation ? row.valLoss : row.loss;
    }
    return validation ? row.valAccuracy : row.accuracy;
}

} // namespace

MetricsCanvas::MetricsCanvas(QWidget* parent) : QCustomPlot(parent)
{
    setObjectName("metricsCanvas");
    setFocusPolicy(Qt::NoFocus);
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    // Each graph goes into its own side's legend.
    setAutoAddPlottableToLegend(false);
    plotLayout()->clear();
    plotLayout()->setRowSpacing(4);
    plotLayout()->setColumnSpacing(12);
    for (std::size_t i = 0; i < metricCount; ++i) {
        buildRect(i);
    }
    plotLayout()->setRowStretchFactor(0, narrowest);
    m_rects[1]->axis(QCPAxis::atLeft)->setTicker(makePercentTicker());
    QCPAxis* left = m_rects[0]->axis(QCPAxis::atBottom);
    QCPAxis* right = m_rects[1]->axis(QCPAxis::atBottom);
    QObject::connect(left, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), right,
                     qOverload<const QCPRange&>(&QCPAxis::setRange));
    QObject::connect(right, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), left,
                     qOverload<const QCPRange&>(&QCPAxis::setRange));
    m_sides = new QCPMarginGroup(this);
    auto* margins = new QCPMarginGroup(this);
    for (QCPAxisRect* rect : m_rects) {
        rect->setMarginGroup(QCP::msTop | QCP::msBottom, margins);
    }
    applyLossScale();
}

void MetricsCanvas::buildRect(std::size_t i)
{
    auto* rect = new QCPAxisRect(this, true);
    m_rects[i] = rect;
    // In place before any item is made: items look for an axis rect at once.
    plotLayout()->addElement(1, static_cast<int>(i), rect);
    rect->setMinimumMargins(QMargins(4, 8, 8, 4));
    for (QCPAxis* axis : rect->axes()) {
        axis->setLayer("axes");
        axis->grid()->setLayer("grid");
    }
    QCPAxis* x = rect->axis(QCPAxis::atBottom);
    QCPAxis* y = rect->axis(QCPAxis::atLeft);
    x->setTicker(makeEpochTicker());
    x->setLabel(tr("Epoch"));
    y->setLabel(i == 0 ? tr("Loss") : tr("Accuracy"));
    y->setNumberFormat("g");
    for (std::size_t split = 0; split < 2; ++split) {
        m_graphs[i][split] = addGraph(x, y);
        m_graphs[i][split]->setName(split == 0 ? tr("Training") : tr("Validation"));
    }
    m_best[i] = addGraph(x, y);
    m_best[i]->setName(tr("Kept epoch"));
    m_best[i]->setLineStyle(QCPGraph::lsNone);
    m_liveCurve[i] = addGraph(x, y);
    m_live[i] = addGraph(x, y);
    m_live[i]->setLineStyle(QCPGraph::lsNone);
    m_hairs[i] = new QCPItemStraightLine(this);
    m_hairs[i]->setClipAxisRect(rect);
    for (QCPItemPosition* position : {m_hairs[i]->point1, m_hairs[i]->point2}) {
        position->setAxisRect(rect);
        position->setAxes(x, y);
        position->setTypeX(QCPItemPosition::ptPlotCoords);
        position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    m_hairs[i]->setVisible(false);

    // Above the plot, in one line: inside it would hide what is drawn sooner or later.
    m_legends[i] = new QCPLegend;
    m_legends[i]->setFillOrder(QCPLegend::foColumnsFirst);
    m_legends[i]->setMargins(QMargins(4, 0, 0, 0));
    m_legends[i]->setColumnSpacing(16);
    m_headers[i] = new QCPLayoutGrid;
    plotLayout()->addElement(0, static_cast<int>(i), m_headers[i]);
    m_headers[i]->addElement(0, 0, m_legends[i]);
    m_headers[i]->addElement(0, 1, new QCPLayoutElement(this)); // takes the room that is left
    m_headers[i]->setColumnStretchFactor(0, narrowest);
    m_legends[i]->setLayer("legend");
    for (QCPGraph* graph : {m_graphs[i][0], m_graphs[i][1], m_best[i]}) {
        graph->addToLegend(m_legends[i]);
        // Room for the letters that reach below the line.
        m_legends[i]->itemWithPlottable(graph)->setMargins(QMargins(0, 1, 0, 3));
    }
}

/// In one line where it has room, else in two.
void MetricsCanvas::wrapLegends()
{
    const int columns = m_stacked ? 1 : 2;
    for (QCPLegend* each : m_legends) {
        each->setWrap(0);
        each->setFillOrder(QCPLegend::foColumnsFirst);
        if (each->minimumOuterSizeHint().width() > width() / columns) {
            each->setWrap(2);
            each->setFillOrder(QCPLegend::foColumnsFirst);
        }
    }
}

void MetricsCanvas::arrange(bool asStack)
{
    if (m_stacked == asStack) {
        wrapLegends();
        return;
    }
    m_stacked = asStack;
    QCPLayoutGrid* grid = plotLayout();
    for (QCPLayoutGrid* header : m_headers) {
        if (header->layout() == grid) {
            grid->take(header);
        }
        header->setVisible(header == m_headers[0] || !asStack);
    }
    for (QCPAxisRect* rect : m_rects) {
        if (rect->layout() == grid) {
            grid->take(rect);
        }
        // One above the other, an epoch stands at the same place in both.
        rect->setMarginGroup(QCP::msLeft | QCP::msRight, asStack ? m_sides : nullptr);
    }
    grid->simplify();
    grid->addElement(0, 0, m_headers[0]);
    grid->addElement(1, 0, m_rects[0]);
    if (asStack) {
        grid->addElement(2, 0, m_rects[1]); // what the curves are called has been said above
    } else {
        grid->addElement(0, 1, m_headers[1]);
        grid->addElement(1, 1, m_rects[1]);
    }
    grid->setRowStretchFactor(0, narrowest);
    wrapLegends();
}

void MetricsCanvas::applyColours(const QPalette& palette)
{
    const QColor base = palette.color(QPalette::Base);
    const QColor text = palette.color(QPalette::Text);
    const bool dark = base.lightness() < 128;
    const QColor soft = mixed(text, base, 0.35);
    const QColor grid = mixed(text, base, dark ? 0.82 : 0.88);
    // Dashes and marks tell the curves apart without their colours.
    const QColor training = themeColours(palette).training;
    const QColor validation = themeColours(palette).validation;

    setBackground(base);
    for (std::size_t i = 0; i < metricCount; ++i) {
        for (QCPAxis* axis : m_rects[i]->axes()) {
            axis->setBasePen(QPen(soft));
            axis->setTickPen(QPen(soft));
            axis->setSubTickPen(QPen(soft));
            axis->setTickLabelColor(text);
            axis->setLabelColor(text);
            axis->setTickLabelFont(font());
            axis->setLabelFont(font());
            axis->grid()->setPen(QPen(grid));
            axis->grid()->setZeroLinePen(QPen(grid));
        }
        m_graphs[i][0]->setPen(QPen(training, 2, Qt::DashLine));
        m_graphs[i][1]->setPen(QPen(validation, 2));
        m_graphs[i][0]->setScatterStyle(
            QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(training, 1.5), QBrush(base), 6));
        m_graphs[i][1]->setScatterStyle(
            QCPScatterStyle(QCPScatterStyle::ssSquare, validation, validation, 6));
        m_best[i]->setPen(QPen(text, 1.5));
        m_best[i]->setScatterStyle(
            QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(text, 1.5), QBrush(Qt::NoBrush), 16));
        m_liveCurve[i]->setPen(QPen(training, 1));
        m_live[i]->setScatterStyle(
            QCPScatterStyle(QCPScatterStyle::ssPlusCircle, QPen(training, 1.5), QBrush(base), 9));
        m_hairs[i]->setPen(QPen(soft));
        m_legends[i]->setBrush(Qt::NoBrush);
        m_legends[i]->setBorderPen(Qt::NoPen);
        m_legends[i]->setTextColor(text);
        m_legends[i]->setFont(font());
        m_legends[i]->setIconSize(30, 18);
    }
    redrawPhases();
}

void MetricsCanvas::applyLossScale()
{
    QCPAxis* y = m_rects[0]->axis(QCPAxis::atLeft);
    y->setScaleType(m_log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    y->setTicker(m_log ? makeLogLossTicker(m_zeroAt) : makeLossTicker());
    y->setLabel(m_log ? tr("Loss (log scale)") : tr("Loss"));
}

double MetricsCanvas::drawn(int metric, double value) const
{
    if (!std::isfinite(value)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return metric == 0 && m_log && value <= 0 ? m_zeroAt : value;
}

/// Epochs stand in the middle of their room. The first one's live point begins before it.
double MetricsCanvas::firstEpochEdge() const
{
    return content.history.empty() && !content.live.empty() ? -0.15 : 0.5;
}

std::vector<double> MetricsCanvas::valuesOf(int metric) const
{
    std::vector<double> values;
    for (const EpochMetrics& row : content.history) {
        values.push_back(valueOf(row, metric, false));
        values.push_back(valueOf(row, metric, true));
    }
    for (const LivePoint& point : content.live) {
        values.push_back(metric == 0 ? point.loss : point.accuracy);
    }
    return values;
}

/// The phases are named along the upper edge, where nothing else should be.
double MetricsCanvas::roomForPhases() const
{
    return boundaries().empty() ? 0 : 0.1;
}

int MetricsCanvas::epochsOf(std::size_t phase) const
{
    const int number = static_cast<int>(phase) + 1;
    const bool isOver = !content.history.empty() && content.history.back().phase > number;
    return isOver ? static_cast<int>(std::ranges::count(content.history, number, &EpochMetrics::phase))
                  : content.phases[phase].epochs;
}

std::vector<double> MetricsCanvas::boundaries() const
{
    std::vector<double> result;
    if (content.phases.empty()) {
        for (std::size_t i = 1; i < content.history.size(); ++i) {
            if (content.history[i].phase != content.history[i - 1].phase) {
                result.push_back(double(i) + 0.5);
            }
        }
        return result;
    }
    double end = 0.5;
    for (std::size_t i = 0; i + 1 < content.phases.size(); ++i) {
        end += epochsOf(i);
        result.push_back(end);
    }
    return result;
}

void MetricsCanvas::redrawPhases()
{
    for (QCPAbstractItem* item : m_phaseItems) {
        removeItem(item);
    }
    m_phaseItems.clear();
    const QColor text = palette().color(QPalette::Text);
    const QColor soft = mixed(text, palette().color(QPalette::Base), 0.35);
    m_drawnEdge = firstEpochEdge();
    std::vector<double> starts{m_drawnEdge};
    const std::vector<double> ends = boundaries();
    starts.insert(starts.end(), ends.begin(), ends.end());
    for (QCPAxisRect* rect : m_rects) {
        QCPAxis* x = rect->axis(QCPAxis::atBottom);
        QCPAxis* y = rect->axis(QCPAxis::atLeft);
        const auto place = [&](QCPItemPosition* position, double epoch, double ratio) {
            position->setAxisRect(rect);
            position->setAxes(x, y);
            position->setTypeX(QCPItemPosition::ptPlotCoords);
            position->setTypeY(QCPItemPosition::ptAxisRectRatio);
            position->setCoords(epoch, ratio);
        };
        for (std::size_t i = 0; i < starts.size() && starts.size() > 1; ++i) {
            if (i > 0) {
                auto* line = new QCPItemStraightLine(this);
                line->setClipAxisRect(rect);
                place(line->point1, starts[i], 0);
                place(line->point2, starts[i], 1);
                line->setPen(QPen(soft, 1.2, Qt::DashLine));
                m_phaseItems.push_back(line);
            }
            auto* label = new QCPItemText(this);
            label->setClipAxisRect(rect);
            label->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
            label->setPadding(QMargins(5, 2, 2, 2));
            label->setColor(soft);
            label->setFont(font());
            label->setText(i < content.phases.size() && !content.phases[i].name.isEmpty()
                               ? tr("Phase %1: %2").arg(i + 1).arg(content.phases[i].name)
                               : tr("Phase %1").arg(i + 1));
            place(label->position, starts[i], 0);
            m_phaseItems.push_back(label);
        }
    }
}

void MetricsCanvas::redraw()
{
    m_zeroAt = logRange(valuesOf(0), roomForPhases()).zeroAt;
    applyLossScale();
    if (firstEpochEdge() != m_drawnEdge) {
        redrawPhases();
    }
    for (std::size_t i = 0; i < metricCount; ++i) {
        const int metric = int(i);
        for (QCPGraph* graph : {m_graphs[i][0], m_graphs[i][1], m_best[i], m_live[i], m_liveCurve[i]}) {
            graph->data()->clear();
        }
        for (std::size_t row = 0; row < content.history.size(); ++row) {
            for (std::size_t split = 0; split < 2; ++split) {
                m_graphs[i][split]->addData(double(row + 1),
                                            drawn(metric, valueOf(content.history[row], metric, split == 1)));
            }
            for (const BestEpoch& mark : content.best) {
                if (mark.phase == content.history[row].phase && mark.epoch == content.history[row].epoch) {
                    const double value = valueOf(content.history[row], metric, true);
                    m_best[i]->addData(double(row + 1),
                                       drawn(metric, std::isfinite(value)
                                                         ? value
                                                         : valueOf(content.history[row], metric, false)));
                }
            }
        }
        for (QCPGraph* graph : m_graphs[i]) {
            graph->setScatterSkip(static_cast<int>(content.history.size()) / mostMarks);
        }
        for (const LivePoint& point : content.live) {
            const double epoch = double(content.history.size()) + point.fraction;
            const double value = drawn(metric, i == 0 ? point.loss : point.accuracy);
            m_liveCurve[i]->addData(epoch, value);
            if (&point == &content.live.back()) {
                m_live[i]->addData(epoch, value);
            }
        }
    }
    if (m_followsData) {
        rescale();
    }
    replot(QCustomPlot::rpQueuedReplot);
}

void MetricsCanvas::rescale()
{
    int planned = 0;
    for (std::size_t i = 0; i < content.phases.size(); ++i) {
        planned += epochsOf(i);
    }
    const int rows = int(content.history.size());
    int last = std::max(rows + (content.live.empty() ? 0 : 1), 2);
    if (planned > 0) {
        // Short runs show their whole plan; long ones grow, or the first epochs would be a smudge at the
        // left.
        last = std::max(last, std::min(planned, 10));
    }
    m_rects[0]->axis(QCPAxis::atBottom)->setRange(firstEpochEdge(), last + 0.5);

    const double room = roomForPhases();
    for (std::size_t i = 0; i < metricCount; ++i) {
        const std::vector<double> values = valuesOf(int(i));
        const ValueRange range = i == 1  ? shareRange(values, room)
                                 : m_log ? logRange(values, room)
                                         : linearRange(values, room);
        m_rects[i]->axis(QCPAxis::atLeft)->setRange(range.low, range.high);
    }
}

void MetricsCanvas::setLogLoss(bool log)
{
    m_log = log;
    followData();
}

void MetricsCanvas::followData()
{
    m_followsData = true;
    redraw();
}

void MetricsCanvas::pointAt(int row)
{
    for (QCPItemStraightLine* hair : m_hairs) {
        hair->setVisible(row >= 0);
        hair->point1->setCoords(row + 1, 0);
        hair->point2->setCoords(row + 1, 1);
    }
    replot(rpQueuedReplot);
}

int MetricsCanvas::rowAt(const QPoint& position) const
{
    for (QCPAxisRect* rect : m_rects) {
        if (rect->rect().contains(position)) {
            return int(std::lround(rect->axis(QCPAxis::atBottom)->pixelToCoord(position.x()))) - 1;
        }
    }
    return -1;
}

std::pair<double, double> MetricsCanvas::epochRange() const
{
    const QCPRange range = m_rects[0]->axis(QCPAxis::atBottom)->range();
    return {range.lower, range.upper};
}

std::pair<double, double> MetricsCanvas::lossRange() const
{
    const QCPRange range = m_rects[0]->axis(QCPAxis::atLeft)->range();
    return {range.lower, range.upper};
}

std::vector<QPointF> MetricsCanvas::lossPoints(MetricsPlot::Curve curve) const
{
    const QCPGraph* graphs[] = {m_graphs[0][0], m_graphs[0][1], m_best[0], m_live[0], m_liveCurve[0]};
    std::vector<QPointF> points;
    for (const QCPGraphData& point : *graphs[std::size_t(curve)]->data()) {
        points.emplace_back(point.key, point.value);
    }
    return points;
}

} // namespace thaw::ui
