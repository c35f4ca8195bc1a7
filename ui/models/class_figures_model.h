#pragma once

#include "ui/jobs/shown_evaluation.h"

#include <QAbstractTableModel>

namespace thaw::ui {

/// How each class fares, a row each. The tooltips and the rows of CSV have the intervals.
class ClassFiguresModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column {
        ClassName,
        Images,
        Recall,
        Precision,
        F1,
        ConfusedWith,
        AveragePrecision,
        Auc,
        ColumnCount
    };
    /// What a proxy sorts by: a number, −1 for one that is not defined, or a name.
    static constexpr int SortRole = Qt::UserRole;

    using QAbstractTableModel::QAbstractTableModel;

    /// Null: no rows.
    void setEvaluation(const ShownEvaluationPointer& evaluation);
    /// All classes with all figures, unrounded, as a file for spreadsheets.
    QString csv() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString text(std::size_t row, int column) const;
    QVariant sortValue(std::size_t row, int column) const;
    QString toolTip(std::size_t row, int column) const;
    QString confusedWith(std::size_t row) const;
    double figure(std::size_t row, int column) const;

    ShownEvaluationPointer m_evaluation;
};

} // namespace thaw::ui
