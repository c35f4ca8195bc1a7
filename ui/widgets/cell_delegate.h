#pragma once

#include <QStyledItemDelegate>

namespace thaw::ui {

/// Cells with air to their left and right. A style sheet's padding would do, did it not draw icons and check
/// boxes twice.
class CellDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace thaw::ui
