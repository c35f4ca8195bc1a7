#pragma once

#include <QTableView>

class QSortFilterProxyModel;

namespace thaw::ui {

/// Saved runs, a row each; the newest first until another order is chosen.
class RunTable : public QTableView
{
    Q_OBJECT

public:
    /// @param runs over a RunListModel
    explicit RunTable(QSortFilterProxyModel* runs, QWidget* parent = nullptr);
};

} // namespace thaw::ui
