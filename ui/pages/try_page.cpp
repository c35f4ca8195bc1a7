#include "ui/pages/try_page.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/base/scratch_folder.h"
#include "core/evaluate/class_folders.h"
#include "core/evaluate/prediction_csv.h"
#include "ui/dialogs.h"
#include "ui/jobs/explain_job.h"
#include "ui/jobs/picture_job.h"
#include "ui/models/answer_model.h"
#include "ui/session.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/answer_list.h"
#include "ui/widgets/answer_panel.h"
#include "ui/widgets/drop_area.h"
#include "ui/widgets/drop_frame.h"
#include "ui/widgets/job_progress.h"
#include "ui/widgets/map_controls.h"
#include "ui/widgets/message_banner.h"
#include "ui/widgets/model_choice.h"
#include "ui/widgets/picture_view.h"

#include <QClipboard>
#include <QDragEnterEvent>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QImage>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>
#include <utility>

namespace thaw::ui {

namespace {

constexpr auto modelKey = "try/model";

QString tableError(const ClassCopies& copies)
{
    constexpr std::size_t most = 10;
    QStringList lines;
    for (const ClassCopies::Failure& failure : copies.unreadable) {
        if (std::size_t(lines.size()) == most) {
            lines << QString(QChar(0x2026));
            break;
        }
        lines << plainLine(failure.source.native()) + ": " + plainLine(failure.reason);
    }
    return lines.join('\n');
}

} // namespace

TryPage::TryPage(Session* session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new AnswerModel(this))
    , m_runJob(new RunListJob(this))
    , m_listJob(new PictureListJob(this))
    , m_askJob(new AskJob(this))
    , m_pictureJob(new PictureJob(this))
    , m_explainJob(new ExplainJob(this))
    , m_fileJob(new JobThread(this))
{
    setObjectName("tryPage");
    setAcceptDrops(true);
    m_model->setPalette(palette());
    build();
    connectJobs();
    auto* pasteKey = new QShortcut(QKeySequence::Paste, this);
    pasteKey->setContext(Qt::WidgetWithChildrenShortcut);
    connect(pasteKey, &QShortcut::activated, this, &TryPage::paste);
    connect(m_session, &Session::runsChanged, this, &TryPage::listRuns);
    connect(m_session, &Session::runsRootChanged, this, &TryPage::listRuns);
    listRuns();
    showState();
}

TryPage::~TryPage() = default;

void TryPage::build()
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::wide);
    layout->setSpacing(spacing::wide);
    auto* top = new QHBoxLayout;
    top->setSpacing(spacing::normal);
    top->addWidget(makeHeading(tr("Try it"), this));
    top->addStretch(1);
    auto* add = new QPushButton(tr("&Add pictures"), this);
    setNames(add, "tryAdd", tr("Add pictures"));
    auto* menu = new QMenu(add);
    menu->addAction(tr("Choose &pictures…"), this, &TryPage::choosePictures);
    menu->addAction(tr("&Choose a folder…"), this, &TryPage::chooseFolder);
    menu->addAction(tr("Pa&ste"), this, &TryPage::paste);
    add->setMenu(menu);
    auto* clear = new QPushButton(tr("Clea&r"), this);
    setNames(clear, "tryClear", tr("Clear the list"));
    clear->setToolTip(tr("Takes all pictures off the list. The files stay."));
    connect(clear, &QPushButton::clicked, this, &TryPage::clearList);
    m_choice = new ModelChoice(QLatin1String(modelKey), this);
    connect(m_choice, &ModelChoice::sourceChanged, this, &TryPage::changeModel);
    top->addWidget(add);
    top->addWidget(clear);
    top->addWidget(m_choice, 2);
    layout->addLayout(top);
    m_banner = new MessageBanner(this);
    m_banner->setObjectName("tryBanner");
    m_goOn = m_banner->addButton(tr("As&k the rest"), "tryGoOn");
    connect(m_goOn, &QPushButton::clicked, this, [this] {
        m_isStopped = false;
        m_banner->hide();
        ask();
    });
    layout->addWidget(m_banner);

    m_drop = new DropFrame(tr("Drop pictures or a folder here"), {}, this);
    m_drop->setObjectName("tryDrop");
    connect(m_drop->addButton(tr("Choose &pictures…"), "tryChoose", tr("Choose pictures")),
            &QPushButton::clicked, this, &TryPage::choosePictures);
    connect(m_drop->addButton(tr("&Choose a folder…"), "tryChooseFolder", tr("Choose a folder")),
            &QPushButton::clicked, this, &TryPage::chooseFolder);
    connect(m_drop->addButton(tr("Pa&ste"), "tryPaste", tr("Paste a picture")), &QPushButton::clicked, this,
            &TryPage::paste);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setObjectName("trySplitter");
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(spacing::wide);
    m_list = new AnswerList(m_model, this);
    m_view = new AnswerPanel(this);
    m_map = new MapControls(m_view);
    m_view->addBelow(m_map);
    splitter->addWidget(m_list);
    splitter->addWidget(m_view);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({540, 500});
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(m_drop);
    m_stack->addWidget(splitter);
    layout->addWidget(m_stack, 1);
    m_progress = new JobProgress("tryProgress", this);
    connect(m_progress, &JobProgress::cancelClicked, this, &TryPage::cancel);
    layout->addWidget(m_progress);
}

