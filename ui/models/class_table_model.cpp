#include "ui/models/class_table_model.h"

#include "ui/text/plain_text.h"

#include <QFont>
#include <QLocale>

#include <algorithm>
#include <numeric>

namespace thaw::ui {

void ClassTableModel::setDataset(const DatasetPointer& dataset)
{
    beginResetModel();
    m_dataset = dataset;
    for (std::size_t i = 0; i < allSplits.size(); ++i) {
        m_counts[i] = dataset ? dataset->countsOf(allSplits[i]) : std::vector<std::size_t>{};
    }
    endResetModel();
}

int ClassTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_dataset ? 0 : static_cast<int>(m_dataset->classes.size()) + 1;
}

int ClassTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

std::size_t ClassTableModel::count(int row, int column) const
{
    if (column == Total) {
        return count(row, Train) + count(row, Validation) + count(row, Test);
    }
    const auto& counts = m_counts[static_cast<std::size_t>(column - Train)];
    return row < static_cast<int>(counts.size())
               ? counts[static_cast<std::size_t>(row)]
               : std::accumulate(counts.begin(), counts.end(), std::size_t{0});
}

QVariant ClassTableModel::data(const QModelIndex& index, int role) const
{
    const int row = index.row();
    const bool isTotals = row == rowCount() - 1;
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == ClassName) {
            return isTotals ? tr("All") : plainLine(m_dataset->classes[static_cast<std::size_t>(row)]);
        }
        return QLocale().toString(static_cast<qulonglong>(count(row, index.column())));
    case Qt::TextAlignmentRole:
        return index.column() == ClassName ? QVariant() : QVariant(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ToolTipRole:
        return index.column() == ClassName ? plainToolTip(data(index, Qt::DisplayRole).toString())
                                           : QVariant();
    case Qt::FontRole:
        if (isTotals) {
            QFont font;
            font.setWeight(QFont::DemiBold);
            return font;
        }
        return {};
    case ShareRole: {
        if (isTotals || index.column() != Total) {
            return {};
        }
        std::size_t largest = 1;
        for (int other = 0; other < rowCount() - 1; ++other) {
            largest = std::max(largest, count(other, Total));
        }
        return static_cast<double>(count(row, Total)) / static_cast<double>(largest);
    }
    default:
        return {};
    }
}

QVariant ClassTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return static_cast<int>((section == ClassName ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    const std::array<QString, ColumnCount> titles{tr("Class"), tr("Training"), tr("Validation"), tr("Test"),
                                                  tr("Total")};
    return titles[static_cast<std::size_t>(section)];
}

} // namespace thaw::ui
