#include "ui/pages/runs_page.h"

#include "core/base/error.h"
#include "core/run/run_files.h"
#include "core/run/run_lock.h"
#include "core/train/start/asked_recipe.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/jobs/export_job.h"
#include "ui/models/run_list_model.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/run_review.h"
#include "ui/widgets/run_table.h"

#include <QAction>
#include <QDesktopServices>
#include <QEvent>
#include <QFile>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStackedWidget>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

namespace thaw::ui {

namespace {

constexpr int watchMilliseconds = 3000;

QString exporterText(const Exporter& exporter)
{
    const std::string_view name = exporter.name;
    return name == "safetensors"   ? RunsPage::tr("Safetensors (weights)…")
           : name == "torchscript" ? RunsPage::tr("TorchScript (whole model)…")
           : name == "onnx"        ? RunsPage::tr("ONNX (whole model)…")
           : name == "onnx-image"  ? RunsPage::tr("ONNX for pictures of any size…")
                                   : QString::fromUtf8(exporter.name) + QChar(0x2026);
}

/// One spelling for each folder, so that a run is known again: no "..", no slash at the end.
std::filesystem::path cleaned(const std::filesystem::path& folder)
{
    const std::filesystem::path clean = folder.lexically_normal();
    return clean.has_filename() ? clean : clean.parent_path();
}

/// Of AskedRecipe::asUsed.
QString settingName(const std::string& field)
{
    return field == "device"      ? RunsPage::tr("device")
           : field == "precision" ? RunsPage::tr("precision")
           : field == "threads"   ? RunsPage::tr("threads")
                                  : RunsPage::tr("precision where it trains");
}

} // namespace

RunsPage::RunsPage(Session* session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new RunListModel(this))
    , m_proxy(new QSortFilterProxyModel(this))
    , m_listJob(new RunListJob(this))
    , m_exportJob(new ExportJob(this))
    , m_trashJob(new JobThread(this))
{
    setObjectName("runsPage");
    m_model->setPalette(palette());
    m_proxy->setSourceModel(m_model);
    m_proxy->setSortRole(RunListModel::SortRole);
    m_proxy->setSortCaseSensitivity(Qt::CaseInsensitive);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_proxy->setFilterKeyColumn(-1);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::wide);
    layout->setSpacing(spacing::normal);
    auto* top = new QHBoxLayout;
    top->addWidget(makeHeading(tr("Runs"), this));
    top->addStretch(1);
    m_filter = new QLineEdit(this);
    setNames(m_filter, "runsFilter", tr("Filter runs"));
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(260);
    connect(m_filter, &QLineEdit::textChanged, m_proxy, &QSortFilterProxyModel::setFilterFixedString);
    auto* refreshButton = new QPushButton(tr("&Refresh"), this);
    setNames(refreshButton, "runsRefresh", tr("Read the run folders again"));
    refreshButton->setShortcut(QKeySequence(QKeySequence::Refresh));
    refreshButton->setToolTip(tr("Read the run folders again (F5)"));
    connect(refreshButton, &QPushButton::clicked, this, &RunsPage::refresh);
    top->addWidget(m_filter);
    top->addWidget(refreshButton);
    layout->addLayout(top);

