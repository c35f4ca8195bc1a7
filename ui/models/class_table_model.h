#pragma once

#include "ui/session.h"

#include <QAbstractTableModel>

#include <array>

namespace thaw::ui {

/// Pictures by class and split, the totals in a last row.
class ClassTableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { ClassName, Train, Validation, Test, Total, ColumnCount };
    /// Of a row's Total: its share of the largest class, 0–1; not valid for the totals.
    static constexpr int ShareRole = Qt::UserRole + 1;

    using QAbstractTableModel::QAbstractTableModel;

    void setDataset(const DatasetPointer& dataset);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::size_t count(int row, int column) const;

    DatasetPointer m_dataset;
    std::array<std::vector<std::size_t>, 3> m_counts;
};

} // namespace thaw::ui
