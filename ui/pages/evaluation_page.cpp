#include "ui/pages/evaluation_page.h"

#include "core/base/atomic_file.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/jobs/evaluation_job.h"
#include "ui/models/class_figures_model.h"
#include "ui/session.h"
#include "ui/text/evaluation_words.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/answer_gallery.h"
#include "ui/widgets/answer_view.h"
#include "ui/widgets/cell_delegate.h"
#include "ui/widgets/confusion_matrix.h"
#include "ui/widgets/figure_row.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/name_column.h"
#include "ui/widgets/training_progress.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QShowEvent>
#include <QSignalBlocker>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace thaw::ui {

namespace {

/// Of the chooser of what to measure: pictures from elsewhere.
constexpr auto otherFolder = "folder";

QString runText(const SavedRun& run, bool isMeasured)
{
    const QString name =
        plainLine(run.record.name.empty() ? run.folder.filename().native() : run.record.name);
    return isMeasured ? name : EvaluationPage::tr("%1 (not measured)", "a run").arg(name);
}

std::filesystem::path tidied(const std::filesystem::path& folder)
{
    const std::filesystem::path clean = folder.lexically_normal();
    return clean.has_filename() ? clean : clean.parent_path();
}

QList<Figure> figuresOfHead(const ShownEvaluation& shown)
{
    const Evaluation& evaluation = shown.evaluation();
    const EvaluationFigures& figures = shown.figures;
    const int images = evaluation.score.images;
    QList<Figure> list{
        {accuracyText(evaluation.score.accuracy, images), EvaluationPage::tr("Accuracy"),
         intervalText(figures.accuracyInterval, images),
         EvaluationPage::tr("Share of the pictures answered rightly, and between what it lies with 95 % for "
                            "all such pictures")},
        {QLocale().toString(qulonglong(shown.wrong())),
         EvaluationPage::tr("Wrong"),
         EvaluationPage::tr("of %1").arg(QLocale().toString(images)),
         {}},
        {accuracyText(figures.balancedAccuracy, images), EvaluationPage::tr("Balanced"),
         EvaluationPage::tr("mean of classes"),
         EvaluationPage::tr(
             "Mean recall of the classes: each counts the same, however many pictures it has")},
        {lossText(evaluation.score.loss),
         EvaluationPage::tr("Log-loss"),
         {},
         EvaluationPage::tr("How much the probabilities miss the truth: a sure mistake costs much, 0 is "
                            "perfect")},
        {accuracyText(figures.baseline, images), EvaluationPage::tr("Guessing"),
         EvaluationPage::tr("the largest class"),
         EvaluationPage::tr("What always answering with the largest class would reach")}};
    return list;
}

} // namespace

EvaluationPage::EvaluationPage(Session* session, QWidget* parent)
    : QWidget(parent), m_session(session), m_listJob(new RunListJob(this))
{
    setObjectName("evaluationPage");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::wide);
    layout->setSpacing(spacing::normal);
    layout->addWidget(buildTop());
    m_banner = new MessageBanner(this);
    m_banner->setObjectName("evaluationBanner");
    m_banner->hide();
    layout->addWidget(m_banner);
    layout->addWidget(buildProgress());
    m_stack = new QStackedWidget(this);
    auto* words = new QWidget(this);
    auto* column = new QVBoxLayout(words);
    m_words = makeMuted({}, words);
    m_words->setObjectName("evaluationWords");
    m_words->setAlignment(Qt::AlignCenter);
    letShrink(m_words);
    m_measureNow = new QPushButton(tr("Measure now"), words);
    setNames(m_measureNow, "evaluationMeasureNow", tr("Measure now"));
    setPrimary(m_measureNow);
    connect(m_measureNow, &QPushButton::clicked, this, &EvaluationPage::measure);
    column->addStretch(1);
    column->addWidget(m_words);
    column->addSpacing(spacing::normal);
    column->addWidget(m_measureNow, 0, Qt::AlignHCenter);
    column->addStretch(1);
    m_stack->addWidget(words);
    m_stack->addWidget(buildContent());
    layout->addWidget(m_stack, 1);

    connect(m_listJob, &RunListJob::listed, this, &EvaluationPage::showListing);
    connect(m_listJob, &JobThread::failed, m_banner, &MessageBanner::showError);
    connect(m_listJob, &JobThread::finished, this, [this] {
        if (m_again) {
            refresh();
        }
    });
    const auto changed = [this] {
        m_isStale = true;
        if (isVisible()) {
            refresh();
        }
    };
    connect(m_session, &Session::runsChanged, this, changed);
    connect(m_session, &Session::runsRootChanged, this, changed);
    connect(m_session, &Session::evaluationRequested, this, [this](const QString& folder) {
        showRun(folder);
        m_session->requestPage(Page::Evaluation);
    });
    showWords(tr("Reading the runs…"), false);
}

