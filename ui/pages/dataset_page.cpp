#include "ui/pages/dataset_page.h"

#include "core/run/run_store.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/class_table.h"
#include "ui/widgets/drop_area.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/problem_list.h"
#include "ui/widgets/split_editor.h"
#include "ui/widgets/thumbnail_grid.h"

#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace thaw::ui {

namespace {

constexpr int rescanDelayMilliseconds = 400;

/// A card with a title and one widget that fills it.
QWidget* cardWith(const QString& title, QWidget* content, QWidget* parent)
{
    auto* card = makeCard(parent);
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(spacing::wide, spacing::normal + spacing::small, spacing::wide, spacing::wide);
    layout->setSpacing(spacing::normal);
    layout->addWidget(makeSectionTitle(title, card));
    layout->addWidget(content, 1);
    return card;
}

} // namespace

DatasetPage::DatasetPage(Session* session, QWidget* parent)
    : QWidget(parent), m_session(session), m_scan(makeScan()), m_rescanTimer(this)
{
    setObjectName("datasetPage");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::page);
    layout->setSpacing(spacing::wide);

    m_header = new QWidget(this);
    auto* header = new QHBoxLayout(m_header);
    header->setContentsMargins({});
    header->setSpacing(spacing::normal);
    auto* words = new QVBoxLayout;
    words->setSpacing(spacing::small);
    words->addWidget(makeHeading(tr("Data set"), this));
    m_pathLabel = makeMuted({}, this);
    setNames(m_pathLabel, "datasetPath", tr("Path of the data set"));
    m_pathLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
    letShrink(m_pathLabel);
    m_totals = new QLabel(this);
    setNames(m_totals, "datasetTotals", tr("What is in the data set"));
    m_totals->setWordWrap(true);
    words->addWidget(m_pathLabel);
    words->addWidget(m_totals);
    header->addLayout(words, 1);
    m_check = new QPushButton(tr("Chec&k every picture"), this);
    setNames(m_check, "checkDatasetButton", tr("Check every picture"));
    auto* open = new QPushButton(tr("Open &another…"), this);
    setNames(open, "openAnotherButton", tr("Open another data set"));
    m_next = new QPushButton(tr("Go to t&raining"), this);
    setNames(m_next, "goToTrainingButton", tr("Go to training"));
    setPrimary(m_next);
    for (QPushButton* button : {m_check, open, m_next}) {
        header->addWidget(button, 0, Qt::AlignTop);
    }
    layout->addWidget(m_header);

    m_banner = new MessageBanner(this);
    layout->addWidget(m_banner);
    m_progress = buildProgress();
    layout->addWidget(m_progress);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(buildEmptySide());
    m_stack->addWidget(buildFullSide());
    layout->addWidget(m_stack, 1);

    connect(m_check, &QPushButton::clicked, this, [this] { openDataset(m_shownPath); });
    connect(open, &QPushButton::clicked, this, &DatasetPage::chooseDataset);
    connect(m_next, &QPushButton::clicked, this, [this] { m_session->requestPage(Page::Training); });
    connect(session, &Session::datasetChanged, this, &DatasetPage::showDataset);
    connect(session, &Session::recipeChanged, this, &DatasetPage::scanAgainIfNeeded);
    m_rescanTimer.setObjectName("rescanTimer");
    m_rescanTimer.setSingleShot(true);
    m_rescanTimer.setInterval(rescanDelayMilliseconds);
    connect(&m_rescanTimer, &QTimer::timeout, this, &DatasetPage::scanAgain);
    connectSample();
    showDataset();
}

DatasetPage::~DatasetPage() = default;

QWidget* DatasetPage::buildEmptySide()
{
    m_dropArea = new DropArea(this);
    connect(m_dropArea, &DropArea::pathDropped, this, &DatasetPage::open);
    connect(m_dropArea, &DropArea::chooseClicked, this, &DatasetPage::chooseDataset);
    connect(m_dropArea, &DropArea::sampleClicked, this, &DatasetPage::trySamplePictures);
    return m_dropArea;
}

QWidget* DatasetPage::buildFullSide()
{
    auto* side = new QWidget(this);
    auto* columns = new QHBoxLayout(side);
    columns->setContentsMargins({});
    columns->setSpacing(spacing::wide);
    auto* left = new QVBoxLayout;
    left->setSpacing(spacing::wide);
    m_classes = new ClassTable(side);
    m_problems = new ProblemList(side);
    m_thumbnails = new ThumbnailGrid(side);
    left->addWidget(cardWith(tr("Classes"), m_classes, side));
    left->addWidget(cardWith(tr("Split"), new SplitEditor(m_session, side), side));
    left->addWidget(cardWith(tr("Findings"), m_problems, side), 1);
    columns->addLayout(left, 4);
    columns->addWidget(cardWith(tr("Pictures"), m_thumbnails, side), 5);
    return side;
}

