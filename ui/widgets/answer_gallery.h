#pragma once

#include "ui/models/answer_list_model.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QListView;
class QPushButton;

namespace thaw::ui {

/// The pictures of an evaluation, mistakes first: thumbnails with truth, answer and probability, by mode and
/// by what was chosen elsewhere (a cell of the matrix, a class).
class AnswerGallery : public QWidget
{
    Q_OBJECT

public:
    explicit AnswerGallery(QWidget* parent = nullptr);

    void setEvaluation(const ShownEvaluationPointer& evaluation);
    /// Shows all pictures of a filter, right and wrong. An empty one goes back to the mode of before.
    void setFilter(const AnswerFilter& filter);
    AnswerListModel* model() const { return m_model; }
    /// The picture that is chosen; −1: none.
    int currentRow() const;
    void setCurrentRow(int row);
    void setFocusBack(); ///< to the pictures

Q_SIGNALS:
    /// A double click, or Enter.
    void opened(int row);
    /// The filter was taken away here.
    void filterCleared();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showMode();
    void showWords();

    AnswerListModel* m_model;
    QComboBox* m_mode;
    QLabel* m_filterText;
    QPushButton* m_clear;
    QLabel* m_count;
    QLabel* m_empty;
    QListView* m_view;
    int m_modeBefore = 0; ///< of the filter
};

} // namespace thaw::ui
