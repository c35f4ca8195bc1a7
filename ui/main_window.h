#pragma once

#include "ui/session.h"

#include <QMainWindow>
#include <QTimer>

class QAction;
class QLabel;
class QListWidget;
class QStackedWidget;

namespace thaw::ui {

class DatasetPage;
class EvaluationPage;
class RunsPage;
class SleepInhibitor;
class StartNotices;
class TrainingPage;

/// The shell: sidebar, pages, menus, status bar; remembers its place and the work at hand, soon after each
/// change; asks before it is closed while training or with a number that cannot be taken, and keeps the
/// machine awake while training. What the pages do is their own affair.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    explicit MainWindow(Session* session, QWidget* parent = nullptr);
    ~MainWindow() override;

    Page page() const;
    QWidget* widget(Page page) const;
    DatasetPage* datasetPage() const { return m_dataset; }
    TrainingPage* trainingPage() const { return m_training; }
    RunsPage* runsPage() const { return m_runs; }

public Q_SLOTS:
    void showPage(thaw::ui::Page page);
    /// A folder of pictures, a manifest, a run folder, which shows when it has been looked at, or a recipe.
    void open(const QString& path);
    /// A run folder on the Runs page.
    void showRun(const QString& folder);
    /// Goes on with the recipe that the window before kept last, and with its data set if that is still
    /// there. Leaves out what is not valid, and a data set during whose check the program ended twice.
    /// @param withDataset false when another one is to be opened
    void takeUpWork(bool withDataset = true);
    /// Says what is left over from the last time: a crash, an interrupted run.
    void lookBack();
    /// Closes without a question, after the batch in hand if there is a training; left() tells when.
    void stopAndClose();
    /// Pauses a training and returns when it is saved; meanwhile events go on. For the desktop's logging out.
    void pauseAndWait();

Q_SIGNALS:
    void left(); ///< the window is closed and nothing works any more

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void changeEvent(QEvent* event) override;
    void moveEvent(QMoveEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildPages();
    void buildMenus();
    void connectPages();
    void showIcons();
    void keepWorkSoon();
    void resumeRun(const QString& folder);
    void openRecipe(const QString& path);
    void chooseRun();
    void showShortcuts();
    void showAbout();
    bool settleNumbers();
    void restorePlace();
    void savePlace();

    Session* m_session;
    QListWidget* m_sidebar;
    QStackedWidget* m_stack;
    QLabel* m_state; ///< of the training, in the status bar
    StartNotices* m_notices;
    SleepInhibitor* m_inhibitor;
    // Those of the pages that work with others; what pages ask of the window goes through the session.
    DatasetPage* m_dataset = nullptr;
    TrainingPage* m_training = nullptr;
    RunsPage* m_runs = nullptr;
    EvaluationPage* m_evaluation = nullptr;
    QTimer m_saveTimer;     ///< place and work are kept soon after a change: what comes next may be a crash
    bool m_closing = false; ///< without a question any more, perhaps after a training's end
};

} // namespace thaw::ui