    m_empty = makeMuted({}, this);
    setNames(m_empty, "runsEmpty", tr("No runs"));
    m_empty->setAlignment(Qt::AlignCenter);
    letShrink(m_empty);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setObjectName("runsSplitter");
    splitter->setChildrenCollapsible(false);
    m_table = new RunTable(m_proxy, this);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &RunsPage::showSelection);
    splitter->addWidget(m_table);
    splitter->addWidget(buildReview());
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 3);
    splitter->setSizes({180, 480});
    m_whole = new QStackedWidget(this);
    m_whole->addWidget(m_empty);
    m_whole->addWidget(splitter);
    layout->addWidget(m_whole, 1);

    connect(m_listJob, &RunListJob::listed, this, &RunsPage::showListing);
    connect(m_listJob, &JobThread::finished, this, [this] {
        if (m_again) {
            refresh();
        }
    });
    connect(m_exportJob, &ExportJob::exported, this, [this](const QString& file) {
        m_session->notify(tr("Exported to %1").arg(plainLine(file)));
        Dialogs::inform(this, tr("Exported"),
                        tr("The model was written and checked:\n%1").arg(plainLine(file)));
    });
    connect(m_exportJob, &JobThread::finished, this, &RunsPage::updateButtons);
    m_trashJob->setKept(true);
    connect(m_trashJob, &JobThread::finished, this, &RunsPage::refresh);
    for (JobThread* job :
         {static_cast<JobThread*>(m_listJob), static_cast<JobThread*>(m_exportJob), m_trashJob}) {
        connect(job, &JobThread::failed, this,
                [this](const ErrorReport& error) { Dialogs::showError(this, error); });
    }
    connect(m_session, &Session::runsChanged, this, &RunsPage::refresh);
    connect(m_session, &Session::runsRootChanged, this, &RunsPage::refresh);
    connect(m_session, &Session::runRequested, this, &RunsPage::showRun);
    m_empty->setText(tr("Reading the runs…"));
    m_watch.setInterval(watchMilliseconds);
    connect(&m_watch, &QTimer::timeout, this, &RunsPage::watchRunning);
    refresh();
}

RunsPage::~RunsPage() = default;

QWidget* RunsPage::buildReview()
{
    QFrame* card = makeCard(this);
    auto* layout = new QVBoxLayout(card);
    auto* bar = new QHBoxLayout;
    m_title = makeSectionTitle({}, card);
    m_title->setObjectName("runTitle");
    m_title->setMinimumWidth(60);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    bar->addWidget(m_title, 1);
    const auto addButton = [&](const QString& text, const char* name, const QString& tip) {
        auto* button = new QPushButton(text, card);
        setNames(button, name, QString(text).remove('&'));
        button->setToolTip(tip);
        bar->addWidget(button);
        return button;
    };
    m_continue = addButton(tr("&Continue"), "runContinue", tr("Go on with this run from where it was saved"));
    m_evaluate =
        addButton(tr("Ev&aluate"), "runEvaluate", tr("See how well this run's model does, and its mistakes"));
    m_useSettings =
        addButton(tr("&Use these settings"), "runUseSettings", tr("Take this run's recipe for the next one"));
    m_export = addButton(tr("E&xport"), "runExport", tr("Write the best weights for other programs"));
    m_openFolder = addButton(tr("Ope&n folder"), "runOpenFolder", tr("Show the run's files"));
    m_trash = addButton(tr("Move to &trash"), "runTrash", tr("Put the whole run folder into the trash"));
    layout->addLayout(bar);

    auto* menu = new QMenu(m_export);
    menu->setObjectName("runExportMenu");
    for (const Exporter& exporter : exporters()) {
        QAction* action =
            menu->addAction(exporterText(exporter), this, [this, &exporter] { exportAs(exporter); });
        action->setObjectName(QStringLiteral("export.%1").arg(exporter.name));
    }
    m_export->setMenu(menu);
    connect(m_continue, &QPushButton::clicked, this, [this] {
        if (const SavedRun* run = selectedRun()) {
            Q_EMIT resumeRequested(toText(run->folder));
        }
    });
    connect(m_evaluate, &QPushButton::clicked, this, [this] {
        if (const SavedRun* run = selectedRun()) {
            m_session->requestEvaluation(run->folder);
        }
    });
    connect(m_useSettings, &QPushButton::clicked, this, &RunsPage::useSettings);
    connect(m_openFolder, &QPushButton::clicked, this, [this] {
        const QModelIndex index = m_model->index(selectedRow(), 0);
        QDesktopServices::openUrl(fileUrl(toPath(index.data(RunListModel::FolderRole).toString())));
    });
    connect(m_trash, &QPushButton::clicked, this, &RunsPage::moveToTrash);

    m_actions = new RunActions("run", card);
    connect(m_actions, &RunActions::wanted, this, [this](RunAction action) {
        if (const SavedRun* run = selectedRun()) {
            Q_EMIT actionRequested(action, toText(run->folder));
        }
    });
    layout->addWidget(m_actions);
    m_review = new RunReview(card);
    m_words = makeMuted({}, card);
    setNames(m_words, "runWords", tr("About the selected run"));
    m_words->setAlignment(Qt::AlignCenter);
    letShrink(m_words);
    m_stack = new QStackedWidget(card);
    m_stack->addWidget(m_words);
    m_stack->addWidget(m_review);
    layout->addWidget(m_stack, 1);
    return card;
}

