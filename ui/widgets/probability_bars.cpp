#include "ui/widgets/probability_bars.h"

#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace thaw::ui {

namespace {

constexpr int barMinimum = 60;
constexpr int tickSide = 14;

void drawTick(QPainter& painter, const QRectF& place, const QColor& colour)
{
    QPainterPath tick;
    tick.moveTo(place.left() + 1, place.center().y());
    tick.lineTo(place.left() + place.width() * 0.4, place.bottom() - 3);
    tick.lineTo(place.right() - 1, place.top() + 3);
    painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(tick);
}

} // namespace

QString probabilityText(double probability)
{
    if (!std::isfinite(probability)) {
        return percentText(probability);
    }
    return probability > 0.9995   ? ProbabilityBars::tr(">\u00a0%1").arg(percentText(0.999, 1))
           : probability < 0.0005 ? ProbabilityBars::tr("<\u00a0%1").arg(percentText(0.001, 1))
                                  : percentText(probability, 1);
}

ProbabilityBars::ProbabilityBars(QWidget* parent) : QWidget(parent)
{
    setNames(this, "probabilityBars", tr("Likeliest classes"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ProbabilityBars::setAnswer(const std::vector<std::string>& classes,
                                const std::vector<double>& probabilities, int truth, int count)
{
    std::vector<std::size_t> order(std::min(classes.size(), probabilities.size()));
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return probabilities[a] > probabilities[b]; });
    std::vector<Row> rows;
    for (std::size_t place = 0; place < order.size(); ++place) {
        const std::size_t label = order[place];
        const bool isTruth = std::cmp_equal(label, truth);
        if (std::cmp_less(place, count) || isTruth) {
            rows.push_back({plainLine(classes[label]), probabilities[label], isTruth});
        }
    }
    showRows(std::move(rows));
}

void ProbabilityBars::clear()
{
    showRows({});
}

void ProbabilityBars::showRows(std::vector<Row> rows)
{
    m_rows = std::move(rows);
    setAccessibleDescription(text());
    updateGeometry();
    update();
}

QString ProbabilityBars::text() const
{
    QStringList lines;
    for (const Row& row : m_rows) {
        const QString share = probabilityText(row.probability);
        lines << row.name + '\t' + (row.isTruth ? tr("%1 (the true class)").arg(share) : share);
    }
    return lines.join('\n');
}

void ProbabilityBars::copy() const
{
    QApplication::clipboard()->setText(text());
}

int ProbabilityBars::rowHeight() const
{
    return std::max(fontMetrics().height(), tickSide) + spacing::normal;
}

QRect ProbabilityBars::rowRect(std::size_t row) const
{
    return {0, int(row) * rowHeight(), width(), rowHeight()};
}

QSize ProbabilityBars::sizeHint() const
{
    return {320, std::max(1, int(m_rows.size())) * rowHeight()};
}

QSize ProbabilityBars::minimumSizeHint() const
{
    return {160, sizeHint().height()};
}

void ProbabilityBars::paintEvent(QPaintEvent*)
{
    const ThemeColours colours = themeColours(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont strong = font();
    strong.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(strong);
    const int shareWidth = metrics.horizontalAdvance(probabilityText(1)) + spacing::small;
    int nameWidth = 0;
    bool isTruthKnown = false;
    for (const Row& row : m_rows) {
        nameWidth = std::max(nameWidth, metrics.horizontalAdvance(row.name));
        isTruthKnown = isTruthKnown || row.isTruth;
    }
    const int tickWidth = isTruthKnown ? tickSide + spacing::small : 0;
    nameWidth =
        std::min(nameWidth, std::max(width() * 2 / 5, width() - shareWidth - tickWidth - 2 * spacing::normal -
                                                          std::max(barMinimum, width() / 3)));
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const Row& row = m_rows[i];
        const QRect place = rowRect(i);
        painter.setFont(i == 0 ? strong : font());
        painter.setPen(colours.text);
        if (row.isTruth) {
            drawTick(painter, QRectF(0, place.center().y() - tickSide / 2.0, tickSide, tickSide),
                     colours.good);
            painter.setPen(colours.text);
        }
        const QRect name(tickWidth, place.top(), nameWidth, place.height());
        painter.drawText(name, Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(row.name, Qt::ElideMiddle, nameWidth));
        const QRect share(width() - shareWidth, place.top(), shareWidth, place.height());
        painter.drawText(share, Qt::AlignRight | Qt::AlignVCenter, probabilityText(row.probability));

        const int left = name.right() + spacing::normal;
        QRectF bar(left, place.center().y() - 4, share.left() - spacing::normal - left, 9);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colours.border);
        painter.drawRoundedRect(bar, 4, 4);
        bar.setWidth(bar.width() * std::clamp(row.probability, 0.0, 1.0));
        if (bar.width() >= 1) {
            QColor fill = row.isTruth ? colours.good : isTruthKnown && i == 0 ? colours.bad : colours.accent;
            painter.setBrush(fill);
            painter.drawRoundedRect(bar, std::min(4.0, bar.width() / 2), 4);
        }
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(colours.accent, 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

bool ProbabilityBars::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto row = std::size_t(help->pos().y() / rowHeight());
        QToolTip::showText(
            help->globalPos(),
            row < m_rows.size() ? plainToolTip(text().split('\n').at(qsizetype(row))) : QString(), this);
        return true;
    }
    return QWidget::event(event);
}

void ProbabilityBars::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    QWidget::keyPressEvent(event);
}

void ProbabilityBars::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    menu.addAction(tr("&Copy"), this, &ProbabilityBars::copy)->setEnabled(!m_rows.empty());
    menu.exec(event->globalPos());
}

void ProbabilityBars::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange) {
        updateGeometry();
    }
    QWidget::changeEvent(event);
}

} // namespace thaw::ui
