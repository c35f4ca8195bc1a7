#include "ui/widgets/metrics_plot.h"

#include "ui/dialogs.h"
#include "ui/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSaveFile>
#include <QVBoxLayout>
#include <qcustomplot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace thaw::ui {

namespace {

constexpr int metricCount = 2; ///< loss, accuracy
constexpr int stackedBelowWidth = 620;
/// What a loss of exactly zero is drawn as on a logarithmic axis.
constexpr double smallestDrawnLoss = 1e-8;

/// Whole epochs only.
class EpochTicker : public QCPAxisTicker
{
protected:
    double getTickStep(const QCPRange& range) override
    {
        return std::max(1.0, std::ceil(QCPAxisTicker::getTickStep(range)));
    }
    int getSubTickCount(double) override { return 0; }
};

/// 1, 2, 5, 10 … where few decades are in sight: a loss often stays within one, where powers of ten show
/// nothing.
class LossTicker : public QCPAxisTicker
{
public:
    explicit LossTicker(bool log) : m_log(log) {}

protected:
    int getSubTickCount(double tickStep) override
    {
        return m_log ? 0 : QCPAxisTicker::getSubTickCount(tickStep);
    }

    QVector<double> createTickVector(double tickStep, const QCPRange& range) override
    {
        if (!m_log || range.lower <= 0 || range.upper / range.lower < 3) {
            return QCPAxisTicker::createTickVector(tickStep, range);
        }
        const double decades = std::log10(range.upper / range.lower);
        const int step = decades > 8 ? 2 : 1;
        QVector<double> ticks;
        for (int k = int(std::floor(std::log10(range.lower))); k <= int(std::ceil(std::log10(range.upper)));
             k += step)
        {
            ticks << std::pow(10.0, k);
            if (decades < 3.2) {
                ticks << 2 * std::pow(10.0, k) << 5 * std::pow(10.0, k);
            }
        }
        return ticks;
    }

    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(tick, 'g', 3);
    }

private:
    bool m_log;
};

/// Shares as percentages.
class PercentTicker : public QCPAxisTicker
{
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return MetricsPlot::tr("%1 %").arg(locale.toString(std::round(tick * 1000) / 10, 'g', 4));
    }
};

QColor mixed(const QColor& a, const QColor& b, double share)
{
    return QColor::fromRgbF(float(a.redF() + (b.redF() - a.redF()) * share),
                            float(a.greenF() + (b.greenF() - a.greenF()) * share),
                            float(a.blueF() + (b.blueF() - a.blueF()) * share));
}

QString percent(double share)
{
    return std::isfinite(share) ? MetricsPlot::tr("%1 %").arg(QLocale().toString(share * 100, 'f', 1))
                                : MetricsPlot::tr("not measured");
}

QString lossText(double loss)
{
    return std::isnan(loss) ? MetricsPlot::tr("not measured") : QLocale().toString(loss, 'g', 4);
}

double valueOf(const EpochMetrics& row, int metric, bool validation)
{
    if (metric == 0) {
        return validation ? row.valLoss : row.loss;
    }
    return validation ? row.valAccuracy : row.accuracy;
}

} // namespace

struct MetricsPlot::Private
{
    QCustomPlot* plot = nullptr;
    QLabel* readout = nullptr;
    std::array<QCPAxisRect*, metricCount> rects{};
    std::array<QCPLegend*, metricCount> legends{};
    std::array<std::array<QCPGraph*, 2>, metricCount> graphs{}; ///< [metric][training, validation]
    std::array<QCPGraph*, metricCount> best{};
    std::array<QCPGraph*, metricCount> live{};
    std::array<QCPItemStraightLine*, metricCount> hairs{};
    std::vector<QCPAbstractItem*> phaseItems;

    std::vector<EpochMetrics> history;
    std::vector<PlotPhase> phases;
    std::vector<BestEpoch> bestEpochs;
    double liveFraction = -1;
    double liveValues[metricCount] = {0, 0};
    bool log = true;
    bool followsData = true; ///< until the user zooms or moves
    bool stacked = false;
    int pointed = -1;

