#pragma once

#include <QObject>

class QTableView;

namespace thaw::ui {

/// Gives one column of a table, that of names, what the others leave, and never less than tells names apart:
/// where that does not fit, the table scrolls sideways. Belongs to the table.
class NameColumn : public QObject
{
    Q_OBJECT

public:
    NameColumn(QTableView* table, int column);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fit();

    QTableView* m_table;
    int m_column;
    bool m_isFitting = false;
};

} // namespace thaw::ui
