#include "ui/widgets/run_table.h"

#include "ui/models/run_list_model.h"
#include "ui/theme.h"
#include "ui/widgets/cell_delegate.h"
#include "ui/widgets/name_column.h"

#include <QHeaderView>
#include <QSortFilterProxyModel>

namespace thaw::ui {

RunTable::RunTable(QSortFilterProxyModel* runs, QWidget* parent) : QTableView(parent)
{
    setNames(this, "runsTable", tr("Saved runs"));
    setModel(runs);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setItemDelegate(new CellDelegate(this));
    setTabKeyNavigation(false);
    setShowGrid(false);
    setAlternatingRowColors(true);
    setWordWrap(false);
    setMinimumHeight(110);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().lineSpacing() + 8);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    new NameColumn(this, RunListModel::NameColumn);
    setSortingEnabled(true);
    sortByColumn(RunListModel::StartedColumn, Qt::DescendingOrder);
}

} // namespace thaw::ui