void RunsPage::refresh()
{
    m_again = !m_listJob->list(cleaned(m_session->runsRoot()), m_extra);
}

/// Another program's run may end, or its program may be killed, while it is in view.
void RunsPage::watchRunning()
{
    std::vector<std::filesystem::path> running;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const SavedRun* run = m_model->runAt(row);
        if (run && run->record.state == RunState::Running) {
            running.push_back(run->folder);
        }
    }
    if (running.empty() || m_look) {
        return;
    }
    const auto look = [running] { return std::ranges::all_of(running, &RunLock::isHeld); };
    m_look = runErrand(this, look, [this](bool areHeld) {
        if (!areHeld) {
            refresh();
        }
    });
}

bool RunsPage::canGoOn(const SavedRun& run) const
{
    return run.record.state == RunState::Stopped ||
           (run.record.state == RunState::Failed && m_kept.checkpoints.contains(run.folder));
}

void RunsPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_watch.start();
    watchRunning();
}

void RunsPage::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_watch.stop();
}

void RunsPage::showRun(const QString& folder)
{
    m_wanted = cleaned(toPath(folder));
    m_filter->clear();
    if (m_wanted.parent_path() != cleaned(m_session->runsRoot())) {
        m_extra = m_wanted;
    }
    selectFolder(m_wanted);
    refresh();
}

void RunsPage::showListing(const RunListingPointer& listing, const KeptFiles& kept)
{
    std::filesystem::path selected = m_wanted;
    if (selected.empty() && selectedRow() >= 0) {
        selected = toPath(m_model->index(selectedRow(), 0).data(RunListModel::FolderRole).toString());
    }
    m_isListing = true;
    m_listing = listing;
    m_kept = kept;
    m_model->setListing(listing);
    m_empty->setText(tr("There are no runs yet.\nWhat you train is kept in %1 and shown here.")
                         .arg(plainLine(m_session->runsRoot().native())));
    m_whole->setCurrentIndex(m_model->rowCount() > 0 ? 1 : 0);
    selectFolder(selected);
    if (selectedRow() < 0 && m_proxy->rowCount() > 0) {
        m_table->selectRow(0);
    }
    // A listing that began before the run was wanted may not have it: the next one will.
    if (m_model->rowOf(m_wanted) >= 0 || !m_again) {
        m_wanted.clear();
    }
    m_isListing = false;
    showSelection();
}

void RunsPage::selectFolder(const std::filesystem::path& folder)
{
    const QModelIndex index = m_proxy->mapFromSource(m_model->index(m_model->rowOf(folder), 0));
    if (index.isValid()) {
        m_table->selectRow(index.row());
        m_table->scrollTo(index);
    }
}

int RunsPage::selectedRow() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? -1 : m_proxy->mapToSource(rows.first()).row();
}

const SavedRun* RunsPage::selectedRun() const
{
    return m_model->runAt(selectedRow());
}

void RunsPage::setTraining(bool training)
{
    m_training = training;
    updateButtons();
}

void RunsPage::showSelection()
{
    if (m_isListing) {
        return;
    }
    if (const SavedRun* run = selectedRun()) {
        m_title->setText(m_model->index(selectedRow(), RunListModel::NameColumn).data().toString());
        if (!m_shown || !isShownAlike(*m_shown, *run)) {
            m_review->showRun(*run); // anew, which forgets what part of the curves is in view
        }
        m_shown = std::shared_ptr<const SavedRun>(m_listing, run);
        m_stack->setCurrentWidget(m_review);
    } else if (const BrokenRun* broken = m_model->brokenAt(selectedRow())) {
        m_title->setText(plainLine(broken->folder.filename().native()));
        m_words->setText(tr("This folder cannot be read as a run.\n%1").arg(plainLines(broken->reason)));
        m_stack->setCurrentWidget(m_words);
    } else {
        m_title->clear();
        m_words->setText(tr("Choose a run above to see it."));
        m_stack->setCurrentWidget(m_words);
    }
    m_title->setToolTip(plainToolTip(m_title->text()));
    updateButtons();
}