    void build(QWidget* owner);
    void arrange(bool asStack);
    void applyColours(const QPalette& palette);
    void applyLossScale();
    void rebuild();
    void rebuildPhases();
    void rescale();
    std::vector<double> boundaries() const;
    double drawn(int metric, double value) const;
    QColor ink() const { return plot->palette().color(QPalette::Text); }
};

void MetricsPlot::Private::build(QWidget* owner)
{
    plot = new QCustomPlot(owner);
    plot->setObjectName("metricsCanvas");
    plot->setFocusPolicy(Qt::NoFocus);
    plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    // Each graph goes into its own side's legend.
    plot->setAutoAddPlottableToLegend(false);
    plot->plotLayout()->clear();
    plot->plotLayout()->setRowSpacing(4);
    plot->plotLayout()->setColumnSpacing(12);
    for (std::size_t i = 0; i < metricCount; ++i) {
        auto* rect = new QCPAxisRect(plot, true);
        rects[i] = rect;
        // In place before any item is made: items look for an axis rect at once.
        plot->plotLayout()->addElement(0, static_cast<int>(i), rect);
        rect->setMinimumMargins(QMargins(4, 8, 8, 4));
        for (QCPAxis* axis : rect->axes()) {
            axis->setLayer("axes");
            axis->grid()->setLayer("grid");
        }
        QCPAxis* x = rect->axis(QCPAxis::atBottom);
        QCPAxis* y = rect->axis(QCPAxis::atLeft);
        x->setTicker(QSharedPointer<EpochTicker>::create());
        x->setLabel(tr("Epoch"));
        y->setLabel(i == 0 ? tr("Loss") : tr("Accuracy"));
        y->setNumberFormat("g");
        for (std::size_t split = 0; split < 2; ++split) {
            graphs[i][split] = plot->addGraph(x, y);
            graphs[i][split]->setName(split == 0 ? tr("Training") : tr("Validation"));
        }
        best[i] = plot->addGraph(x, y);
        best[i]->setName(tr("Best epoch"));
        best[i]->setLineStyle(QCPGraph::lsNone);
        live[i] = plot->addGraph(x, y);
        live[i]->setLineStyle(QCPGraph::lsNone);
        hairs[i] = new QCPItemStraightLine(plot);
        hairs[i]->setClipAxisRect(rect);
        for (QCPItemPosition* position : {hairs[i]->point1, hairs[i]->point2}) {
            position->setAxisRect(rect);
            position->setAxes(x, y);
            position->setTypeX(QCPItemPosition::ptPlotCoords);
            position->setTypeY(QCPItemPosition::ptAxisRectRatio);
        }
        hairs[i]->setVisible(false);

        auto* legend = new QCPLegend;
        legends[i] = legend;
        // Losses fall and accuracies rise: these corners stay free the longest.
        rect->insetLayout()->addElement(legend, Qt::AlignRight | (i == 0 ? Qt::AlignTop : Qt::AlignBottom));
        rect->insetLayout()->setMargins(QMargins(8, 22, 8, 8));
        legend->setLayer("legend");
        for (QCPGraph* graph : {graphs[i][0], graphs[i][1], best[i]}) {
            graph->addToLegend(legend);
        }
    }
    rects[1]->axis(QCPAxis::atLeft)->setTicker(QSharedPointer<PercentTicker>::create());
    QCPAxis* left = rects[0]->axis(QCPAxis::atBottom);
    QCPAxis* right = rects[1]->axis(QCPAxis::atBottom);
    QObject::connect(left, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), right,
                     qOverload<const QCPRange&>(&QCPAxis::setRange));
    QObject::connect(right, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), left,
                     qOverload<const QCPRange&>(&QCPAxis::setRange));
    auto* margins = new QCPMarginGroup(plot);
    for (QCPAxisRect* rect : rects) {
        rect->setMarginGroup(QCP::msTop | QCP::msBottom, margins);
    }
    applyLossScale();
}