EvaluationPage::~EvaluationPage()
{
    endJob();
}

QWidget* EvaluationPage::buildTop()
{
    auto* top = new QWidget(this);
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins({});
    row->setSpacing(spacing::normal);
    row->addWidget(makeHeading(tr("Evaluation"), top));
    row->addSpacing(spacing::wide);
    m_runs = new QComboBox(top);
    setNames(m_runs, "evaluationRun", tr("Run"));
    letShrink(m_runs);
    m_runs->setMinimumWidth(fontMetrics().averageCharWidth() * 20);
    row->addWidget(m_runs, 1);
    m_part = new QComboBox(top);
    setNames(m_part, "evaluationPart", tr("Pictures to measure"));
    m_part->setToolTip(tr("Pictures to measure"));
    m_part->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    row->addWidget(m_part);
    m_measure = new QPushButton(tr("&Measure"), top);
    setNames(m_measure, "evaluationMeasure", tr("Measure"));
    m_measure->setToolTip(tr("Ask the run's model about these pictures"));
    row->addWidget(m_measure);
    m_save = new QPushButton(tr("&Save"), top);
    setNames(m_save, "evaluationSave", tr("Save or copy"));
    auto* menu = new QMenu(m_save);
    const auto add = [&](const QString& text, const char* name, auto slot) {
        QAction* action = menu->addAction(text, this, slot);
        action->setObjectName(QLatin1String(name));
    };
    add(tr("&Copy the figures"), "copyFigures", &EvaluationPage::copyFigures);
    add(tr("Classes as CSV…"), "saveClasses",
        [this] { save(tr("Save the classes"), "classes.csv", m_classModel->csv()); });
    add(tr("Pictures shown as CSV…"), "savePictures",
        [this] { save(tr("Save the list of pictures"), "pictures.csv", m_gallery->model()->csv()); });
    m_save->setMenu(menu);
    row->addWidget(m_save);

    connect(m_runs, &QComboBox::currentIndexChanged, this, [this] {
        if (!m_isFilling) {
            openChosen();
        }
    });
    connect(m_measure, &QPushButton::clicked, this, &EvaluationPage::measure);
    return top;
}

QWidget* EvaluationPage::buildProgress()
{
    m_progress = new QWidget(this);
    auto* row = new QHBoxLayout(m_progress);
    row->setContentsMargins({});
    row->setSpacing(spacing::wide);
    m_progressText = new QLabel(m_progress);
    m_progressText->setObjectName("evaluationProgress");
    m_bar = new QProgressBar(m_progress);
    setNames(m_bar, "evaluationBar", tr("Progress"));
    m_bar->setTextVisible(false);
    m_cancel = new QPushButton(tr("Cancel"), m_progress);
    setNames(m_cancel, "evaluationCancel", tr("Cancel measuring"));
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        endJob();
        m_session->notify(tr("Measuring was cancelled. Nothing was changed."));
        openChosen();
        (m_measureNow->isVisible() ? m_measureNow : m_measure)->setFocus();
    });
    row->addWidget(m_progressText);
    row->addWidget(m_bar, 1);
    row->addWidget(m_cancel);
    m_progress->hide();
    return m_progress;
}

