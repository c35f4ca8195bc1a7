#pragma once

#include "core/data/dataset/dataset_index.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include <optional>
#include <vector>

namespace thaw::ui {

/// What a scan found wrong, a row each, the gravest first.
class ProblemListModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { File, Message, ColumnCount };
    static constexpr int SeverityRole = Qt::UserRole + 1; ///< ProblemSeverity as int

    using QAbstractTableModel::QAbstractTableModel;

    void setProblems(std::vector<Problem> problems);
    int countOf(ProblemSeverity severity) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::vector<Problem> m_problems;
};

/// Problems of one severity, or all, whose file or message holds a text.
class ProblemFilter : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setSeverity(std::optional<ProblemSeverity> severity);
    void setText(const QString& text);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    std::optional<ProblemSeverity> m_severity;
    QString m_text;
};

} // namespace thaw::ui
