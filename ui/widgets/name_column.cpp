#include "ui/widgets/name_column.h"

#include <QEvent>
#include <QHeaderView>
#include <QTableView>

#include <algorithm>

namespace thaw::ui {

NameColumn::NameColumn(QTableView* table, int column) : QObject(table), m_table(table), m_column(column)
{
    QHeaderView* header = table->horizontalHeader();
    header->setSectionResizeMode(column, QHeaderView::Fixed);
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->viewport()->installEventFilter(this);
    connect(header, &QHeaderView::sectionResized, this, [this](int section) {
        if (section != m_column) {
            fit();
        }
    });
    const QAbstractItemModel* model = table->model();
    connect(model, &QAbstractItemModel::modelReset, this, &NameColumn::fit);
    connect(model, &QAbstractItemModel::rowsInserted, this, &NameColumn::fit);
    connect(model, &QAbstractItemModel::dataChanged, this, &NameColumn::fit);
    fit();
}

bool NameColumn::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Resize) {
        fit();
    }
    return QObject::eventFilter(watched, event);
}

void NameColumn::fit()
{
    // Enough for "Golden retriever".
    constexpr int letters = 16;
    if (m_isFitting || m_column >= m_table->model()->columnCount()) {
        return;
    }
    m_isFitting = true;
    QHeaderView* header = m_table->horizontalHeader();
    int others = 0;
    for (int section = 0; section < header->count(); ++section) {
        others += section == m_column || header->isSectionHidden(section) ? 0 : header->sectionSize(section);
    }
    const QAbstractItemView* view = m_table;
    const int wanted = std::max(view->sizeHintForColumn(m_column), header->sectionSizeHint(m_column));
    const int least = std::min(wanted, m_table->fontMetrics().averageCharWidth() * letters);
    header->resizeSection(m_column, std::max(least, m_table->viewport()->width() - others));
    m_isFitting = false;
}

} // namespace thaw::ui