void TryPage::connectJobs()
{
    connect(m_runJob, &RunListJob::listed, this,
            [this](const RunListingPointer& runs, const KeptFiles& kept) {
                m_choice->setListing(*runs, kept);
                showState();
            });
    connect(m_runJob, &JobThread::finished, this, [this] {
        if (m_isListAgain) {
            listRuns();
        }
    });
    connect(m_listJob, &PictureListJob::listed, this, &TryPage::showListed);
    connect(m_askJob, &AskJob::modelOpened, this, &TryPage::showModel);
    connect(m_askJob, &AskJob::answersGiven, this, &TryPage::showAnswers);
    for (JobThread* job : {static_cast<JobThread*>(m_askJob), m_fileJob}) {
        connect(job, &JobThread::progressed, m_progress, &JobProgress::showProgress);
    }
    for (JobThread* job : {static_cast<JobThread*>(m_askJob), static_cast<JobThread*>(m_listJob), m_fileJob})
    {
        connect(job, &JobThread::failed, this, [this](const ErrorReport& error) {
            m_isStopped = true;
            m_banner->showError(error);
        });
        connect(job, &JobThread::finished, this, &TryPage::endWork);
    }
    connect(m_pictureJob, &PictureJob::pictureMade, this,
            [this](qint64 key, const QImage& picture, const QImage& network) {
                if (key == m_shownKey) {
                    m_picturedKey = key;
                    m_view->pictureView()->setPicture(picture, m_model->nameOf(key));
                    m_view->pictureView()->setNetworkPicture(network);
                    wantMap();
                }
            });
    connect(m_map, &MapControls::changed, this, &TryPage::wantMap);
    connect(m_explainJob, &ExplainJob::mapMade, this, &TryPage::showMap);
    connect(m_pictureJob, &PictureJob::pictureFailed, this, [this](qint64 key, const QString& reason) {
        if (key == m_shownKey) {
            m_view->pictureView()->setMessage(tr("This picture cannot be shown.\n%1").arg(reason));
        }
    });
    connect(m_list, &AnswerList::currentChanged, this, &TryPage::showPicture);
    connect(m_list, &AnswerList::saveClicked, this, &TryPage::saveTable);
    connect(m_list, &AnswerList::copyClicked, this, &TryPage::copyIntoFolders);
    connect(m_view->pictureView(), &PictureView::nextWanted, m_list, [this] { m_list->step(1); });
    connect(m_view->pictureView(), &PictureView::previousWanted, m_list, [this] { m_list->step(-1); });
}

void TryPage::listRuns()
{
    m_isListAgain = !m_runJob->list(m_session->runsRoot());
}

bool TryPage::isBusy() const
{
    return m_askJob->isRunning() || m_listJob->isRunning() || m_fileJob->isRunning();
}

void TryPage::addPaths(const std::vector<std::filesystem::path>& paths)
{
    if (paths.empty()) {
        return;
    }
    m_banner->hide();
    m_isStopped = false;
    if (!isBusy()) {
        m_progress->begin(tr("Looking for pictures…"));
    }
    m_listJob->list(paths);
    showState();
}

void TryPage::choosePictures()
{
    const QStringList files = Dialogs::chooseFiles(
        this, tr("Choose pictures"),
        tr("Pictures (*.jpg *.jpeg *.png *.webp *.gif *.bmp *.tif *.tiff *.jp2 *.ppm *.pgm);;All files (*)"));
    std::vector<std::filesystem::path> paths;
    for (const QString& file : files) {
        paths.push_back(toPath(file));
    }
    addPaths(paths);
}

