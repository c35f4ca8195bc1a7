#pragma once

#include "ui/models/problem_list_model.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QTableView;

namespace thaw::ui {

/// The findings of a scan with their count and a filter, or a word that there are none.
class ProblemList : public QWidget
{
    Q_OBJECT

public:
    explicit ProblemList(QWidget* parent = nullptr);

    /// @param complete every picture has been looked at
    void setProblems(const std::vector<Problem>& problems, bool complete);

private:
    void filter();

    ProblemListModel* m_model;
    ProblemFilter* m_filter;
    QLabel* m_summary;
    QComboBox* m_severity;
    QLineEdit* m_text;
    QTableView* m_table;
};

} // namespace thaw::ui
