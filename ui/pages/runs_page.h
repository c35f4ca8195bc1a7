#pragma once

#include "core/export/export.h"
#include "ui/jobs/run_list_job.h"
#include "ui/widgets/run_actions.h"

#include <QPointer>
#include <QTimer>
#include <QWidget>

#include <filesystem>
#include <memory>

class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;

namespace thaw::ui {

class ExportJob;
class JobThread;
class RunListModel;
class RunReview;
class RunTable;
class Session;

/// All saved runs, and the selected one to review, export, continue or put away. Reads what is on disk: a run
/// that has just ended comes the same way as an old one.
class RunsPage : public QWidget
{
    Q_OBJECT

public:
    explicit RunsPage(Session* session, QWidget* parent = nullptr);
    ~RunsPage() override;

    /// Null when none, or a broken one, is selected.
    const SavedRun* selectedRun() const;
    /// A training is under way: no run can be continued meanwhile.
    void setTraining(bool training);

public Q_SLOTS:
    void refresh();
    /// Selects a run, also one outside the runs root, as soon as it has been read.
    void showRun(const QString& folder);

Q_SIGNALS:
    void resumeRequested(const QString& folder);
    void actionRequested(thaw::ui::RunAction action, const QString& folder);

protected:
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    QWidget* buildReview();
    void showListing(const RunListingPointer& listing, const KeptFiles& kept);
    /// A run that failed can go on too, once its cause is mended: a full disk, a learning rate too high.
    bool canGoOn(const SavedRun& run) const;
    void showSelection();
    int selectedRow() const;
    void selectFolder(const std::filesystem::path& folder);
    void exportAs(const Exporter& exporter);
    void useSettings();
    void moveToTrash();
    void updateButtons();
    void watchRunning();

    Session* m_session;
    RunListModel* m_model;
    QSortFilterProxyModel* m_proxy;
    RunListJob* m_listJob;
    ExportJob* m_exportJob;
    JobThread* m_trashJob;
    QPointer<JobThread> m_look; ///< whether the running ones still run
    QLineEdit* m_filter = nullptr;
    RunTable* m_table = nullptr;
    QStackedWidget* m_whole = nullptr; ///< empty words, or list and review
    QLabel* m_empty = nullptr;
    QStackedWidget* m_stack = nullptr; ///< words, or the review
    QLabel* m_words = nullptr;
    QLabel* m_title = nullptr;
    RunReview* m_review = nullptr;
    QPushButton* m_export = nullptr;
    RunActions* m_actions = nullptr;
    QPushButton* m_continue = nullptr;
    QPushButton* m_evaluate = nullptr;
    QPushButton* m_openFolder = nullptr;
    QPushButton* m_useSettings = nullptr;
    QPushButton* m_trash = nullptr;
    RunListingPointer m_listing;
    KeptFiles m_kept;                        ///< of the listing
    std::shared_ptr<const SavedRun> m_shown; ///< by the review; part of a listing
    bool m_isListing = false;                ///< a listing is being put in place: no selection
    std::filesystem::path m_wanted;          ///< to be selected when it has been read
    std::filesystem::path m_extra;           ///< a run outside the runs root
    bool m_again = false;                    ///< a refresh was asked for while one was under way
    bool m_training = false;
    QTimer m_watch; ///< of runs that are shown as running
};

} // namespace thaw::ui