void TryPage::chooseFolder()
{
    if (const auto folder = Dialogs::chooseFolder(this, tr("Choose a folder of pictures"))) {
        addPaths({toPath(*folder)});
    }
}

void TryPage::paste()
{
    if (!take(QGuiApplication::clipboard()->mimeData())) {
        m_banner->showMessage(MessageBanner::Kind::Info, tr("Nothing to paste"),
                              tr("There is no picture and no picture file in the clipboard."));
    }
}

bool TryPage::take(const QMimeData* offered)
{
    if (!offered) {
        return false;
    }
    const std::vector<std::filesystem::path> paths = droppedPaths(offered);
    if (!paths.empty()) {
        addPaths(paths);
        return true;
    }
    const auto picture = qvariant_cast<QImage>(offered->imageData());
    if (picture.isNull()) {
        return false;
    }
    keepPasted(picture);
    return true;
}

/// As a file, so that it goes the way of every other picture.
void TryPage::keepPasted(const QImage& picture)
{
    if (m_fileJob->isRunning()) {
        m_session->notify(tr("Wait until the files are written."));
        return;
    }
    const QString name = tr("Pasted picture %1").arg(++m_pastedCount) + ".png";
    const auto file = std::make_shared<std::filesystem::path>();
    const auto folder = std::make_shared<std::shared_ptr<ScratchFolder>>(m_pasted);
    m_fileJob->start([=](const std::stop_token&) {
        if (!*folder) {
            std::filesystem::create_directories(cacheFolder());
            *folder = std::make_shared<ScratchFolder>(cacheFolder(), "pasted-");
        }
        *file = (*folder)->path() / toPath(name);
        if (!picture.save(toText(*file), "PNG")) {
            throw Error(ErrorCode::WriteFailed, *file, "the pasted picture cannot be kept");
        }
    });
    connect(
        m_fileJob, &JobThread::finished, this,
        [=, this] {
            m_pasted = *folder;
            if (!file->empty()) {
                addPaths({*file});
            }
        },
        Qt::SingleShotConnection);
}

void TryPage::showListed(const ListedPictures& pictures)
{
    if (pictures->empty()) {
        m_banner->showMessage(MessageBanner::Kind::Info, tr("No pictures"),
                              tr("The folder has no files in it."));
        return;
    }
    m_newKey = m_model->add(*pictures);
    m_shownKey = -1; // a picture that is there already is looked at anew
    m_list->select(m_newKey);
    if (m_shownKey != m_newKey) {
        showPicture(m_newKey);
    }
    ask();
}

void TryPage::changeModel()
{
    m_isStale = m_askJob->isRunning();
    m_isStopped = false;
    m_banner->hide();
    m_opened.reset();
    m_model->forgetAnswers();
    if (m_shownKey >= 0) {
        m_list->select(m_shownKey); // all rows are new
        showPictureAgain();
    }
    ask();
}

/// Asks about what has no answer. What is asked now ends first; its answers count.
void TryPage::ask()
{
    if (m_askJob->isRunning()) {
        m_isAgain = true;
        m_askJob->requestStop();
        return;
    }
    m_isAgain = false;
    m_isStale = false;
    const std::filesystem::path source = m_choice->source();
    std::vector<AskedPicture> pictures = m_model->waiting(m_newKey);
    if (source.empty() && !pictures.empty()) {
        m_banner->showMessage(MessageBanner::Kind::Warning, tr("There is no model to ask"),
                              tr("Train one first, or choose a model file above."));
    }
    if (source.empty() || pictures.empty()) {
        showState();
        return;
    }
    const auto count = int(pictures.size());
    m_askJob->ask(source, std::move(pictures));
    m_progress->begin(m_opened ? tr("Looking at %Ln picture(s)", nullptr, count) : tr("Opening the model…"));
    showState();
}

void TryPage::showModel(const OpenedModelPointer& model)
{
    if (m_isStale) {
        return;
    }
    const auto waiting = int(m_model->count(AnswerModel::State::Waiting));
    m_progress->begin(tr("Looking at %Ln picture(s)", nullptr, waiting));
    if (m_opened != model) {
        const bool isAnother = m_opened != nullptr;
        m_opened = model;
        m_model->setModel(model);
        m_isAgain = isAnother; // its file or its threshold has changed: the other pictures too
        if (m_shownKey >= 0) {
            m_list->select(m_shownKey); // all rows are new
            showPicture(m_shownKey);
        }
    }
    showState();
}

