#pragma once

#include "ui/training_state.h"

#include <QTimer>
#include <QWidget>

class QPushButton;
class QShortcut;

namespace thaw::ui {

/// The heading of the Training page with Start, Pause, Continue and Stop. Space pauses and continues wherever
/// the focus is on the page, except on a button, which it presses, and in a field, which takes it as a
/// letter. No key or click meant for Pause starts a run when the training ends just before it: the focus
/// stays on this widget then, and Start, which takes the place of Pause, rests for a moment.
class TrainingControls : public QWidget
{
    Q_OBJECT

public:
    explicit TrainingControls(QWidget* parent = nullptr);

    void setState(TrainingState state);
    /// Start has all it needs.
    void setStartable(bool startable);
    bool isStartable() const { return m_startable; }

Q_SIGNALS:
    void startClicked();
    void pauseClicked();
    void continueClicked();
    void stopClicked();

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void refresh();
    void pressSpace();

    TrainingState m_state = TrainingState::Idle;
    bool m_startable = false;
    QPushButton* m_start;
    QPushButton* m_pause;
    QPushButton* m_continue;
    QPushButton* m_stop;
    QShortcut* m_space;
    QTimer m_rest; ///< of Start, once a training has ended
};

} // namespace thaw::ui