QWidget* DatasetPage::buildProgress()
{
    auto* card = makeCard(this);
    card->setObjectName("datasetProgress");
    auto* layout = new QHBoxLayout(card);
    layout->setSpacing(spacing::wide);
    auto* words = new QVBoxLayout;
    m_progressText = new QLabel(card);
    m_progressText->setObjectName("datasetProgressText");
    letShrink(m_progressText);
    m_progressBar = new QProgressBar(card);
    setNames(m_progressBar, "datasetProgressBar", tr("Progress"));
    m_progressBar->setTextVisible(false);
    words->addWidget(m_progressText);
    words->addWidget(m_progressBar);
    layout->addLayout(words, 1);
    m_cancel = new QPushButton(tr("&Cancel"), card);
    setNames(m_cancel, "cancelScanButton", tr("Cancel"));
    connect(m_cancel, &QPushButton::clicked, this, &DatasetPage::cancel);
    layout->addWidget(m_cancel);
    return card;
}

/// One for each scan: a disk may never answer, and the next data set must not wait for that.
ScanJob* DatasetPage::makeScan()
{
    auto* scan = new ScanJob(this);
    // What a scan that was given up had sent already is late news.
    const auto isLate = [this, scan] { return scan != m_scan; };
    connect(scan, &JobThread::progressed, this, [this, isLate](qint64 done, qint64 total) {
        if (!isLate()) {
            showProgress(done, total);
        }
    });
    connect(scan, &ScanJob::found, this, [this, isLate](const ScannedDataset& dataset) {
        if (isLate()) {
            return;
        }
        m_gotHeaders = true;
        m_progressText->setText(tr("Checking every picture…"));
        // While the same data set is split anew, what has been checked stays until the check is done.
        const bool isKnown = m_session->hasDataset() && m_session->dataset()->checked &&
                             m_session->dataset()->source == dataset.index->source;
        if (!isKnown) {
            takeDataset(dataset);
        }
    });
    connect(scan, &ScanJob::checked, this, [this, isLate](const ScannedDataset& dataset) {
        if (!isLate()) {
            takeDataset(dataset);
        }
    });
    connect(scan, &JobThread::failed, this, [this, isLate](const ErrorReport& error) {
        if (!isLate() && !(m_isTakenUp && error.code == ErrorCode::FileNotFound)) {
            m_banner->showError(error);
        }
    });
    connect(scan, &JobThread::finished, this, &DatasetPage::updateState);
    return scan;
}

void DatasetPage::connectSample()
{
    connect(&m_sample, &JobThread::messageGiven, m_progressText, &QLabel::setText);
    connect(&m_sample, &JobThread::progressed, this, &DatasetPage::showProgress);
    connect(&m_sample, &JobThread::failed, m_banner, &MessageBanner::showError);
    connect(&m_sample, &SampleJob::obtained, this, [this](const QString& folder, const QString& note) {
        // Cancelled, or given up for another data set: late news.
        if (m_sample.isStopRequested()) {
            return;
        }
        scan(folder);
        m_banner->showMessage(MessageBanner::Kind::Info, tr("Sample pictures"), note);
    });
    connect(&m_sample, &JobThread::finished, this, &DatasetPage::updateState);
}

bool DatasetPage::isBusy() const
{
    return m_look || m_scan->isRunning() || m_sample.isRunning();
}

void DatasetPage::open(const QString& path)
{
    if (path.isEmpty()) {
        return;
    }
    giveUp();
    m_sample.requestStop();
    m_banner->hide();
    // A file manager may hand it over with a slash at the end.
    const std::filesystem::path asked = toPath(path);
    const std::filesystem::path folder = asked.has_filename() ? asked : asked.parent_path();
    m_progressText->setText(tr("Looking at %1…").arg(plainLine(folder.filename().native())));
    m_look = runErrand(
        this, [folder] { return isRunFolder(folder); },
        [this, path, folder](bool isRun) {
            m_look.clear();
            if (isRun) {
                m_session->requestRun(folder);
                updateState();
            } else {
                openDataset(path);
            }
        });
    updateState();
}