QWidget* EvaluationPage::buildContent()
{
    auto* content = new QWidget(this);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    m_head = makeCard(content);
    auto* head = new QVBoxLayout(m_head);
    head->setContentsMargins(spacing::wide, spacing::normal, spacing::wide, spacing::normal);
    head->setSpacing(spacing::normal);
    m_subject = makeMuted({}, m_head);
    m_subject->setObjectName("evaluationSubject");
    letShrink(m_subject);
    m_figures = new FigureRow(m_head);
    m_advice = new QLabel(m_head);
    m_advice->setObjectName("evaluationAdvice");
    m_advice->setWordWrap(true);
    m_advice->setTextInteractionFlags(Qt::TextSelectableByMouse);
    letShrink(m_advice);
    head->addWidget(m_subject);
    head->addWidget(m_figures);
    head->addWidget(m_advice);
    layout->addWidget(m_head);

    auto* splitter = new QSplitter(Qt::Horizontal, content);
    splitter->setObjectName("evaluationSplitter");
    splitter->setChildrenCollapsible(false);
    auto* tabs = new QTabWidget(splitter);
    setNames(tabs, "evaluationTabs", tr("Figures"));
    tabs->setDocumentMode(true);
    tabs->addTab(buildConfusion(), tr("&Confusion"));
    tabs->addTab(buildClasses(), tr("C&lasses"));
    m_gallery = new AnswerGallery(splitter);
    splitter->addWidget(tabs);
    splitter->addWidget(m_gallery);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({500, 500});
    m_large = new AnswerView(content);
    m_views = new QStackedWidget(content);
    m_views->addWidget(splitter);
    m_views->addWidget(m_large);
    layout->addWidget(m_views, 1);

    connect(m_matrix, &ConfusionMatrix::chosen, this,
            [this](std::optional<int> truth, std::optional<int> label) {
                m_classes->clearSelection();
                m_gallery->setFilter({truth, label});
            });
    connect(m_matrix, &ConfusionMatrix::choiceCleared, this, [this] { m_gallery->setFilter({}); });
    connect(m_gallery, &AnswerGallery::filterCleared, this, [this] {
        m_matrix->clearChoice();
        m_classes->clearSelection();
    });
    connect(m_gallery, &AnswerGallery::opened, this, &EvaluationPage::openPicture);
    connect(m_large, &AnswerView::backWanted, this, [this] {
        m_views->setCurrentIndex(0);
        m_head->show();
        m_gallery->setFocusBack();
    });
    connect(m_large, &AnswerView::previousWanted, this, [this] { step(-1); });
    connect(m_large, &AnswerView::nextWanted, this, [this] { step(1); });
    return content;
}

QWidget* EvaluationPage::buildClasses()
{
    m_classModel = new ClassFiguresModel(this);
    m_classProxy = new QSortFilterProxyModel(this);
    m_classProxy->setSourceModel(m_classModel);
    m_classProxy->setSortRole(ClassFiguresModel::SortRole);
    m_classProxy->setSortLocaleAware(true);
    m_classes = new QTableView(this);
    setNames(m_classes, "evaluationClasses", tr("Figures by class"));
    m_classes->setModel(m_classProxy);
    m_classes->setItemDelegate(new CellDelegate(m_classes));
    m_classes->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_classes->setSelectionMode(QAbstractItemView::SingleSelection);
    m_classes->setTabKeyNavigation(false);
    m_classes->setShowGrid(false);
    m_classes->setWordWrap(false);
    m_classes->setAlternatingRowColors(true);
    m_classes->verticalHeader()->hide();
    m_classes->verticalHeader()->setDefaultSectionSize(fontMetrics().lineSpacing() + 8);
    m_classes->horizontalHeader()->setHighlightSections(false);
    m_classes->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    new NameColumn(m_classes, ClassFiguresModel::ClassName);
    m_classes->setSortingEnabled(true);
    m_classes->sortByColumn(ClassFiguresModel::Recall, Qt::AscendingOrder);
    auto* copy = new QAction(tr("&Copy the table"), m_classes);
    copy->setObjectName("copyClasses");
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, this, &EvaluationPage::copyClasses);
    m_classes->addAction(copy);
    m_classes->setContextMenuPolicy(Qt::ActionsContextMenu);
    const auto filter = [this](const QModelIndex& index) {
        m_matrix->clearChoice();
        m_gallery->setFilter({m_classProxy->mapToSource(index).row(), {}});
    };
    connect(m_classes, &QTableView::clicked, this, filter);
    connect(m_classes, &QTableView::activated, this, filter);
    return m_classes;
}

