#pragma once

#include "ui/models/thumbnail_model.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QListView;

namespace thaw::ui {

/// The pictures of a data set, small, by class and split.
class ThumbnailGrid : public QWidget
{
    Q_OBJECT

public:
    explicit ThumbnailGrid(QWidget* parent = nullptr);

    /// Keeps the chosen class and split while the classes stay the same.
    void setDataset(const DatasetPointer& dataset);

private:
    void filter();

    ThumbnailModel* m_model;
    std::vector<std::string> m_classes;
    QComboBox* m_class;
    QComboBox* m_split;
    QLabel* m_count;
    QListView* m_view;
};

} // namespace thaw::ui
