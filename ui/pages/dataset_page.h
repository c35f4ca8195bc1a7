#pragma once

#include "ui/jobs/sample_job.h"
#include "ui/jobs/scan_job.h"
#include "ui/session.h"

#include <QPointer>
#include <QTimer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace thaw::ui {

class ClassTable;
class DropArea;
class MessageBanner;
class ProblemList;
class ThumbnailGrid;

/// Chooses a data set and shows what is in it. Owns the scan: headers at once, then every picture in the
/// background, and again when the recipe's split changes what the scan assigned.
class DatasetPage : public QWidget
{
    Q_OBJECT

public:
    explicit DatasetPage(Session* session, QWidget* parent = nullptr);
    ~DatasetPage() override;

    /// A scan or the fetching of sample pictures is under way.
    bool isBusy() const;

public Q_SLOTS:
    /// A folder or a manifest. What is being scanned or fetched is given up.
    void openDataset(const QString& path);
    /// The same with the one of the time before, which may be gone by now: then nothing is said.
    void takeUpDataset(const QString& path);
    /// The same, or a run, which the session is asked to show.
    void open(const QString& path);
    void chooseDataset();
    void trySamplePictures();
    void cancel();

Q_SIGNALS:
    void busyChanged(bool busy);

private:
    void scan(const QString& path);
    void giveUp();
    QWidget* buildEmptySide();
    QWidget* buildFullSide();
    QWidget* buildProgress();
    ScanJob* makeScan();
    void connectSample();
    void scanAgain();
    void scanAgainIfNeeded();
    void takeDataset(const ScannedDataset& dataset);
    void showProgress(qint64 done, qint64 total);
    void showDataset();
    void updateState();

    Session* m_session;
    QPointer<JobThread> m_look; ///< whether a path is a run
    ScanJob* m_scan;
    SampleJob m_sample;
    QTimer m_rescanTimer; ///< waits until a split is no longer being changed
    QString m_path;       ///< being scanned, or scanned last
    QString m_shownPath;  ///< of the session's data set
    ScannedDataset m_shown;
    SplitShares m_scanShares;  ///< of the scan under way
    bool m_gotHeaders = false; ///< of the scan under way
    bool m_isTakenUp = false;  ///< the path was opened by itself

    QStackedWidget* m_stack = nullptr;
    MessageBanner* m_banner = nullptr;
    QWidget* m_progress = nullptr;
    QLabel* m_progressText = nullptr;
    QProgressBar* m_progressBar = nullptr;
    QPushButton* m_cancel = nullptr;
    QWidget* m_header = nullptr;
    QLabel* m_pathLabel = nullptr;
    QLabel* m_totals = nullptr;
    QPushButton* m_check = nullptr;
    QPushButton* m_next = nullptr;
    ClassTable* m_classes = nullptr;
    ThumbnailGrid* m_thumbnails = nullptr;
    ProblemList* m_problems = nullptr;
    DropArea* m_dropArea = nullptr;
};

} // namespace thaw::ui
