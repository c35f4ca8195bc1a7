#pragma once

#include <QElapsedTimer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace thaw::ui {

/// What is being done, how far it is, how long it will take, and a button that ends it. Hidden until begin().
class JobProgress : public QWidget
{
    Q_OBJECT

public:
    /// @param name of the object, with which those of its parts begin
    explicit JobProgress(const QString& name, QWidget* parent = nullptr);

    void begin(const QString& text);
    /// @param total 0: not known
    void showProgress(qint64 done, qint64 total);
    void end();

Q_SIGNALS:
    void cancelClicked();

private:
    QLabel* m_text;
    QLabel* m_left;
    QProgressBar* m_bar;
    QPushButton* m_cancel;
    QElapsedTimer m_clock;
};

} // namespace thaw::ui
