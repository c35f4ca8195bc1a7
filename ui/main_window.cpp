#include "ui/main_window.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/experiment/recipe.h"
#include "core/run/run_store.h"
#include "core/train/start/resume_run.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/evaluation_page.h"
#include "ui/pages/runs_page.h"
#include "ui/pages/training_page.h"
#include "ui/settings/save_settings.h"
#include "ui/sleep_inhibitor.h"
#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/drop_area.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/start_notices.h"

#include <QCloseEvent>
#include <QDir>
#include <QEventLoop>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QVBoxLayout>

namespace thaw::ui {

namespace {

constexpr int statusMilliseconds = 6000;
constexpr int saveMilliseconds = 500;

constexpr auto geometryKey = "window/geometry";
constexpr auto pageKey = "window/page";
constexpr auto recipeKey = "work/recipe";
constexpr auto datasetKey = "work/dataset";
/// How often a window has opened the data set by itself and not lived to see it checked.
constexpr auto triesKey = "work/datasetTries";
constexpr int mostTries = 2;

} // namespace

MainWindow::MainWindow(Session* session, QWidget* parent)
    : QMainWindow(parent)
    , m_session(session)
    , m_sidebar(new QListWidget(this))
    , m_stack(new QStackedWidget(this))
    , m_state(new QLabel(this))
    , m_notices(new StartNotices(this))
    , m_inhibitor(new SleepInhibitor(this))
{
    setObjectName("mainWindow");
    setWindowTitle(tr("Thaw"));
    setAcceptDrops(true);
    setMinimumSize(960, 640);
    buildPages();
    // After the first theme icon, which makes the resources known.
    setWindowIcon(QIcon(":/icons/thaw.svg"));
    buildMenus();
    connectPages();
    m_state->setObjectName("trainingState");
    m_state->setContentsMargins(0, 0, spacing::wide, 0);
    statusBar()->addPermanentWidget(m_state);
    statusBar()->setSizeGripEnabled(false);
    restorePlace();
    keepWorkSoon();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildPages()
{
    setNames(m_sidebar, "sidebar", tr("Pages"));
    setNames(m_stack, "pages", tr("Page"));
    m_sidebar->setFixedWidth(196);
    m_sidebar->setIconSize({20, 20});
    m_sidebar->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    for (const PageRow& row : pageTable()) {
        m_stack->addWidget(row.make(m_session, this));
        auto* item = new QListWidgetItem(pageTitle(row).remove('&'), m_sidebar);
        item->setSizeHint({0, 44});
    }
    m_dataset = qobject_cast<DatasetPage*>(widget(Page::Dataset));
    m_training = qobject_cast<TrainingPage*>(widget(Page::Training));
    m_runs = qobject_cast<RunsPage*>(widget(Page::Runs));
    m_evaluation = qobject_cast<EvaluationPage*>(widget(Page::Evaluation));
    showIcons();
    auto* centre = new QWidget(this);
    auto* layout = new QHBoxLayout(centre);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    layout->addWidget(m_sidebar);
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_notices);
    right->addWidget(m_stack, 1);
    layout->addLayout(right, 1);
    setCentralWidget(centre);
    connect(m_sidebar, &QListWidget::currentRowChanged, m_stack, &QStackedWidget::setCurrentIndex);
    m_sidebar->setCurrentRow(0);
}

void MainWindow::showIcons()
{
    for (const PageRow& row : pageTable()) {
        m_sidebar->item(static_cast<int>(row.page))->setIcon(themeIcon(row.name, palette()));
    }
}

void MainWindow::buildMenus()
{
    const auto add = [this](QMenu* menu, const QString& text, const char* name, const QKeySequence& keys,
                            auto&& slot) {
        QAction* action = menu->addAction(text);
        action->setObjectName(QLatin1String(name));
        action->setShortcut(keys);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    QMenu* file = menuBar()->addMenu(tr("&File"));
    add(file, tr("&Open data set…"), "openDatasetAction", QKeySequence::Open, [this] {
        showPage(Page::Dataset);
        m_dataset->chooseDataset();
    });
    add(file, tr("Open &run…"), "openRunAction", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O),
        [this] { chooseRun(); });
    add(file, tr("Try &sample pictures"), "samplePicturesAction", {}, [this] {
        showPage(Page::Dataset);
        m_dataset->trySamplePictures();
    });
    file->addSeparator();
    file->addMenu(saveSettings::makeIntervalMenu(file));
    file->addMenu(saveSettings::makeFeaturesMenu(file));
    file->addSeparator();
    add(file, tr("&Quit"), "quitAction", QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); });

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    QAction* undo = m_session->undoStack()->createUndoAction(this, tr("&Undo"));
    undo->setShortcut(QKeySequence::Undo);
    undo->setObjectName("undoAction");
    QAction* redo = m_session->undoStack()->createRedoAction(this, tr("&Redo"));
    redo->setShortcut(QKeySequence::Redo);
    redo->setObjectName("redoAction");
    edit->addAction(undo);
    edit->addAction(redo);

    QMenu* view = menuBar()->addMenu(tr("&View"));
    for (const PageRow& row : pageTable()) {
        const auto key = static_cast<Qt::Key>(Qt::Key_1 + static_cast<int>(row.page));
        add(view, pageTitle(row), row.name, QKeySequence(Qt::CTRL | key),
            [this, page = row.page] { showPage(page); });
    }

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    add(help, tr("&Keyboard shortcuts"), "shortcutsAction", QKeySequence(Qt::Key_F1),
        [this] { showShortcuts(); });
    add(help, tr("&About Thaw"), "aboutAction", {}, [this] { showAbout(); });
}

