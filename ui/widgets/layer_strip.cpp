#include "ui/widgets/layer_strip.h"

#include "ui/models/layer_table_model.h"
#include "ui/theme.h"
#include "ui/widgets/freeze_icon.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <utility>

namespace thaw::ui {

namespace {

constexpr int margin = 8;
constexpr int barGap = 3;
constexpr int pictureHeight = 84;

} // namespace

LayerStripButton::LayerStripButton(int block, QWidget* parent) : QAbstractButton(parent), m_block(block)
{
    setObjectName(block ? QStringLiteral("stripBlock%1").arg(block) : QStringLiteral("stripHead"));
    setFocusPolicy(block ? Qt::StrongFocus : Qt::NoFocus);
    setCursor(block ? Qt::PointingHandCursor : Qt::ArrowCursor);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void LayerStripButton::setLayers(const std::vector<LayerInfo>& layers, const HeadSpec& head)
{
    m_layers = layers;
    m_head = head;
    m_convolutions = std::max(1, int(std::count_if(layers.begin(), layers.end(), [](const LayerInfo& layer) {
                                  return layer.kind == LayerKind::Convolution;
                              })));
    m_trained.resize(std::size_t(m_convolutions), m_block == 0);
    describe();
    updateGeometry();
    update();
}

void LayerStripButton::setTrained(std::vector<bool> trained)
{
    m_trained = std::move(trained);
    m_trained.resize(std::size_t(m_convolutions));
    describe();
    update();
}

int LayerStripButton::trainedCount() const
{
    return int(std::count(m_trained.begin(), m_trained.end(), true));
}

QString LayerStripButton::stateText() const
{
    if (isFullyTrained()) {
        return tr("Trains");
    }
    const int trained = trainedCount();
    return trained == 0 ? tr("Frozen") : tr("%1 of %2 train").arg(trained).arg(m_convolutions);
}

void LayerStripButton::describe()
{
    if (m_block == 0) {
        setText(tr("Head"));
        setAccessibleName(tr("Head: always trains"));
        setToolTip(tr("The head is new and trains in every phase."));
        return;
    }
    setText(tr("Block %1").arg(m_block));
    setAccessibleName(tr("Block %1: %2").arg(m_block).arg(stateText()));
    std::int64_t parameters = 0;
    for (const LayerInfo& layer : m_layers) {
        parameters += layer.parameters;
    }
    const QString action = isFullyTrained() ? tr("Click to freeze it in this phase.")
                                            : tr("Click to let it train in this phase.");
    setToolTip(tr("Block %1: %n convolution(s), %2 parameters.", nullptr, m_convolutions)
                   .arg(m_block)
                   .arg(QLocale().toString(qlonglong(parameters))) +
               '\n' + action);
    setAccessibleDescription(action);
}

QSize LayerStripButton::sizeHint() const
{
    return {m_block == 0 ? 84 : 34 * m_convolutions + 30,
            pictureHeight + 3 * fontMetrics().lineSpacing() + 2 * margin + 8};
}

QSize LayerStripButton::minimumSizeHint() const
{
    return {
        std::max(72, fontMetrics().horizontalAdvance(tr("%1 of %2 train").arg(3).arg(3)) + 2 * margin + 20),
        sizeHint().height()};
}

void LayerStripButton::keyPressEvent(QKeyEvent* event)
{
    // A button would hand the focus on to anything; the strip keeps it among its blocks.
    if (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right) {
        event->ignore();
        return;
    }
    QAbstractButton::keyPressEvent(event);
}

void LayerStripButton::paintEvent(QPaintEvent*)
{
    const ThemeColours colours = themeColours(palette());
    const bool trains = trainedCount() > 0;
    const QColor ink = freezeColour(palette(), trains);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);

    const QRectF frame = QRectF(rect()).adjusted(1.5, 1.5, -1.5, -1.5);
    QColor fill = ink;
    fill.setAlpha(m_block && (underMouse() || isDown()) ? 52 : trains ? 34 : 18);
    painter.setPen(hasFocus() ? QPen(colours.accent, 2.5) : QPen(trains ? ink : colours.border, 1.2));
    painter.setBrush(fill);
    painter.drawRoundedRect(frame, 7, 7);

    // The layers. Height follows the output's side, width its channels, both by logarithm or block 5 would
    // vanish.
    const QRectF picture = frame.adjusted(margin, margin, -margin, 0);
    const double floor = picture.top() + pictureHeight;
    if (m_block == 0) {
        const double middle = (picture.top() + floor) / 2;
        painter.setPen(Qt::NoPen);
        painter.setBrush(ink);
        const QPointF to(picture.right() - 14, middle);
        for (int i = 0; i < 4; ++i) {
            const QPointF from(picture.left() + 14, picture.top() + 12 + i * (pictureHeight - 24) / 3.0);
            painter.setPen(QPen(ink, 1.2));
            painter.drawLine(from, to);
            painter.setPen(Qt::NoPen);
            painter.drawEllipse(from, 4.5, 4.5);
        }
        painter.drawEllipse(to, 5.5, 5.5);
    } else {
        double total = 0;
        const auto widthOf = [](const LayerInfo& layer) {
            return layer.kind == LayerKind::Pool ? 1.6 : std::log2(double(layer.channels) + 2);
        };
        for (const LayerInfo& layer : m_layers) {
            total += widthOf(layer);
        }
        const double scale = (picture.width() - barGap * double(m_layers.size() - 1)) / std::max(total, 1.0);
        double x = picture.left();
        std::size_t convolution = 0;
        for (const LayerInfo& layer : m_layers) {
            const double share = std::log2(double(layer.height) + 1) / std::log2(maxInputSize + 1.0);
            const double height = std::max(10.0, pictureHeight * share);
            const QRectF bar(x, floor - (pictureHeight + height) / 2, widthOf(layer) * scale, height);
            x += bar.width() + barGap;
            if (layer.kind == LayerKind::Pool) {
                QPainterPath wedge(bar.topLeft());
                wedge.lineTo(bar.right(), bar.top() + bar.height() * 0.22);
                wedge.lineTo(bar.right(), bar.bottom() - bar.height() * 0.22);
                wedge.lineTo(bar.bottomLeft());
                wedge.closeSubpath();
                painter.setPen(QPen(colours.muted, 1));
                painter.setBrush(Qt::NoBrush);
                painter.drawPath(wedge);
                continue;
            }
            const bool barTrains = convolution < m_trained.size() && m_trained[convolution];
            ++convolution;
            painter.setPen(Qt::NoPen);
            painter.setBrush(blockColour(palette(), m_block));
            painter.setOpacity(barTrains ? 1.0 : 0.45);
            painter.drawRoundedRect(bar, 3, 3);
            painter.setOpacity(1);
        }
    }

    const int line = fontMetrics().lineSpacing();
    QRectF text(frame.left() + 4, floor + 4, frame.width() - 8, line);
    painter.setPen(colours.text);
    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    painter.drawText(text, Qt::AlignCenter, this->text());
    painter.setFont(font());
    painter.setPen(colours.muted);
    text.translate(0, line);
    const QString shape = m_block == 0       ? tr("%n output(s)", nullptr, m_head.outputs())
                          : m_layers.empty() ? QString()
                                             : shapeText(m_layers.back().height, m_layers.back().width,
                                                         m_layers.back().channels);
    painter.drawText(text, Qt::AlignCenter, shape);
    text.translate(0, line);
    const QString state = stateText();
    const double side = line - 2;
    const double width = fontMetrics().horizontalAdvance(state) + side + 4;
    const QRectF sign(text.center().x() - width / 2, text.top() + 1, side, side);
    paintFreezeSign(painter, sign, trains, ink);
    painter.setPen(ink);
    painter.drawText(QRectF(sign.right() + 4, text.top(), width, line), Qt::AlignLeft | Qt::AlignVCenter,
                     state);
}

LayerStrip::LayerStrip(QWidget* parent) : QWidget(parent)
{
    setObjectName("layerStrip");
    setAccessibleName(tr("The network's blocks"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    for (int block = 1; block <= 5; ++block) {
        auto* button = new LayerStripButton(block, this);
        m_blocks[std::size_t(block - 1)] = button;
        layout->addWidget(button, block < 3 ? 3 : 4);
        connect(button, &QAbstractButton::clicked, this,
                [this, button] { Q_EMIT blockToggled(button->block(), !button->isFullyTrained()); });
    }
    m_head = new LayerStripButton(0, this);
    layout->addWidget(m_head, 2);
}

void LayerStrip::setLayers(const std::vector<LayerInfo>& layers, const HeadSpec& head)
{
    for (LayerStripButton* button : m_blocks) {
        std::vector<LayerInfo> own;
        std::copy_if(layers.begin(), layers.end(), std::back_inserter(own),
                     [&](const LayerInfo& layer) { return layer.block == button->block(); });
        button->setLayers(own, head);
    }
    m_head->setLayers({}, head);
}

void LayerStrip::setPlan(const FreezePlan& plan)
{
    int layer = 1;
    for (std::size_t block = 0; block < m_blocks.size(); ++block) {
        std::vector<bool> trained;
        for (int i = 0; i < convolutionsPerBlock[block]; ++i, ++layer) {
            trained.push_back(plan.isTrainable(layer));
        }
        ++layer; // the pool
        m_blocks[block]->setTrained(std::move(trained));
    }
}

void LayerStrip::keyPressEvent(QKeyEvent* event)
{
    const auto at =
        std::find_if(m_blocks.begin(), m_blocks.end(), [](QWidget* block) { return block->hasFocus(); });
    const auto step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (at == m_blocks.end() || step == 0) {
        QWidget::keyPressEvent(event);
        return;
    }
    const auto target = (at - m_blocks.begin()) + step;
    if (target >= 0 && target < std::ptrdiff_t(m_blocks.size())) {
        m_blocks[std::size_t(target)]->setFocus(Qt::TabFocusReason);
    }
}

} // namespace thaw::ui
