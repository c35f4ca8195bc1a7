#include "ui/widgets/metrics_plot.h"

#include "core/base/atomic_file.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/widgets/metrics_canvas.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

constexpr int stackedBelowWidth = 620;
constexpr std::size_t mostLivePoints = 600;

} // namespace

MetricsPlot::MetricsPlot(QWidget* parent)
    : QWidget(parent), m_canvas(new MetricsCanvas(this)), m_readout(new QLabel(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Loss and accuracy curves"));
    setMinimumSize(280, 170);
    m_readout->setObjectName("metricsReadout");
    m_readout->setAccessibleName(tr("Values of the epoch pointed at"));
    m_readout->setWordWrap(true);
    m_readout->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_readout->setMinimumHeight(m_readout->fontMetrics().lineSpacing() + 4);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_canvas, 1);
    layout->addWidget(m_readout);
    m_canvas->installEventFilter(this);
    connect(m_canvas, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
        if (event->buttons() & Qt::LeftButton) {
            m_canvas->keepView();
        }
        pointAt(m_canvas->rowAt(event->pos()));
    });
    connect(m_canvas, &QCustomPlot::mouseWheel, m_canvas, &MetricsCanvas::keepView);
    connect(m_canvas, &QCustomPlot::mouseDoubleClick, this, &MetricsPlot::showAll);
    m_canvas->applyColours(palette());
    m_canvas->redraw();
    pointAt(-1);
}

MetricsPlot::~MetricsPlot() = default;

void MetricsPlot::clear()
{
    m_canvas->content.history.clear();
    m_canvas->content.phases.clear();
    m_canvas->content.best.clear();
    m_canvas->content.live.clear();
    m_trainingPictures = 0;
    m_validationPictures = 0;
    m_canvas->redrawPhases();
    m_canvas->followData();
    pointAt(-1);
}

void MetricsPlot::setHistory(const std::vector<EpochMetrics>& history)
{
    m_canvas->content.history = history;
    m_canvas->content.live.clear();
    m_canvas->redrawPhases();
    m_canvas->followData();
    pointAt(-1);
}

void MetricsPlot::addEpoch(const EpochMetrics& metrics)
{
    const auto at = std::find_if(
        m_canvas->content.history.begin(), m_canvas->content.history.end(), [&](const EpochMetrics& row) {
            return row.phase > metrics.phase || (row.phase == metrics.phase && row.epoch >= metrics.epoch);
        });
    m_canvas->content.history.erase(at, m_canvas->content.history.end());
    m_canvas->content.history.push_back(metrics);
    m_canvas->content.live.clear();
    if (m_canvas->content.phases.empty()) {
        m_canvas->redrawPhases();
    }
    m_canvas->redraw();
    pointAt(m_pointed);
}

const std::vector<EpochMetrics>& MetricsPlot::history() const
{
    return m_canvas->content.history;
}

void MetricsPlot::setPhases(const std::vector<PlotPhase>& phases)
{
    m_canvas->content.phases = phases;
    m_canvas->redrawPhases();
    m_canvas->redraw();
}

std::vector<double> MetricsPlot::phaseBoundaries() const
{
    return m_canvas->boundaries();
}

void MetricsPlot::setPictures(std::int64_t training, std::int64_t validation)
{
    m_trainingPictures = training;
    m_validationPictures = validation;
    pointAt(m_pointed);
}

void MetricsPlot::markBest(const std::vector<BestEpoch>& best)
{
    m_canvas->content.best = best;
    m_canvas->redraw();
    pointAt(m_pointed);
}

void MetricsPlot::addLivePoint(double fraction, double loss, double accuracy)
{
    std::vector<LivePoint>& live = m_canvas->content.live;
    fraction = std::clamp(fraction, 0.0, 1.0);
    if (!live.empty() && fraction < live.back().fraction) {
        live.clear();
    }
    if (live.size() >= mostLivePoints) {
        // Every second one: a long epoch has more of them than the plot has pixels.
        std::size_t kept = 0;
        for (std::size_t i = 0; i < live.size(); i += 2) {
            live[kept++] = live[i];
        }
        live.resize(kept);
    }
    live.push_back({fraction, loss, accuracy});
    m_canvas->redraw();
}

void MetricsPlot::clearLive()
{
    m_canvas->content.live.clear();
    m_canvas->redraw();
}

bool MetricsPlot::isLogLoss() const
{
    return m_canvas->isLogLoss();
}