void MainWindow::connectPages()
{
    connect(m_session, &Session::pageRequested, this, &MainWindow::showPage);
    connect(m_session, &Session::runRequested, this, &MainWindow::showRun);
    connect(m_session, &Session::notified, this,
            [this](const QString& text) { statusBar()->showMessage(plainLine(text), statusMilliseconds); });
    connect(m_training, &TrainingPage::datasetWanted, this, [this] { showPage(Page::Dataset); });
    connect(m_training, &TrainingPage::layersWanted, this, [this] { showPage(Page::Layers); });
    connect(m_training, &TrainingPage::statusChanged, m_state, &QLabel::setText);
    // So that a task bar tells it too.
    connect(m_training, &TrainingPage::shortStatusChanged, this,
            [this](const QString& text) { setWindowTitle(tr("%1 – Thaw").arg(text)); });
    connect(m_training, &TrainingPage::trainingStarted, this, [this] {
        m_runs->setTraining(true);
        m_inhibitor->inhibit(tr("A network is being trained"));
    });
    connect(m_training, &TrainingPage::runStarted, m_notices, &StartNotices::forgetRun);
    connect(m_training, &TrainingPage::trainingEnded, this, [this](const QString& folder) {
        m_runs->setTraining(false);
        m_runs->refresh();
        if (!folder.isEmpty() && page() != Page::Evaluation) {
            m_evaluation->showRun(folder);
        }
        m_inhibitor->release();
        if (m_closing) {
            close();
        }
    });
    connect(m_runs, &RunsPage::resumeRequested, this, &MainWindow::resumeRun);
    connect(m_runs, &RunsPage::actionRequested, this, [this](RunAction action, const QString& folder) {
        showPage(Page::Training);
        m_training->act(action, folder);
    });
    connect(m_notices, &StartNotices::continueRequested, this, &MainWindow::resumeRun);
    connect(m_notices, &StartNotices::showRequested, this, &MainWindow::showRun);
    connect(m_notices, &StartNotices::openRequested, this, &MainWindow::open);
}