void MetricsPlot::Private::arrange(bool asStack)
{
    if (stacked == asStack) {
        return;
    }
    stacked = asStack;
    QCPLayoutGrid* grid = plot->plotLayout();
    for (QCPAxisRect* rect : rects) {
        if (rect->layout() == grid) {
            grid->take(rect);
        }
    }
    grid->simplify();
    grid->addElement(0, 0, rects[0]);
    grid->addElement(asStack ? 1 : 0, asStack ? 0 : 1, rects[1]);
}

void MetricsPlot::Private::applyColours(const QPalette& palette)
{
    const QColor base = palette.color(QPalette::Base);
    const QColor text = palette.color(QPalette::Text);
    const bool dark = base.lightness() < 128;
    const QColor soft = mixed(text, base, 0.35);
    const QColor grid = mixed(text, base, dark ? 0.82 : 0.88);
    // Dashes and marks tell the curves apart without their colours.
    const QColor training = themeColours(palette).training;
    const QColor validation = themeColours(palette).validation;

    plot->setBackground(base);
    for (std::size_t i = 0; i < metricCount; ++i) {
        for (QCPAxis* axis : rects[i]->axes()) {
            axis->setBasePen(QPen(soft));
            axis->setTickPen(QPen(soft));
            axis->setSubTickPen(QPen(soft));
            axis->setTickLabelColor(text);
            axis->setLabelColor(text);
            axis->setTickLabelFont(plot->font());
            axis->setLabelFont(plot->font());
            axis->grid()->setPen(QPen(grid));
            axis->grid()->setZeroLinePen(QPen(grid));
        }
        graphs[i][0]->setPen(QPen(training, 2, Qt::DashLine));
        graphs[i][1]->setPen(QPen(validation, 2));
        graphs[i][0]->setScatterStyle(
            QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(training, 1.5), QBrush(base), 6));
        graphs[i][1]->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssSquare, validation, validation, 6));
        best[i]->setPen(QPen(text, 1.5));
        best[i]->setScatterStyle(
            QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(text, 1.5), QBrush(Qt::NoBrush), 16));
        live[i]->setScatterStyle(
            QCPScatterStyle(QCPScatterStyle::ssPlusCircle, QPen(training, 1.5), QBrush(base), 9));
        hairs[i]->setPen(QPen(soft));
        legends[i]->setBrush(QColor(base.red(), base.green(), base.blue(), 215));
        legends[i]->setBorderPen(QPen(grid));
        legends[i]->setTextColor(text);
        legends[i]->setFont(plot->font());
        legends[i]->setIconSize(30, 14);
    }
    rebuildPhases();
}

void MetricsPlot::Private::applyLossScale()
{
    QCPAxis* y = rects[0]->axis(QCPAxis::atLeft);
    y->setScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    y->setTicker(QSharedPointer<LossTicker>::create(log));
    y->setLabel(log ? tr("Loss (log scale)") : tr("Loss"));
}

double MetricsPlot::Private::drawn(int metric, double value) const
{
    if (!std::isfinite(value)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return metric == 0 && log ? std::max(value, smallestDrawnLoss) : value;
}

std::vector<double> MetricsPlot::Private::boundaries() const
{
    std::vector<double> result;
    if (phases.empty()) {
        for (std::size_t i = 1; i < history.size(); ++i) {
            if (history[i].phase != history[i - 1].phase) {
                result.push_back(double(i) + 0.5);
            }
        }
        return result;
    }
    double end = 0.5;
    for (std::size_t i = 0; i + 1 < phases.size(); ++i) {
        end += phases[i].epochs;
        result.push_back(end);
    }
    return result;
}

void MetricsPlot::Private::rebuildPhases()
{
    for (QCPAbstractItem* item : phaseItems) {
        plot->removeItem(item);
    }
    phaseItems.clear();
    const QColor text = plot->palette().color(QPalette::Text);
    const QColor soft = mixed(text, plot->palette().color(QPalette::Base), 0.35);
    std::vector<double> starts{0.5};
    const std::vector<double> ends = boundaries();
    starts.insert(starts.end(), ends.begin(), ends.end());
    for (QCPAxisRect* rect : rects) {
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
                auto* line = new QCPItemStraightLine(plot);
                line->setClipAxisRect(rect);
                place(line->point1, starts[i], 0);
                place(line->point2, starts[i], 1);
                line->setPen(QPen(soft, 1.2, Qt::DashLine));
                phaseItems.push_back(line);
            }
            auto* label = new QCPItemText(plot);
            label->setClipAxisRect(rect);
            label->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
            label->setPadding(QMargins(5, 2, 2, 2));
            label->setColor(soft);
            label->setFont(plot->font());
            label->setText(i < phases.size() && !phases[i].name.isEmpty()
                               ? tr("Phase %1: %2").arg(i + 1).arg(phases[i].name)
                               : tr("Phase %1").arg(i + 1));
            place(label->position, starts[i], 0);
            phaseItems.push_back(label);
        }
    }
}