void TryPage::showAnswers(const GivenAnswers& answers)
{
    if (m_isStale) {
        return;
    }
    m_model->store(*answers);
    for (const GivenAnswer& answer : *answers) {
        if (answer.key == m_shownKey) {
            showPictureAgain();
        }
    }
    m_list->showState(isBusy());
}

void TryPage::showPicture(qint64 key)
{
    m_shownKey = key;
    m_picturedKey = -1;
    showPictureAgain();
    if (m_model->stateOf(key) == AnswerModel::State::Failed) {
        m_view->pictureView()->setMessage(m_model->errorOf(key));
    } else {
        m_pictureJob->request({key, std::filesystem::path(m_model->pathOf(key)),
                               m_opened ? std::optional(m_opened->weights.transform) : std::nullopt});
    }
}

void TryPage::showPictureAgain()
{
    m_view->showAnswer(*m_model, m_shownKey, m_opened ? m_opened->threshold : std::nullopt);
    std::vector<std::pair<QString, int>> classes;
    if (m_opened && m_model->stateOf(m_shownKey) == AnswerModel::State::Answered) {
        constexpr std::size_t most = 5;
        const std::span<const float> values = m_model->probabilitiesOf(m_shownKey);
        std::vector<int> labels(values.size());
        std::iota(labels.begin(), labels.end(), 0);
        std::stable_sort(labels.begin(), labels.end(),
                         [&](int a, int b) { return values[std::size_t(a)] > values[std::size_t(b)]; });
        labels.resize(std::min(labels.size(), most));
        for (const int label : labels) {
            classes.emplace_back(m_model->labelText(label), label);
        }
    }
    m_map->setClasses(classes);
    wantMap();
}

void TryPage::wantMap()
{
    const std::optional<ExplainMethod> method = m_map->method();
    // Over the picture before, it would be wrong.
    if (!method || m_map->label() < 0 || !m_opened || m_picturedKey != m_shownKey || m_shownKey < 0) {
        m_explainJob->cancel();
        m_view->pictureView()->setOverlay({});
        m_map->showWords({});
        return;
    }
    if (m_view->pictureView()->canvas()->overlay().isNull()) {
        m_map->showWords(tr("Making the map…"));
    }
    m_explainJob->request({m_shownKey, std::filesystem::path(m_model->pathOf(m_shownKey)), m_opened, *method,
                           m_map->label(), m_map->opacity()});
}

void TryPage::showMap(qint64 key, const ShownMap& map)
{
    if (key != m_shownKey || !m_map->method()) {
        return;
    }
    m_view->pictureView()->setOverlayOpacity(1);
    m_view->pictureView()->setOverlay(map.isEmpty ? QImage() : map.picture, {0, 0, 1, 1}, map.network);
    m_map->showWords(!map.error.isEmpty() ? tr("There is no map: %1").arg(map.error)
                     : map.isEmpty        ? tr("Nothing that this layer sees speaks for this class.")
                                          : tr("The lighter, the more that place speaks for the class."));
}

void TryPage::clearList()
{
    m_isStale = m_askJob->isRunning();
    m_isAgain = false;
    m_listJob->cancel();
    m_askJob->requestStop();
    m_shownKey = m_picturedKey = m_newKey = -1;
    m_model->clear();
    m_explainJob->cancel();
    m_map->setClasses({});
    m_map->showWords({});
    m_view->clear();
    m_banner->hide();
    showState();
}

void TryPage::cancel()
{
    m_isStopped = true;
    m_isAgain = false;
    m_listJob->cancel();
    m_askJob->requestStop();
    m_fileJob->requestStop();
}

void TryPage::endWork()
{
    if (isBusy()) {
        return;
    }
    m_progress->end();
    m_model->settle();
    const auto waiting = int(m_model->count(AnswerModel::State::Waiting));
    if (m_isAgain) {
        ask();
    } else if (m_isStopped && waiting > 0 && m_banner->isHidden()) {
        m_banner->showMessage(MessageBanner::Kind::Info, tr("Stopped"),
                              tr("%Ln picture(s) have no answer yet.", nullptr, waiting));
    }
    showState();
}