void MainWindow::keepWorkSoon()
{
    m_saveTimer.setSingleShot(true);
    m_saveTimer.setInterval(saveMilliseconds);
    connect(&m_saveTimer, &QTimer::timeout, this, &MainWindow::savePlace);
    const auto soon = [this] { m_saveTimer.start(); };
    connect(m_session, &Session::recipeChanged, this, soon);
    connect(m_session, &Session::datasetChanged, this, soon);
    connect(m_stack, &QStackedWidget::currentChanged, this, soon);
    connect(m_dataset, &DatasetPage::busyChanged, this, [](bool isBusy) {
        if (!isBusy) {
            QSettings().remove(triesKey);
        }
    });
}

void MainWindow::resumeRun(const QString& folder)
{
    showPage(Page::Training);
    m_training->resume(folder);
}

void MainWindow::lookBack()
{
    m_notices->look(m_session->runsRoot());
}

void MainWindow::takeUpWork(bool withDataset)
{
    QSettings settings;
    const std::string recipe = settings.value(recipeKey).toString().toStdString();
    if (!recipe.empty()) {
        try {
            const RecipeReading reading = parseRecipe(recipe);
            if (reading.issues.empty()) {
                m_session->restoreRecipe(reading.recipe);
            }
        } catch (const Error&) {
            // Of another version, or edited by hand: the default does.
        }
    }
    // After the recipe, whose split the scan needs.
    const QString dataset = settings.value(datasetKey).toString();
    if (!withDataset || dataset.isEmpty()) {
        return;
    }
    const int tries = settings.value(triesKey).toInt();
    if (tries >= mostTries) {
        m_notices->tellUnopened(dataset);
        return;
    }
    settings.setValue(triesKey, tries + 1);
    settings.sync(); // before what may end the program
    m_dataset->takeUpDataset(dataset);
}

Page MainWindow::page() const
{
    return static_cast<Page>(m_stack->currentIndex());
}

QWidget* MainWindow::widget(Page page) const
{
    return m_stack->widget(static_cast<int>(page));
}

void MainWindow::showPage(Page page)
{
    m_sidebar->setCurrentRow(static_cast<int>(page));
}

void MainWindow::open(const QString& path)
{
    if (path.endsWith(".json", Qt::CaseInsensitive)) {
        openRecipe(path);
        return;
    }
    // A folder has one name, whether or not a '/' follows.
    showPage(Page::Dataset);
    m_dataset->open(QDir::cleanPath(path));
}

void MainWindow::openRecipe(const QString& path)
{
    const auto take = [this](const Recipe& recipe) {
        showPage(Page::Training);
        m_session->takeRecipe(recipe, tr("open a recipe"), tr("The recipe %1").arg(plainLine(recipe.name)));
    };
    runErrand(
        this, [file = toPath(path).string()] { return loadRecipe(file); }, take,
        [this](const ErrorReport& report) { Dialogs::showError(this, report); });
}

void MainWindow::showRun(const QString& folder)
{
    showPage(Page::Runs);
    m_runs->showRun(folder);
}

void MainWindow::chooseRun()
{
    const auto folder = Dialogs::chooseFolder(this, tr("Open a run"), toText(m_session->runsRoot()));
    if (!folder) {
        return;
    }
    const auto look = [folder = toPath(*folder)] { return isRunFolder(folder); };
    runErrand(this, look, [this, folder = *folder](bool isRun) {
        if (isRun) {
            showRun(folder);
        } else {
            Dialogs::showError(this, {ErrorCode::RunInvalid, folder, tr("this folder holds no run"),
                                      tr("choose a folder with a run.json inside")});
        }
    });
}

void MainWindow::showShortcuts()
{
    QStringList lines;
    for (const QAction* menu : menuBar()->actions()) {
        for (const QAction* action : menu->menu()->actions()) {
            if (!action->shortcut().isEmpty()) {
                lines << action->shortcut().toString(QKeySequence::NativeText) + "\t" +
                             action->text().remove('&');
            }
        }
    }
    lines << tr("Space\tPause or continue the training (on its page)");
    Dialogs::inform(this, tr("Keyboard shortcuts"), lines.join('\n'));
}