void MetricsPlot::Private::rebuild()
{
    for (std::size_t i = 0; i < metricCount; ++i) {
        const int metric = int(i);
        for (QCPGraph* graph : {graphs[i][0], graphs[i][1], best[i], live[i]}) {
            graph->data()->clear();
        }
        for (std::size_t row = 0; row < history.size(); ++row) {
            for (std::size_t split = 0; split < 2; ++split) {
                graphs[i][split]->addData(double(row + 1),
                                          drawn(metric, valueOf(history[row], metric, split == 1)));
            }
            for (const BestEpoch& mark : bestEpochs) {
                if (mark.phase == history[row].phase && mark.epoch == history[row].epoch) {
                    const double value = valueOf(history[row], metric, true);
                    best[i]->addData(
                        double(row + 1),
                        drawn(metric, std::isfinite(value) ? value : valueOf(history[row], metric, false)));
                }
            }
        }
        if (liveFraction >= 0) {
            live[i]->addData(double(history.size()) + liveFraction, drawn(metric, liveValues[i]));
        }
    }
    if (followsData) {
        rescale();
    }
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void MetricsPlot::Private::rescale()
{
    int planned = 0;
    for (const PlotPhase& phase : phases) {
        planned += phase.epochs;
    }
    const int rows = int(history.size());
    int last = std::max(rows + (liveFraction >= 0 ? 1 : 0), 2);
    if (planned > 0) {
        // Short runs show their whole plan; long ones grow, or the first epochs would be a smudge at the
        // left.
        last = std::max(last, std::min(planned, 10));
    }
    rects[0]->axis(QCPAxis::atBottom)->setRange(0.5, last + 0.5);

    for (std::size_t i = 0; i < metricCount; ++i) {
        double low = std::numeric_limits<double>::infinity();
        double high = -low;
        for (QCPGraph* graph : {graphs[i][0], graphs[i][1], live[i]}) {
            for (const QCPGraphData& point : *graph->data()) {
                if (std::isfinite(point.value)) {
                    low = std::min(low, point.value);
                    high = std::max(high, point.value);
                }
            }
        }
        QCPAxis* y = rects[i]->axis(QCPAxis::atLeft);
        if (low > high) {
            low = i == 0 ? 0.1 : 0.5;
            high = 1;
        }
        if (i == 1) {
            const double margin = std::max(0.02, (high - low) * 0.08);
            y->setRange(std::max(-0.02, low - margin), std::min(1.02, high + margin));
        } else if (log) {
            const double factor = std::max(1.3, std::pow(high / low, 0.08));
            y->setRange(low / factor, high * factor * (high / low > 30 ? 1.0 : 1.2));
        } else {
            const double margin = std::max((high - low) * 0.08, high * 0.05);
            y->setRange(low - margin, high + margin + 1e-9);
        }
    }
}

MetricsPlot::MetricsPlot(QWidget* parent) : QWidget(parent), m(std::make_unique<Private>())
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Loss and accuracy curves"));
    setMinimumSize(280, 170);
    m->build(this);
    m->readout = new QLabel(this);
    m->readout->setObjectName("metricsReadout");
    m->readout->setAccessibleName(tr("Values of the epoch pointed at"));
    m->readout->setWordWrap(true);
    m->readout->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m->readout->setMinimumHeight(m->readout->fontMetrics().lineSpacing() + 4);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m->plot, 1);
    layout->addWidget(m->readout);
    m->plot->installEventFilter(this);
    connect(m->plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
        if (event->buttons() & Qt::LeftButton) {
            m->followsData = false;
        }
        for (QCPAxisRect* rect : m->rects) {
            if (rect->rect().contains(event->pos())) {
                const double x = rect->axis(QCPAxis::atBottom)->pixelToCoord(event->pos().x());
                pointAt(int(std::lround(x)) - 1);
                return;
            }
        }
        pointAt(-1);
    });
    connect(m->plot, &QCustomPlot::mouseWheel, this, [this] { m->followsData = false; });
    connect(m->plot, &QCustomPlot::mouseDoubleClick, this, &MetricsPlot::showAll);
    m->applyColours(palette());
    m->rebuild();
    pointAt(-1);
}