void MetricsPlot::setLogLoss(bool log)
{
    if (isLogLoss() == log) {
        return;
    }
    m_canvas->setLogLoss(log);
    Q_EMIT logLossChanged(log);
}

QString MetricsPlot::readout(int row) const
{
    if (row < 0 || row >= int(m_canvas->content.history.size())) {
        return {};
    }
    const EpochMetrics& metrics = m_canvas->content.history[std::size_t(row)];
    const bool isBest =
        std::any_of(m_canvas->content.best.begin(), m_canvas->content.best.end(), [&](const BestEpoch& best) {
            return best.phase == metrics.phase && best.epoch == metrics.epoch;
        });
    const QString where = isBest ? tr("Phase %1, epoch %2 (best)") : tr("Phase %1, epoch %2");
    return tr("%1 — training: loss %2, accuracy %3 · validation: loss %4, accuracy %5")
        .arg(where.arg(metrics.phase).arg(metrics.epoch), lossText(metrics.loss),
             accuracyText(metrics.accuracy, m_trainingPictures), lossText(metrics.valLoss),
             accuracyText(metrics.valAccuracy, m_validationPictures));
}

QString MetricsPlot::csv() const
{
    QString text = "epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds\n";
    const auto number = [](double value) {
        return std::isnan(value) ? QString() : QString::number(value, 'g', QLocale::FloatingPointShortest);
    };
    for (const EpochMetrics& row : m_canvas->content.history) {
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
    return m_canvas->grab();
}

std::pair<double, double> MetricsPlot::epochRange() const
{
    return m_canvas->epochRange();
}

std::pair<double, double> MetricsPlot::lossRange() const
{
    return m_canvas->lossRange();
}

std::vector<QPointF> MetricsPlot::lossPoints(Curve curve) const
{
    return m_canvas->lossPoints(curve);
}

void MetricsPlot::showAll()
{
    m_canvas->followData();
}

void MetricsPlot::pointAt(int row)
{
    const int rows = int(m_canvas->content.history.size());
    m_pointed = row >= 0 && row < rows ? row : -1;
    m_canvas->pointAt(m_pointed);
    const QString text = rows == 0 ? tr("The curves appear with the first epoch.")
                                   : readout(m_pointed >= 0 ? m_pointed : rows - 1);
    m_readout->setText(text);
    setAccessibleDescription(text);
}

void MetricsPlot::copyPicture()
{
    QApplication::clipboard()->setPixmap(picture());
}

void MetricsPlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        m_canvas->applyColours(palette());
        m_canvas->replot(QCustomPlot::rpQueuedReplot);
    }
}

void MetricsPlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_canvas->arrange(width() < stackedBelowWidth && height() > width() / 2);
    m_canvas->replot(QCustomPlot::rpQueuedReplot);
}

void MetricsPlot::keyPressEvent(QKeyEvent* event)
{
    const int rows = int(m_canvas->content.history.size());
    switch (event->key()) {
    case Qt::Key_Left:
        pointAt(m_pointed < 0 ? rows - 1 : std::max(0, m_pointed - 1));
        break;
    case Qt::Key_Right:
        pointAt(m_pointed < 0 ? rows - 1 : std::min(rows - 1, m_pointed + 1));
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
    log->setChecked(isLogLoss());
    connect(log, &QAction::toggled, this, &MetricsPlot::setLogLoss);
    menu.addAction(tr("Show everything"), this, &MetricsPlot::showAll);
    menu.addSeparator();
    menu.addAction(tr("Copy picture"), this, &MetricsPlot::copyPicture);
    menu.addAction(tr("Save values as CSV…"), this, &MetricsPlot::saveCsv)
        ->setEnabled(!m_canvas->content.history.empty());
    menu.exec(event->globalPos());
}

bool MetricsPlot::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_canvas && event->type() == QEvent::Leave) {
        pointAt(-1);
    }
    if (watched == m_canvas && event->type() == QEvent::ContextMenu) {
        // QCustomPlot hands no mouse event on to its parent.
        contextMenuEvent(static_cast<QContextMenuEvent*>(event));
        return true;
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
    const QString name = plainLine(*path);
    const auto write = [file = toPath(*path), text = csv().toStdString()] {
        writeFileAtomically(file, text);
        return true;
    };
    m_readout->setText(tr("Saving %1…").arg(name));
    runErrand(
        this, write, [this, name](bool) { m_readout->setText(tr("Saved %1").arg(name)); },
        [this, name](const ErrorReport& error) {
            m_readout->setText(tr("Could not save %1: %2").arg(name, plainLine(error.detail)));
        });
}

} // namespace thaw::ui