void TryPage::saveTable()
{
    const auto file =
        Dialogs::chooseSaveFile(this, tr("Save the answers"), tr("Tables (*.csv)"), tr("answers") + ".csv");
    if (!file || m_fileJob->isRunning()) {
        return;
    }
    std::vector<Prediction> rows;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        rows.push_back(m_model->predictionOf(m_model->keyAt(row)));
    }
    const std::filesystem::path path = toPath(*file);
    const auto isWritten = std::make_shared<bool>(false);
    m_fileJob->start([=, classes = m_model->classes(), rows = std::move(rows)](const std::stop_token& stop) {
        AtomicFile csv(path);
        csv.write(predictionCsvHeader(classes));
        for (const Prediction& row : rows) {
            if (stop.stop_requested()) {
                return;
            }
            csv.write(predictionCsvRow(row, classes));
        }
        csv.commit();
        *isWritten = true;
    });
    connect(
        m_fileJob, &JobThread::finished, this,
        [=, this] {
            if (*isWritten) {
                m_session->notify(tr("Saved as %1").arg(plainLine(path.native())));
            }
        },
        Qt::SingleShotConnection);
    m_progress->begin(tr("Writing the table…"));
    showState();
}

void TryPage::copyIntoFolders()
{
    const auto folder = Dialogs::chooseFolder(this, tr("Copy into folders by class, in"));
    if (!folder || m_fileJob->isRunning()) {
        return;
    }
    std::vector<ClassCopy> copies;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const qint64 key = m_model->keyAt(row);
        if (m_model->stateOf(key) == AnswerModel::State::Answered) {
            const int label = m_model->labelOf(key);
            copies.push_back({std::filesystem::path(m_model->pathOf(key)),
                              label < 0 ? "uncertain" : m_model->classes()[std::size_t(label)]});
        }
    }
    const std::filesystem::path target = toPath(*folder);
    const auto result = std::make_shared<std::optional<ClassCopies>>();
    m_progress->begin(tr("Copying %Ln picture(s)", nullptr, int(copies.size())));
    m_fileJob->start([=, this, copies = std::move(copies)](const std::stop_token& stop) {
        *result = copyIntoClassFolders(copies, target, m_fileJob->progressCallback(), stop);
    });
    connect(
        m_fileJob, &JobThread::finished, this,
        [=, this] {
            if (!*result) {
                return;
            }
            const ClassCopies& done = **result;
            const bool isWhole = !done.isStopped && done.unreadable.empty();
            m_banner->showMessage(isWhole ? MessageBanner::Kind::Info : MessageBanner::Kind::Warning,
                                  done.isStopped ? tr("Copying was stopped") : tr("Copied"),
                                  tr("%Ln picture(s) copied into folders in %1.", nullptr, int(done.copied))
                                          .arg(plainLine(target.native())) +
                                      (done.unreadable.empty() ? QString() : '\n' + tableError(done)));
        },
        Qt::SingleShotConnection);
    showState();
}

void TryPage::showState()
{
    const bool isEmpty = m_model->pictureCount() == 0;
    const bool hasModel = !m_choice->source().empty();
    m_stack->setCurrentIndex(isEmpty ? 0 : 1);
    m_drop->setText(hasModel ? tr("Or paste them with Ctrl+V. They stay where they are.")
                             : tr("There is no trained run yet. Train one, or choose a model file above."));
    for (const char* name : {"tryAdd", "tryClear"}) {
        findChild<QPushButton*>(QLatin1String(name))->setVisible(!isEmpty);
    }
    m_goOn->setVisible(!isBusy() && m_model->count(AnswerModel::State::Waiting) > 0);
    m_list->setVisible(m_model->pictureCount() > 1);
    m_list->showState(isBusy());
    if (!isBusy()) {
        m_progress->end();
    }
}

void TryPage::dragEnterEvent(QDragEnterEvent* event)
{
    if (!droppedPaths(event->mimeData()).empty() || event->mimeData()->hasImage()) {
        event->acceptProposedAction();
        m_drop->setDragged(true);
    }
}

void TryPage::dragLeaveEvent(QDragLeaveEvent*)
{
    m_drop->setDragged(false);
}

void TryPage::dropEvent(QDropEvent* event)
{
    m_drop->setDragged(false);
    if (take(event->mimeData())) {
        event->acceptProposedAction();
    }
}

void TryPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    listRuns();
}

void TryPage::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange) {
        m_model->setPalette(palette());
    }
    QWidget::changeEvent(event);
}

} // namespace thaw::ui