MetricsPlot::~MetricsPlot() = default;

void MetricsPlot::clear()
{
    m->history.clear();
    m->phases.clear();
    m->bestEpochs.clear();
    m->liveFraction = -1;
    m->followsData = true;
    m->rebuildPhases();
    m->rebuild();
    pointAt(-1);
}

void MetricsPlot::setHistory(const std::vector<EpochMetrics>& history)
{
    m->history = history;
    m->liveFraction = -1;
    m->followsData = true;
    m->rebuildPhases();
    m->rebuild();
    pointAt(-1);
}

void MetricsPlot::addEpoch(const EpochMetrics& metrics)
{
    const auto at = std::find_if(m->history.begin(), m->history.end(), [&](const EpochMetrics& row) {
        return row.phase > metrics.phase || (row.phase == metrics.phase && row.epoch >= metrics.epoch);
    });
    m->history.erase(at, m->history.end());
    m->history.push_back(metrics);
    m->liveFraction = -1;
    if (m->phases.empty()) {
        m->rebuildPhases();
    }
    m->rebuild();
    pointAt(m->pointed);
}

const std::vector<EpochMetrics>& MetricsPlot::history() const
{
    return m->history;
}

void MetricsPlot::setPhases(const std::vector<PlotPhase>& phases)
{
    m->phases = phases;
    m->rebuildPhases();
    m->rebuild();
}

std::vector<double> MetricsPlot::phaseBoundaries() const
{
    return m->boundaries();
}

void MetricsPlot::markBest(const std::vector<BestEpoch>& best)
{
    m->bestEpochs = best;
    m->rebuild();
    pointAt(m->pointed);
}

void MetricsPlot::setLivePoint(double fraction, double loss, double accuracy)
{
    m->liveFraction = std::clamp(fraction, 0.0, 1.0);
    m->liveValues[0] = loss;
    m->liveValues[1] = accuracy;
    m->rebuild();
}

void MetricsPlot::clearLivePoint()
{
    m->liveFraction = -1;
    m->rebuild();
}

bool MetricsPlot::isLogLoss() const
{
    return m->log;
}

void MetricsPlot::setLogLoss(bool log)
{
    if (m->log == log) {
        return;
    }
    m->log = log;
    m->applyLossScale();
    m->followsData = true;
    m->rebuild();
    Q_EMIT logLossChanged(log);
}

QString MetricsPlot::readout(int row) const
{
    if (row < 0 || row >= int(m->history.size())) {
        return {};
    }
    const EpochMetrics& metrics = m->history[std::size_t(row)];
    const bool isBest = std::any_of(m->bestEpochs.begin(), m->bestEpochs.end(), [&](const BestEpoch& best) {
        return best.phase == metrics.phase && best.epoch == metrics.epoch;
    });
    const QString where = isBest ? tr("Phase %1, epoch %2 (best)") : tr("Phase %1, epoch %2");
    return tr("%1 — training: loss %2, accuracy %3 · validation: loss %4, accuracy %5")
        .arg(where.arg(metrics.phase).arg(metrics.epoch), lossText(metrics.loss), percent(metrics.accuracy),
             lossText(metrics.valLoss), percent(metrics.valAccuracy));
}

