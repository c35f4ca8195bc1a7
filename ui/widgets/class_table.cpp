#include "ui/widgets/class_table.h"

#include "ui/theme.h"

#include <QHeaderView>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>

namespace thaw::ui {

namespace {

/// Draws a class's share as a thin bar under its number.
class ShareBarDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const QVariant share = index.data(ClassTableModel::ShareRole);
        if (share.isValid()) {
            const int length = static_cast<int>((option.rect.width() - 16) * share.toDouble());
            const QRect bar(option.rect.right() - 8 - length, option.rect.bottom() - 4, length, 3);
            painter->fillRect(bar, themeColours(option.palette).accent);
        }
    }
};

} // namespace

ClassTable::ClassTable(QWidget* parent) : QTableView(parent), m_model(new ClassTableModel(this))
{
    setNames(this, "classTable", tr("Pictures by class and split"));
    setModel(m_model);
    setItemDelegateForColumn(ClassTableModel::Total, new ShareBarDelegate(this));
    setShowGrid(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setWordWrap(false);
    setTextElideMode(Qt::ElideMiddle);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 14);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setSectionResizeMode(ClassTableModel::ClassName, QHeaderView::Stretch);
    setMinimumHeight(fontMetrics().height() * 8);
}

void ClassTable::setDataset(const DatasetPointer& dataset)
{
    m_model->setDataset(dataset);
    const int rows = std::clamp(m_model->rowCount(), 3, 9);
    setMaximumHeight(rows * verticalHeader()->defaultSectionSize() + horizontalHeader()->sizeHint().height() + 8);
    setMinimumHeight(std::min(rows, 5) * verticalHeader()->defaultSectionSize() +
                     horizontalHeader()->sizeHint().height() + 8);
}

} // namespace thaw::ui
