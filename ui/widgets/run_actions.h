#pragma once

#include "core/run/run_store.h"

#include <QFrame>
#include <QHash>
#include <QList>

class QLabel;
class QPushButton;

namespace thaw::ui {

/// What can be done with a run that has not come to its end.
enum class RunAction {
    Continue,       ///< from where it was saved
    ContinueSlower, ///< with a tenth of the learning rate: the way out of one that diverged
    StartAgain,     ///< a new run with the same settings and data set
    FinishNow,      ///< as it is: its best weights are tested
};

/// In the order to offer them, the likeliest first; nothing for a run that trains or is finished.
/// @param hasCheckpoint see hasCheckpoint()
QList<RunAction> actionsFor(const RunRecord& record, bool hasCheckpoint);

/// A line of buttons for them. Hidden while there are none.
class RunActions : public QFrame
{
    Q_OBJECT

public:
    /// @param prefix of the buttons' object names: "PREFIXStartAgain"
    explicit RunActions(const QString& prefix, QWidget* parent = nullptr);

    void showActions(const QList<RunAction>& actions);

Q_SIGNALS:
    void wanted(thaw::ui::RunAction action);

private:
    QLabel* m_words;
    QHash<RunAction, QPushButton*> m_buttons;
};

} // namespace thaw::ui
