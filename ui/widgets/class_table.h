#pragma once

#include "ui/models/class_table_model.h"

#include <QTableView>

namespace thaw::ui {

/// Classes against splits, with a bar for each class's share.
class ClassTable : public QTableView
{
    Q_OBJECT

public:
    explicit ClassTable(QWidget* parent = nullptr);

    void setDataset(const DatasetPointer& dataset);

private:
    ClassTableModel* m_model;
};

} // namespace thaw::ui
