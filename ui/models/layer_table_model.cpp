#include "ui/models/layer_table_model.h"

#include "ui/widgets/freeze_icon.h"

#include <QLocale>
#include <QPainter>
#include <QPixmap>

namespace thaw::ui {

namespace {

QPixmap blockMark(const QPalette& palette, int block)
{
    QPixmap pixmap(12, 12);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(blockColour(palette, block));
    painter.drawRoundedRect(QRectF(1, 1, 10, 10), 2.5, 2.5);
    return pixmap;
}

} // namespace

QString shapeText(int height, int width, int channels)
{
    return QStringLiteral("%1×%2×%3").arg(height).arg(width).arg(channels);
}

QString multiplyAddsText(double count)
{
    const QLocale locale;
    if (count >= 1e9) {
        return LayerTableModel::tr("%1 G").arg(locale.toString(count / 1e9, 'f', 2));
    }
    if (count >= 1e6) {
        return LayerTableModel::tr("%1 M").arg(locale.toString(count / 1e6, 'f', 1));
    }
    return locale.toString(qint64(count));
}

LayerTableModel::LayerTableModel(QObject* parent) : QAbstractTableModel(parent) {}

void LayerTableModel::setLayers(const std::vector<LayerInfo>& layers, const HeadSpec& head)
{
    if (layers == m_layers && head == m_head) {
        return;
    }
    beginResetModel();
    m_layers = layers;
    m_head = head;
    m_headLayers = headLayers(head);
    endResetModel();
}

void LayerTableModel::setPhases(const std::vector<PhaseColumn>& phases)
{
    if (phases.size() != m_phases.size()) {
        beginResetModel();
        m_phases = phases;
        endResetModel();
        return;
    }
    if (phases == m_phases || phases.empty()) {
        return;
    }
    m_phases = phases;
    if (rowCount() > 0) {
        Q_EMIT dataChanged(index(0, FirstPhaseColumn), index(rowCount() - 1, columnCount() - 1));
    }
    Q_EMIT headerDataChanged(Qt::Horizontal, FirstPhaseColumn, columnCount() - 1);
}

void LayerTableModel::setReadOnly(bool readOnly)
{
    beginResetModel();
    m_readOnly = readOnly;
    endResetModel();
}

void LayerTableModel::setPalette(const QPalette& palette)
{
    m_palette = palette;
    if (rowCount() > 0) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), {Qt::DecorationRole});
    }
}

int LayerTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_layers.size() + m_headLayers.size());
}

int LayerTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : FirstPhaseColumn + int(m_phases.size());
}

bool LayerTableModel::canTrain(int row) const
{
    return isHeadRow(row) || m_layers[std::size_t(row)].kind == LayerKind::Convolution;
}

bool LayerTableModel::isTrained(int row, int phase) const
{
    return isHeadRow(row) || m_phases[std::size_t(phase)].plan.isTrainable(row);
}

QString LayerTableModel::textOf(int row, int column) const
{
    const QLocale locale;
    if (column >= FirstPhaseColumn) {
        if (!canTrain(row)) {
            return QStringLiteral("–");
        }
        return isTrained(row, column - FirstPhaseColumn) ? tr("Trains") : tr("Frozen");
    }
    if (isHeadRow(row)) {
        const DenseInfo& dense = m_headLayers[std::size_t(row) - m_layers.size()];
        switch (column) {
        case LayerColumn:
            return QStringLiteral("head.%1").arg(QString::fromStdString(dense.name));
        case OutputColumn:
            return QString::number(dense.outputs);
        case ParametersColumn:
            return locale.toString(qlonglong(dense.parameters()));
        default:
            return multiplyAddsText(double(dense.inputs) * dense.outputs);
        }
    }
    const LayerInfo& layer = m_layers[std::size_t(row)];
    switch (column) {
    case LayerColumn:
        return QString::fromStdString(layer.name);
    case OutputColumn:
        return shapeText(layer.height, layer.width, layer.channels);
    case ParametersColumn:
        return locale.toString(qlonglong(layer.parameters));
    default:
        return layer.multiplyAdds ? multiplyAddsText(double(layer.multiplyAdds)) : QStringLiteral("–");
    }
}