void RunsPage::updateButtons()
{
    const SavedRun* run = selectedRun();
    const bool resting = run && run->record.state != RunState::Running;
    const bool hasBest = run && m_kept.best.contains(run->folder);
    QList<RunAction> actions;
    if (run) {
        actions = actionsFor(run->record, m_kept.checkpoints.contains(run->folder));
        actions.removeAll(RunAction::Continue); // in the bar above
    }
    m_actions->showActions(actions);
    m_actions->setEnabled(!m_training);
    m_continue->setVisible(run && canGoOn(*run));
    m_continue->setEnabled(!m_training);
    m_evaluate->setEnabled(run && (hasBest || m_kept.evaluations.contains(run->folder)));
    m_useSettings->setEnabled(run != nullptr);
    m_export->setEnabled(hasBest && !m_exportJob->isRunning());
    m_export->setText(m_exportJob->isRunning() ? tr("Exporting…") : tr("E&xport"));
    m_openFolder->setEnabled(selectedRow() >= 0);
    m_trash->setEnabled(selectedRow() >= 0 && (resting || !run));
}

void RunsPage::exportAs(const Exporter& exporter)
{
    const SavedRun* run = selectedRun();
    if (!run) {
        return;
    }
    const std::filesystem::path folder = run->folder;
    const QString ending = QString::fromUtf8(exporter.ending);
    const QString name = toText(folder.filename()) + '.' + ending;
    std::optional<QString> file =
        Dialogs::chooseSaveFile(this, tr("Export the model"), tr("Model (*.%1)").arg(ending), name);
    if (!file) {
        return;
    }
    m_exportJob->exportRun(folder, exporter, toPath(*file));
    updateButtons();
}

void RunsPage::useSettings()
{
    const SavedRun* run = selectedRun();
    if (!run) {
        return;
    }
    const AskedRecipe asked = askedRecipeOf(*run);
    const std::vector<RecipeIssue> issues =
        m_session->takeRecipe(asked.recipe, tr("use the settings of a run"),
                              tr("The settings of %1").arg(plainLine(m_title->text())));
    if (issues.empty()) {
        QString words = tr("The settings of %1 are ready for the next training.").arg(m_title->text());
        if (!asked.asUsed.empty()) {
            QStringList fields;
            for (const std::string& field : asked.asUsed) {
                fields << settingName(field);
            }
            words += ' ' + tr("As that run used them, since what was asked is not known: %1.")
                               .arg(QLocale().createSeparatedList(fields));
        }
        m_session->notify(words);
        return;
    }
    QStringList lines;
    for (const RecipeIssue& issue : issues) {
        lines << plainLine(issue.field + ": " + issue.message);
    }
    Dialogs::inform(this, tr("These settings cannot be used"), lines.join('\n'));
}

void RunsPage::moveToTrash()
{
    const QString folder = m_model->index(selectedRow(), 0).data(RunListModel::FolderRole).toString();
    if (folder.isEmpty() ||
        !Dialogs::confirm(this, tr("Move this run to the trash?"),
                          tr("The folder with its weights and curves:\n%1").arg(plainLine(folder)),
                          tr("Move to trash"), tr("Keep it")))
    {
        return;
    }
    if (toPath(folder) == m_extra) {
        m_extra.clear();
    }
    m_trashJob->start([folder](const std::stop_token&) {
        if (RunLock::isHeld(toPath(folder))) {
            throw Error(ErrorCode::RunInUse, toPath(folder), "the run is being trained", "stop it first");
        }
        if (!QFile::moveToTrash(folder)) {
            throw Error(ErrorCode::WriteFailed, toPath(folder), "the folder could not be moved to the trash",
                        "delete it with the file manager");
        }
    });
}

void RunsPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        m_model->setPalette(palette());
    }
}

} // namespace thaw::ui