QString MetricsPlot::csv() const
{
    QString text = "epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds\n";
    const auto number = [](double value) {
        return std::isnan(value) ? QString() : QString::number(value, 'g', QLocale::FloatingPointShortest);
    };
    for (const EpochMetrics& row : m->history) {
        const QStringList cells{QString::number(row.epoch), QString::number(row.phase),
                                number(row.loss),           number(row.accuracy),
                                number(row.valLoss),        number(row.valAccuracy),
                                number(row.learningRate),   number(row.seconds)};
        text += cells.join(',') + '\n';
    }
    return text;
}

QPixmap MetricsPlot::picture() const
{
    return m->plot->grab();
}

std::pair<double, double> MetricsPlot::epochRange() const
{
    const QCPRange range = m->rects[0]->axis(QCPAxis::atBottom)->range();
    return {range.lower, range.upper};
}

std::pair<double, double> MetricsPlot::lossRange() const
{
    const QCPRange range = m->rects[0]->axis(QCPAxis::atLeft)->range();
    return {range.lower, range.upper};
}

void MetricsPlot::showAll()
{
    m->followsData = true;
    m->rebuild();
}

void MetricsPlot::pointAt(int row)
{
    const int rows = int(m->history.size());
    m->pointed = row >= 0 && row < rows ? row : -1;
    for (QCPItemStraightLine* hair : m->hairs) {
        hair->setVisible(m->pointed >= 0);
        hair->point1->setCoords(m->pointed + 1, 0);
        hair->point2->setCoords(m->pointed + 1, 1);
    }
    const QString text = rows == 0 ? tr("The curves appear with the first epoch.")
                                   : readout(m->pointed >= 0 ? m->pointed : rows - 1);
    m->readout->setText(text);
    setAccessibleDescription(text);
    m->plot->replot(QCustomPlot::rpQueuedReplot);
}

void MetricsPlot::copyPicture()
{
    QApplication::clipboard()->setPixmap(picture());
}

void MetricsPlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        m->applyColours(palette());
        m->plot->replot(QCustomPlot::rpQueuedReplot);
    }
}

void MetricsPlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m->arrange(width() < stackedBelowWidth && height() > width() / 2);
    m->plot->replot(QCustomPlot::rpQueuedReplot);
}

void MetricsPlot::keyPressEvent(QKeyEvent* event)
{
    const int rows = int(m->history.size());
    switch (event->key()) {
    case Qt::Key_Left:
        pointAt(m->pointed < 0 ? rows - 1 : std::max(0, m->pointed - 1));
        break;
    case Qt::Key_Right:
        pointAt(m->pointed < 0 ? rows - 1 : std::min(rows - 1, m->pointed + 1));
        break;
    case Qt::Key_Escape:
        pointAt(-1);
        break;
    case Qt::Key_Home:
        showAll();
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void MetricsPlot::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    QAction* log = menu.addAction(tr("Log scale for loss"));
    log->setCheckable(true);
    log->setChecked(m->log);
    connect(log, &QAction::toggled, this, &MetricsPlot::setLogLoss);
    menu.addAction(tr("Show everything"), this, &MetricsPlot::showAll);
    menu.addSeparator();
    menu.addAction(tr("Copy picture"), this, &MetricsPlot::copyPicture);
    menu.addAction(tr("Save values as CSV…"), this, &MetricsPlot::saveCsv)->setEnabled(!m->history.empty());
    menu.exec(event->globalPos());
}

bool MetricsPlot::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m->plot && event->type() == QEvent::Leave) {
        pointAt(-1);
    }
    return QWidget::eventFilter(watched, event);
}

void MetricsPlot::saveCsv()
{
    const std::optional<QString> path =
        Dialogs::chooseSaveFile(this, tr("Save values"), tr("CSV files (*.csv)"), "history.csv");
    if (!path) {
        return;
    }
    QSaveFile file(*path);
    const QByteArray bytes = csv().toUtf8();
    const bool saved = file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit();
    m->readout->setText(saved ? tr("Saved %1").arg(*path)
                              : tr("Could not save %1: %2").arg(*path, file.errorString()));
}

} // namespace thaw::ui
