#include "ui/widgets/cell_delegate.h"

#include "ui/theme.h"

#include <QApplication>

namespace thaw::ui {

namespace {

constexpr int cellPadding = 6;

} // namespace

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const
{
    QStyleOptionViewItem whole(option);
    initStyleOption(&whole, index);
    const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &whole, painter, option.widget);

    QStyleOptionViewItem inner(option);
    inner.rect.adjust(cellPadding, 0, -cellPadding, 0);
    QStyledItemDelegate::paint(painter, inner, index);
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    return QStyledItemDelegate::sizeHint(option, index) + QSize(2 * cellPadding, 0);
}

} // namespace thaw::ui
