#include "ui/widgets/class_table.h"

#include "ui/theme.h"
#include "ui/widgets/cell_delegate.h"
#include "ui/widgets/name_column.h"

#include <QGuiApplication>
#include <QHeaderView>
#include <QPainter>

#include <algorithm>

namespace thaw::ui {

namespace {

/// Draws a class's share as a thin bar under its number.
class ShareBarDelegate : public CellDelegate
{
public:
    using CellDelegate::CellDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        CellDelegate::paint(painter, option, index);
        const QVariant share = index.data(ClassTableModel::ShareRole);
        if (share.isValid()) {
            const ThemeColours colours = themeColours(QGuiApplication::palette());
            QRect bar(option.rect.left() + 16, option.rect.bottom() - 4, option.rect.width() - 20, 3);
            painter->fillRect(bar, colours.border);
            bar.setLeft(bar.right() - static_cast<int>(bar.width() * share.toDouble()));
            painter->fillRect(bar, colours.accent);
        }
    }
};

} // namespace

ClassTable::ClassTable(QWidget* parent) : QTableView(parent), m_model(new ClassTableModel(this))
{
    setNames(this, "classTable", tr("Pictures by class and split"));
    setModel(m_model);
    setItemDelegate(new CellDelegate(this));
    setItemDelegateForColumn(ClassTableModel::Total, new ShareBarDelegate(this));
    setTabKeyNavigation(false);
    setShowGrid(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setWordWrap(false);
    setTextElideMode(Qt::ElideMiddle);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 14);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setSectionResizeMode(ClassTableModel::Total, QHeaderView::Fixed);
    horizontalHeader()->resizeSection(ClassTableModel::Total, 64);
    new NameColumn(this, ClassTableModel::ClassName);
    setMinimumWidth(fontMetrics().averageCharWidth() * 60); // all columns, also in the narrowest window
    setMinimumHeight(fontMetrics().height() * 8);
}

void ClassTable::setDataset(const DatasetPointer& dataset)
{
    m_model->setDataset(dataset);
    const int rows = std::clamp(m_model->rowCount(), 3, 9);
    setMaximumHeight(rows * verticalHeader()->defaultSectionSize() + horizontalHeader()->sizeHint().height() +
                     8);
    setMinimumHeight(std::min(rows, 3) * verticalHeader()->defaultSectionSize() +
                     horizontalHeader()->sizeHint().height() + 8);
}

} // namespace thaw::ui