QWidget* EvaluationPage::buildConfusion()
{
    auto* whole = new QWidget(this);
    auto* layout = new QVBoxLayout(whole);
    layout->setContentsMargins(0, spacing::normal, 0, 0);
    layout->setSpacing(spacing::normal);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::normal);
    auto* values = new QComboBox(whole);
    setNames(values, "matrixValues", tr("Numbers in the cells"));
    values->addItem(tr("Pictures"), int(ConfusionMatrix::Values::Counts));
    values->addItem(tr("% of the truth"), int(ConfusionMatrix::Values::ByRow));
    values->addItem(tr("% of the answer"), int(ConfusionMatrix::Values::ByColumn));
    values->addItem(tr("Mistakes only"), int(ConfusionMatrix::Values::Errors));
    auto* order = new QComboBox(whole);
    setNames(order, "matrixOrder", tr("Order of the classes"));
    order->addItem(tr("By name"), int(ClassOrder::Name));
    order->addItem(tr("By size"), int(ClassOrder::Size));
    order->addItem(tr("By recall"), int(ClassOrder::Recall));
    order->addItem(tr("Alike together"), int(ClassOrder::Clusters));
    row->addWidget(values);
    row->addWidget(order);
    row->addStretch(1);
    m_matrix = new ConfusionMatrix(whole);
    layout->addLayout(row);
    layout->addWidget(m_matrix, 1);
    connect(values, &QComboBox::currentIndexChanged, this, [this, values] {
        m_matrix->setValues(static_cast<ConfusionMatrix::Values>(values->currentData().toInt()));
    });
    connect(order, &QComboBox::currentIndexChanged, this, [this, order] {
        m_matrix->setOrder(static_cast<ClassOrder>(order->currentData().toInt()));
        m_gallery->setFilter({});
    });
    return whole;
}

void EvaluationPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_isStale) {
        refresh();
    }
}

void EvaluationPage::refresh()
{
    m_isStale = false;
    m_again = !m_listJob->list(tidied(m_session->runsRoot()), m_extra);
}

void EvaluationPage::showRun(const QString& folder)
{
    m_wanted = tidied(toPath(folder));
    if (m_wanted.parent_path() != tidied(m_session->runsRoot())) {
        m_extra = m_wanted;
    }
    m_isStale = true;
    if (isVisible()) {
        refresh();
    }
}

void EvaluationPage::showListing(const RunListingPointer& listing, const KeptFiles& kept)
{
    const SavedRun* before = chosenRun();
    const std::filesystem::path beforeFolder = before ? before->folder : std::filesystem::path();
    const bool wasMeasured = !beforeFolder.empty() && m_kept.evaluations.contains(beforeFolder);
    m_listing = listing;
    m_kept = kept;
    const auto& runs = listing->runs;
    const auto indexOf = [&](const std::filesystem::path& folder) {
        const auto found = std::ranges::find(runs, folder, &SavedRun::folder);
        return found == runs.end() ? -1 : static_cast<int>(found - runs.begin());
    };
    int chosen = indexOf(m_wanted);
    if (chosen >= 0 || !m_again) {
        m_wanted.clear();
    }
    chosen = chosen >= 0 ? chosen : indexOf(beforeFolder);
    if (chosen < 0) {
        const auto newest = std::ranges::find_if(
            runs, [&](const SavedRun& run) { return kept.evaluations.contains(run.folder); });
        chosen = runs.empty() ? -1 : newest == runs.end() ? 0 : static_cast<int>(newest - runs.begin());
    }
    m_isFilling = true;
    m_runs->clear();
    for (const SavedRun& run : runs) {
        m_runs->addItem(runText(run, kept.evaluations.contains(run.folder)));
        m_runs->setItemData(m_runs->count() - 1, plainToolTip(plainLine(run.folder.native())),
                            Qt::ToolTipRole);
    }
    m_runs->setCurrentIndex(chosen);
    m_isFilling = false;
    const SavedRun* run = chosenRun();
    const bool isSame = run && run->folder == beforeFolder;
    if (m_isMeasuring && isSame) {
        return;
    }
    if (!isSame || (!m_shown && !m_job) || (!wasMeasured && kept.evaluations.contains(run->folder))) {
        openChosen();
    }
}

const SavedRun* EvaluationPage::chosenRun() const
{
    const int row = m_runs->currentIndex();
    return m_listing && row >= 0 && row < static_cast<int>(m_listing->runs.size())
               ? &m_listing->runs[static_cast<std::size_t>(row)]
               : nullptr;
}

