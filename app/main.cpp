#include "app/crash_log.h"
#include "app/last_exit.h"
#include "app/signal_watch.h"
#include "app/start_options.h"
#include "core/base/error.h"
#include "core/base/heap.h"
#include "core/base/memory_use.h"
#include "core/base/paths.h"
#include "core/base/printable.h"
#include "core/base/signals.h"
#include "core/base/version.h"
#include "core/compute/compute_device.h"
#include "core/data/image/image_io.h"
#include "ui/main_window.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/training_page.h"
#include "ui/settings/crash_reports.h"

#include <QApplication>
#include <QPixmap>
#include <QTimer>
#include <QTranslator>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <string_view>

namespace {

/// Saves a picture of the window once its jobs have been quiet for a while, and quits.
void takeScreenshot(thaw::ui::MainWindow& window, const QString& file)
{
    constexpr int quietMilliseconds = 2000;
    auto* timer = new QTimer(&window);
    timer->setSingleShot(true);
    timer->setInterval(quietMilliseconds);
    QObject::connect(timer, &QTimer::timeout, &window, [&window, timer, file] {
        if (window.datasetPage()->isBusy()) {
            timer->start();
            return;
        }
        const bool saved = window.grab().save(file);
        if (!saved) {
            std::fprintf(stderr, "thaw: %s cannot be written\n", thaw::printable(file.toStdString()).c_str());
        }
        QCoreApplication::exit(saved ? 0 : 4);
    });
    timer->start();
}

/// Signals and the desktop's logging out stop a training as closing the window does, without a question.
void leaveCleanly(QApplication& application, thaw::ui::MainWindow& window)
{
    auto* watch = new thaw::SignalWatch(&window);
    QObject::connect(watch, &thaw::SignalWatch::stopRequested, &window, &thaw::ui::MainWindow::stopAndClose);
    // Not quit(), which asks every window again: a question may be open.
    QObject::connect(
        &window, &thaw::ui::MainWindow::left, &application, [] { QCoreApplication::exit(0); },
        Qt::QueuedConnection);
    QObject::connect(
        &application, &QGuiApplication::commitDataRequest, &window, [&window] { window.pauseAndWait(); },
        Qt::DirectConnection);
    QObject::connect(window.trainingPage(), &thaw::ui::TrainingPage::runStarted, &window,
                     [](const QString& run) { thaw::noteTrainingRun(thaw::ui::toPath(run)); });
    QObject::connect(window.trainingPage(), &thaw::ui::TrainingPage::trainingEnded, &window,
                     [] { thaw::noteTrainingRun({}); });
}

/// Whether the program is asked for nothing but words, for which it needs no display.
bool wantsWordsOnly(int argc, char** argv)
{
    return std::any_of(argv + 1, argv + argc, [](const std::string_view argument) {
        return argument == "-h" || argument == "--help" || argument == "-v" || argument == "--version";
    });
}

/// What every page needs. False after saying what is missing.
bool hasWhatItNeeds()
{
    try {
        thaw::requireStack();
        thaw::dataFolder();
        thaw::cacheFolder();
        thaw::stateFolder();
        return true;
    } catch (const thaw::Error& error) {
        std::fprintf(stderr, "thaw: %s\n", error.what());
        return false;
    }
}

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

} // namespace

int main(int argc, char** argv)
{
    thaw::keepFreedMemory();
    thaw::reportFailedWrites();
    thaw::provideHome();
    QCoreApplication::setApplicationName("thaw");
    QCoreApplication::setOrganizationName("thaw");
    QCoreApplication::setApplicationVersion(thaw::thawVersion);
    if (wantsWordsOnly(argc, argv)) {
        const QCoreApplication application(argc, argv);
        thaw::readStartOptions(argc, argv);
        return 0;
    }
    if (!hasDisplay()) {
        std::fputs("thaw: there is no display to show a window on; thaw-cli works without one\n", stderr);
        return 4;
    }
    if (!hasWhatItNeeds()) {
        return 4;
    }
    QApplication application(argc, argv);
    // Qt has taken over the user's locale, in which printf and strtod may have a decimal comma. What we and
    // our libraries write and read by them are files and code, not words for people.
    std::setlocale(LC_NUMERIC, "C");
    QGuiApplication::setApplicationDisplayName("Thaw");
    QGuiApplication::setDesktopFileName("thaw");
    QTranslator translator;
    // Without a translation for the user's language, English, which holds the plurals.
    if (translator.load(QLocale(), "thaw", "_", ":/i18n") || translator.load(":/i18n/thaw_en")) {
        QCoreApplication::installTranslator(&translator);
    }
    const thaw::StartOptions options = thaw::readStartOptions(argc, argv);
    thaw::installCrashLog(thaw::stateFolder());

    thaw::initialiseImageLibrary();
    thaw::setThreadCount(0);

    thaw::ui::applyTheme(application, options.theme);
    thaw::ui::Session session;
    thaw::ui::MainWindow window(&session);
    if (options.size) {
        window.resize(*options.size);
    }
    leaveCleanly(application, window);
    thaw::saveAtExit();
    window.show();
    window.takeUpWork(options.path.isEmpty());
    window.lookBack();
    if (!options.path.isEmpty()) {
        window.open(thaw::ui::toText(std::filesystem::absolute(thaw::ui::toPath(options.path))));
    }
    if (options.page) {
        window.showPage(*options.page);
    }
    if (!options.screenshot.isEmpty()) {
        takeScreenshot(window, options.screenshot);
    } else if (options.exitAfterStartup) {
        QTimer::singleShot(0, &application, &QCoreApplication::quit);
    }
    return thaw::endWell(QApplication::exec());
}