QString LayerTableModel::toolTipOf(int row, int column) const
{
    if (column < FirstPhaseColumn) {
        return column == MultiplyAddsColumn && !isHeadRow(row)
                   ? tr("%1 multiply-adds for one picture, forward")
                         .arg(QLocale().toString(qlonglong(m_layers[std::size_t(row)].multiplyAdds)))
                   : QString();
    }
    if (isHeadRow(row)) {
        return tr("The head trains in every phase.");
    }
    if (!canTrain(row)) {
        return tr("Nothing to train: this layer has no parameters.");
    }
    if (m_readOnly) {
        return {};
    }
    return isTrained(row, column - FirstPhaseColumn) ? tr("Trains in this phase. Click to freeze it.")
                                                     : tr("Frozen in this phase. Click to let it train.");
}

QVariant LayerTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const int row = index.row();
    const int column = index.column();
    const bool isPhase = column >= FirstPhaseColumn;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(row, column);
    case Qt::ToolTipRole:
        return toolTipOf(row, column);
    case Qt::AccessibleTextRole:
        return isPhase ? tr("%1, %2: %3")
                             .arg(textOf(row, LayerColumn), headerData(column, Qt::Horizontal).toString(),
                                  textOf(row, column))
                       : textOf(row, column);
    case Qt::TextAlignmentRole:
        return int(column == LayerColumn || isPhase ? Qt::AlignLeft | Qt::AlignVCenter
                                                    : Qt::AlignRight | Qt::AlignVCenter);
    case Qt::DecorationRole:
        if (column == LayerColumn) {
            return blockMark(m_palette, isHeadRow(row) ? 0 : m_layers[std::size_t(row)].block);
        }
        if (isPhase && canTrain(row)) {
            return freezeIcon(m_palette, isTrained(row, column - FirstPhaseColumn));
        }
        return {};
    case Qt::CheckStateRole:
        if (isPhase && canTrain(row) && !m_readOnly) {
            return int(isTrained(row, column - FirstPhaseColumn) ? Qt::Checked : Qt::Unchecked);
        }
        return {};
    case ValueRole:
        if (column == ParametersColumn) {
            return qlonglong(isHeadRow(row) ? m_headLayers[std::size_t(row) - m_layers.size()].parameters()
                                            : m_layers[std::size_t(row)].parameters);
        }
        return isPhase ? QVariant(canTrain(row) && isTrained(row, column - FirstPhaseColumn)) : QVariant();
    case BlockRole:
        return isHeadRow(row) ? -1 : m_layers[std::size_t(row)].block;
    default:
        return {};
    }
}

QVariant LayerTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return int(section == LayerColumn || section >= FirstPhaseColumn ? Qt::AlignLeft | Qt::AlignVCenter
                                                                         : Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case LayerColumn:
        return tr("Layer");
    case OutputColumn:
        return tr("Output");
    case ParametersColumn:
        return tr("Parameters");
    case MultiplyAddsColumn:
        return tr("Multiply-adds");
    default:
        break;
    }
    const int phase = section - FirstPhaseColumn;
    return phase < int(m_phases.size())
               ? QVariant(tr("Phase %1: %2").arg(phase + 1).arg(m_phases[std::size_t(phase)].name))
               : QVariant();
}

Qt::ItemFlags LayerTableModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && index.column() >= FirstPhaseColumn && !m_readOnly && !isHeadRow(index.row()) &&
        canTrain(index.row()))
    {
        flags |= Qt::ItemIsUserCheckable;
    }
    return flags;
}

bool LayerTableModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || !(flags(index) & Qt::ItemIsUserCheckable)) {
        return false;
    }
    Q_EMIT layerToggled(index.column() - FirstPhaseColumn, index.row(), value.toInt() == Qt::Checked);
    return true;
}

} // namespace thaw::ui