void EvaluationPage::openChosen()
{
    endJob();
    m_banner->hide();
    fillParts();
    const SavedRun* run = chosenRun();
    m_runs->setToolTip(run ? plainToolTip(plainLine(run->folder.native())) : QString());
    if (!run) {
        showWords(tr("There are no runs yet.\nTrain a model first: how well it does is shown here."), false);
        return;
    }
    const bool hasWeights = m_kept.best.contains(run->folder);
    if (!m_kept.evaluations.contains(run->folder)) {
        showWords(hasWeights
                      ? tr("This run has not been measured yet.\nIts model is asked about pictures whose "
                           "class is known; that takes about as long as validating after an epoch.")
                      : tr("This run has no weights to measure.\nIt ended before its first epoch did: "
                           "continue it on the page Runs."),
                  hasWeights);
        return;
    }
    m_shown.reset();
    m_job = new EvaluationJob(this);
    connect(m_job, &EvaluationJob::opened, this,
            [this, hasWeights](const ShownEvaluationPointer& evaluation) {
                if (evaluation) {
                    showEvaluation(evaluation);
                } else {
                    showWords(tr("This run has not been measured yet."), hasWeights);
                }
            });
    connect(m_job, &JobThread::failed, this, [this, hasWeights](const ErrorReport& error) {
        m_banner->showError(error);
        showWords(
            tr("What this run keeps of its evaluation cannot be read.\nMeasuring it again replaces it."),
            hasWeights);
    });
    connect(m_job, &JobThread::finished, m_job, &QObject::deleteLater);
    m_job->open(run->folder);
    updateState();
}

/// What the run has pictures of, its own test first.
void EvaluationPage::fillParts()
{
    const QSignalBlocker blocker(m_part);
    m_part->clear();
    const SavedRun* run = chosenRun();
    if (!run) {
        return;
    }
    const std::pair<Split, const char*> parts[] = {
        {Split::Test, "test"}, {Split::Validation, "validation"}, {Split::Train, "train"}};
    for (const auto& [split, name] : parts) {
        if (const auto pictures = pictureCount(run->record, split)) {
            m_part->addItem(
                tr("%1 (%2)", "Test, a count").arg(partTitle(name), QLocale().toString(qlonglong(pictures))),
                QString::fromLatin1(name));
        }
    }
    m_part->addItem(tr("All pictures"), "all");
    m_part->addItem(tr("Another folder…"), otherFolder);
}

void EvaluationPage::measure()
{
    const QString part = m_part->currentData().toString();
    if (part != otherFolder) {
        measureOn(part.toStdString(), {});
        return;
    }
    const auto folder = Dialogs::chooseFolder(this, tr("Choose pictures to measure on"));
    if (folder) {
        measureOn({}, toPath(*folder));
    }
}

void EvaluationPage::measureOn(const std::string& part, const std::filesystem::path& dataset)
{
    const SavedRun* run = chosenRun();
    if (!run || m_isMeasuring) {
        return;
    }
    endJob();
    m_banner->hide();
    m_isMeasuring = true;
    m_isScanning = true;
    m_job = new EvaluationJob(this);
    connect(m_job, &JobThread::progressed, this, &EvaluationPage::showProgress);
    connect(m_job, &EvaluationJob::measuringBegan, this, [this] {
        m_isScanning = false;
        m_clock.start();
        showProgress(0, 0);
    });
    connect(m_job, &EvaluationJob::notKept, this, [this](const QString& reason) {
        m_banner->showMessage(MessageBanner::Kind::Warning, tr("The result could not be kept in the run"),
                              reason);
    });
    connect(m_job, &EvaluationJob::measured, this, [this](const ShownEvaluationPointer& evaluation) {
        if (evaluation->isKept) {
            m_kept.evaluations.insert(evaluation->run);
            if (const SavedRun* measured = chosenRun()) {
                m_runs->setItemText(m_runs->currentIndex(), runText(*measured, true));
            }
        }
        showEvaluation(evaluation);
    });
    connect(m_job, &JobThread::failed, m_banner, &MessageBanner::showError);
    connect(m_job, &JobThread::finished, this, [this] {
        m_job->deleteLater();
        m_job.clear();
        m_isMeasuring = false;
        updateState();
    });
    m_job->measure(run->folder, part, dataset);
    showProgress(0, 0);
    updateState();
    m_cancel->setFocus();
}

/// Whatever it is doing, at once: its thread ends by itself, a batch later.
void EvaluationPage::endJob()
{
    if (m_job) {
        JobThread::abandon(m_job);
        m_job.clear();
    }
    m_isMeasuring = false;
}

void EvaluationPage::showProgress(qint64 done, qint64 total)
{
    m_bar->setRange(0, int(total));
    m_bar->setValue(int(done));
    QString text = m_isScanning ? tr("Reading the pictures") : tr("Measuring");
    if (total > 0) {
        text = tr("%1: %2 of %3", "Measuring: 100 of 500")
                   .arg(text, QLocale().toString(done), QLocale().toString(total));
        if (!m_isScanning && done > 0 && done < total) {
            const double seconds = double(m_clock.elapsed()) / 1000 / double(done) * double(total - done);
            text += ", " + tr("%1 left").arg(durationText(seconds));
        }
    }
    m_progressText->setText(text);
}