void DatasetPage::openDataset(const QString& path)
{
    if (!path.isEmpty()) {
        m_isTakenUp = false;
        m_sample.requestStop();
        scan(path);
    }
}

void DatasetPage::takeUpDataset(const QString& path)
{
    openDataset(path);
    m_isTakenUp = true;
}

void DatasetPage::giveUp()
{
    m_rescanTimer.stop();
    if (m_look) {
        JobThread::abandon(m_look);
        m_look.clear();
    }
    if (m_scan->isRunning()) {
        JobThread::abandon(m_scan);
        m_scan = makeScan();
    }
}

void DatasetPage::chooseDataset()
{
    const QString start = m_path.isEmpty() ? QString() : toText(toPath(m_path).parent_path());
    if (const auto folder = Dialogs::chooseFolder(this, tr("Open a folder of pictures"), start)) {
        openDataset(*folder);
    }
}

void DatasetPage::trySamplePictures()
{
    if (!isBusy()) {
        m_banner->hide();
        m_progressText->setText(tr("Looking for sample pictures…"));
        m_sample.obtain();
        updateState();
    }
}

void DatasetPage::cancel()
{
    giveUp();
    m_sample.requestStop();
    updateState();
    if (isBusy()) {
        m_progressText->setText(tr("Stopping…"));
        m_cancel->setEnabled(false);
    }
}

void DatasetPage::scan(const QString& path)
{
    giveUp();
    m_path = path;
    m_gotHeaders = false;
    m_banner->hide();
    m_progressText->setText(tr("Looking through %1…").arg(plainLine(toPath(m_path).filename().native())));
    m_scanShares = m_session->recipe().split;
    m_scan->scan(toPath(m_path), m_scanShares);
    updateState();
}

void DatasetPage::scanAgain()
{
    const QString path = m_scan->isRunning() ? m_path : m_shownPath;
    if (!path.isEmpty()) {
        scan(path);
    }
}

void DatasetPage::scanAgainIfNeeded()
{
    const Recipe& recipe = m_session->recipe();
    const bool isStale = m_scan->isRunning() ? m_scanShares != recipe.split
                                             : m_session->hasDataset() && m_session->isSplitOurs() &&
                                                   m_shown.shares != recipe.split;
    if (isStale) {
        m_rescanTimer.start();
    } else {
        m_rescanTimer.stop();
    }
}

void DatasetPage::takeDataset(const ScannedDataset& dataset)
{
    m_isTakenUp = false;
    m_shown = dataset;
    m_shownPath = m_path;
    m_session->setDataset(dataset.index, dataset.shares, dataset.splitIsOurs);
}

void DatasetPage::showProgress(qint64 done, qint64 total)
{
    m_progressBar->setRange(0, total > 0 ? 1000 : 0);
    if (total > 0) {
        m_progressBar->setValue(static_cast<int>(done * 1000 / total));
    }
    if (m_gotHeaders && total > 0 && m_cancel->isEnabled()) {
        m_progressText->setText(
            tr("Checking every picture: %1 of %2").arg(QLocale().toString(done), QLocale().toString(total)));
    }
}

void DatasetPage::showDataset()
{
    const DatasetPointer& dataset = m_session->dataset();
    m_classes->setDataset(dataset);
    m_thumbnails->setDataset(dataset);
    m_problems->setProblems(dataset ? dataset->problems : std::vector<Problem>{},
                            dataset && dataset->checked);
    if (dataset) {
        m_pathLabel->setText(plainLine(dataset->source.native()));
        QStringList parts{tr("%Ln picture(s)", nullptr, static_cast<int>(dataset->samples.size())),
                          tr("%Ln class(es)", nullptr, static_cast<int>(dataset->classes.size()))};
        if (const auto unreadable = dataset->unreadableCount()) {
            parts << tr("%Ln left out", nullptr, static_cast<int>(unreadable));
        }
        m_totals->setText(parts.join(tr(" · ")));
    }
    updateState();
}

void DatasetPage::updateState()
{
    const bool busy = isBusy();
    const bool full = m_session->hasDataset();
    m_progress->setVisible(busy);
    m_cancel->setEnabled(busy);
    if (!busy) {
        m_progressBar->setRange(0, 0);
    }
    m_stack->setCurrentIndex(full ? 1 : 0);
    m_header->setVisible(full);
    m_check->setVisible(full && !busy && !m_session->isDatasetReady());
    m_next->setVisible(!busy && m_session->isDatasetReady());
    Q_EMIT busyChanged(busy);
}

} // namespace thaw::ui