void MainWindow::showAbout()
{
    Dialogs::inform(
        this, tr("About Thaw"),
        tr("Version %1. Fine-tunes VGG16 on your own pictures.\n\nFree software under the GNU General "
           "Public License, version 3 or later. The ImageNet weights are by the Visual Geometry Group, "
           "Oxford (CC BY 4.0).")
            .arg(QLatin1String(thawVersion)));
}

/// What was typed and does not count yet counts now. False where a number is refused and the user stays to
/// put it right.
bool MainWindow::settleNumbers()
{
    NumberBox* refused = NumberBox::commitAll(m_stack);
    if (!refused || m_closing ||
        Dialogs::confirm(this, tr("Close without this number?"), refused->refusal(), tr("Close"),
                         tr("Put it right")))
    {
        return true;
    }
    for (int page = 0; page < m_stack->count(); ++page) {
        if (m_stack->widget(page)->isAncestorOf(refused)) {
            showPage(static_cast<Page>(page));
        }
    }
    refused->setFocus();
    refused->selectAll();
    return false;
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!settleNumbers()) {
        event->ignore();
        return;
    }
    if (m_training->isTraining()) {
        event->ignore();
        if (m_closing ||
            !Dialogs::confirm(
                this, tr("Stop training and close?"),
                tr("The batch at hand is finished and everything is saved. You can continue the run later."),
                tr("Stop and close"), tr("Keep training")))
        {
            return;
        }
        // The training may have ended while the question was open.
        if (m_training->isTraining()) {
            stopAndClose();
            return;
        }
    }
    savePlace();
    QSettings().remove(triesKey);
    event->accept();
    Q_EMIT left();
}

void MainWindow::stopAndClose()
{
    if (!m_training->isTraining()) {
        m_closing = true; // nobody may be there to answer
        close();
        return;
    }
    NumberBox::commitAll(m_stack); // disabled, they forget
    m_closing = true;
    m_stack->setEnabled(false);
    m_training->requestPause();
}

void MainWindow::pauseAndWait()
{
    // A desktop that logs out waits about as long.
    constexpr int patienceMilliseconds = 10000;
    NumberBox::commitAll(m_stack);
    savePlace();
    if (!m_training->isTraining()) {
        return;
    }
    QEventLoop loop;
    connect(m_training, &TrainingPage::trainingEnded, &loop, &QEventLoop::quit);
    QTimer::singleShot(patienceMilliseconds, &loop, &QEventLoop::quit);
    m_training->requestPause();
    loop.exec(QEventLoop::ExcludeUserInputEvents);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!droppedPath(event->mimeData()).isEmpty()) {
        event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    open(droppedPath(event->mimeData()));
}

void MainWindow::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange) {
        showIcons();
    }
    QMainWindow::changeEvent(event);
}

void MainWindow::moveEvent(QMoveEvent* event)
{
    QMainWindow::moveEvent(event);
    if (isVisible()) {
        m_saveTimer.start();
    }
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    if (isVisible()) {
        m_saveTimer.start();
    }
}

void MainWindow::restorePlace()
{
    const QSettings settings;
    if (!restoreGeometry(settings.value(geometryKey).toByteArray())) {
        // Room for the frame and a panel of the desktop, or the status bar is out of sight.
        const QSize room = screen()->availableSize() - QSize(16, 56);
        resize(QSize(1280, 800).boundedTo(room).expandedTo(minimumSize()));
    }
    if (const auto page = pageFromName(settings.value(pageKey).toString())) {
        showPage(*page);
    }
}

void MainWindow::savePlace()
{
    m_saveTimer.stop();
    QSettings settings;
    settings.setValue(geometryKey, saveGeometry());
    settings.setValue(pageKey, QLatin1String(pageTable()[static_cast<std::size_t>(page())].name));
    settings.setValue(recipeKey, QString::fromStdString(formatRecipe(m_session->recipe())));
    // Without one yet, that of the time before is kept.
    if (m_session->hasDataset()) {
        settings.setValue(datasetKey, toText(m_session->dataset()->source));
    }
}

} // namespace thaw::ui