void EvaluationPage::showEvaluation(const ShownEvaluationPointer& evaluation)
{
    m_shown = evaluation;
    QStringList subject{subjectText(*evaluation)};
    subject << gapsOf(*evaluation);
    m_subject->setText(subject.join(' '));
    m_figures->setFigures(figuresOfHead(*evaluation));
    m_advice->setText(adviceOf(*evaluation).join(' '));
    m_classModel->setEvaluation(evaluation);
    m_matrix->setConfusion(evaluation->evaluation().classes, evaluation->evaluation().confusion);
    m_gallery->setEvaluation(evaluation);
    m_views->setCurrentIndex(0);
    m_head->show();
    if (!evaluation->trouble.empty()) {
        m_banner->showMessage(MessageBanner::Kind::Warning, tr("The answers for each picture cannot be read"),
                              tr("%1\nMeasuring again replaces them.").arg(plainLines(evaluation->trouble)));
    } else if (evaluation->isRootGone && evaluation->hasAnswers()) {
        m_banner->showMessage(
            MessageBanner::Kind::Warning, tr("The pictures are not where they were"),
            tr("%1\nThe figures stay; pictures cannot be shown until the folder or drive is back.")
                .arg(plainLine(evaluation->kept.root.native())));
    }
    m_stack->setCurrentIndex(1);
    updateState();
}

void EvaluationPage::showWords(const QString& text, bool canMeasure)
{
    m_shown.reset();
    m_gallery->setEvaluation(nullptr);
    m_classModel->setEvaluation(nullptr);
    m_words->setText(text);
    m_measureNow->setVisible(canMeasure);
    m_stack->setCurrentIndex(0);
    updateState();
}

void EvaluationPage::updateState()
{
    const SavedRun* run = chosenRun();
    const bool hasWeights = run && m_kept.best.contains(run->folder);
    m_runs->setEnabled(run && !m_isMeasuring);
    m_part->setEnabled(hasWeights && !m_isMeasuring);
    m_measure->setEnabled(hasWeights && !m_isMeasuring);
    m_measureNow->setEnabled(!m_isMeasuring);
    m_save->setEnabled(m_shown != nullptr);
    m_progress->setVisible(m_isMeasuring);
}

void EvaluationPage::openPicture(int row)
{
    m_large->showPicture(m_shown, m_gallery->model()->pictureAt(row), row, m_gallery->model()->rowCount());
    m_head->hide();
    m_views->setCurrentIndex(1);
    m_large->setFocus();
}

void EvaluationPage::step(int by)
{
    const int row = m_gallery->currentRow() + by;
    if (row >= 0 && row < m_gallery->model()->rowCount()) {
        m_gallery->setCurrentRow(row);
        openPicture(row);
    }
}

void EvaluationPage::copyFigures()
{
    QApplication::clipboard()->setText(m_subject->text() + '\n' + m_figures->text());
    m_session->notify(tr("The figures were copied."));
}

void EvaluationPage::copyClasses()
{
    QString text;
    const auto addLine = [&](const auto& cell) {
        for (int column = 0; column < ClassFiguresModel::ColumnCount; ++column) {
            text += (column > 0 ? "\t" : "") + cell(column).toString();
        }
        text += '\n';
    };
    addLine([this](int column) { return m_classProxy->headerData(column, Qt::Horizontal); });
    for (int row = 0; row < m_classProxy->rowCount(); ++row) {
        addLine([this, row](int column) { return m_classProxy->index(row, column).data(); });
    }
    QApplication::clipboard()->setText(text);
    m_session->notify(tr("The table was copied."));
}

void EvaluationPage::save(const QString& title, const QString& name, const QString& text)
{
    const auto file = Dialogs::chooseSaveFile(this, title, tr("Tables (*.csv)"), name);
    if (!file) {
        return;
    }
    const auto write = [path = toPath(*file), bytes = textToBytes(text)] {
        writeFileAtomically(path, bytes);
        return true;
    };
    runErrand(
        this, write,
        [this, file = *file](bool) { m_session->notify(tr("Saved to %1").arg(plainLine(file))); },
        [this](const ErrorReport& error) { m_banner->showError(error); });
}

} // namespace thaw::ui
