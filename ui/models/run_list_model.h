#pragma once

#include "core/run/run_store.h"

#include <QAbstractTableModel>
#include <QPalette>
#include <QString>

#include <filesystem>
#include <memory>

namespace thaw::ui {

/// A run's state as words: "Finished".
QString stateText(RunState state);

/// Saved runs, newest first, then the folders that could not be read with the reason. Sorting is the proxy's,
/// by SortRole.
class RunListModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column {
        NameColumn,
        StateColumn,
        RecipeColumn,
        ValidationColumn,
        TestColumn,
        StartedColumn,
        ColumnCount
    };
    static constexpr int SortRole = Qt::UserRole + 1;
    static constexpr int FolderRole = Qt::UserRole + 2; ///< QString

    explicit RunListModel(QObject* parent = nullptr);

    void setListing(std::shared_ptr<const RunListing> listing);
    void setPalette(const QPalette& palette);
    /// Null for a broken one.
    const SavedRun* runAt(int row) const;
    const BrokenRun* brokenAt(int row) const;
    /// −1 when it is not in the list.
    int rowOf(const std::filesystem::path& folder) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QVariant runData(const SavedRun& run, int column, int role) const;
    QVariant brokenData(const BrokenRun& run, int column, int role) const;

    std::shared_ptr<const RunListing> m_listing;
    QPalette m_palette;
};

} // namespace thaw::ui
