#pragma once

#include <QFrame>
#include <QTimer>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableView;

namespace thaw::ui {

class AnswerModel;

/// The pictures asked about as a table: filtered by answer and name, sorted by a click on a column, with what
/// can be done with those listed.
class AnswerList : public QFrame
{
    Q_OBJECT

public:
    explicit AnswerList(AnswerModel* model, QWidget* parent = nullptr);

    /// −1 without one.
    qint64 currentKey() const;
    void select(qint64 key);
    void step(int rows); ///< to the next or previous one
    /// Counts and buttons. @param isBusy saving and copying have to wait
    void showState(bool isBusy);

Q_SIGNALS:
    void currentChanged(qint64 key);
    void saveClicked();
    void copyClicked();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fillClasses();
    void filter();

    AnswerModel* m_model;
    QLineEdit* m_text;
    QComboBox* m_class;
    QTableView* m_table;
    QLabel* m_count;
    QPushButton* m_save;
    QPushButton* m_copy;
    QTimer m_filterSoon; ///< typing goes on meanwhile
};

} // namespace thaw::ui
