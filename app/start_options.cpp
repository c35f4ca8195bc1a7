#include "app/start_options.h"

#include "core/base/printable.h"
#include "ui/page_table.h"

#include <QCommandLineParser>
#include <QRegularExpression>

#include <cstdio>
#include <cstdlib>

namespace thaw {

namespace {

[[noreturn]] void refuse(const QString& text)
{
    std::fprintf(stderr, "thaw: %s; see thaw --help\n", printable(text.toStdString()).c_str());
    std::exit(2);
}

} // namespace

StartOptions readStartOptions(int argc, char** argv)
{
    QStringList arguments;
    for (int i = 0; i < argc; ++i) {
        arguments << ui::bytesToText(argv[i]);
    }
    const auto tr = [](const char* text) { return QCoreApplication::translate("main", text); };
    QCommandLineParser parser;
    parser.setApplicationDescription(tr("Fine-tune VGG16 on your own pictures."));
    const auto help = parser.addHelpOption();
    const auto version = parser.addVersionOption();
    const QCommandLineOption theme("theme", tr("Colours: system, light or dark."), "THEME", "system");
    QStringList pages;
    for (const ui::PageRow& row : ui::pageTable()) {
        pages << row.name;
    }
    const QCommandLineOption page("page", tr("Page shown: %1.").arg(pages.join(", ")), "NAME");
    const QCommandLineOption size("size", tr("Size of the window, 1280x800 for example."), "WIDTHxHEIGHT");
    const QCommandLineOption screenshot(
        "screenshot", tr("Save a picture of the window when it has settled, and quit."), "FILE");
    const QCommandLineOption exit("exit-after-startup", tr("Quit as soon as the window is shown."));
    parser.addOptions({theme, page, size, screenshot, exit});
    parser.addPositionalArgument("PATH", tr("A data set, a run or a recipe to open."),
                                 "[DATASET | RUN | RECIPE]");
    if (!parser.parse(arguments)) {
        refuse(parser.errorText());
    }
    if (parser.isSet(help)) {
        parser.showHelp(0);
    }
    if (parser.isSet(version)) {
        parser.showVersion();
    }

    StartOptions options;
    if (parser.positionalArguments().size() > 1) {
        refuse(tr("only one data set, run or recipe can be opened"));
    }
    options.path = parser.positionalArguments().value(0);
    if (const auto mode = ui::themeModeFromName(parser.value(theme))) {
        options.theme = *mode;
    } else {
        refuse(tr("unknown theme %1").arg(parser.value(theme)));
    }
    if (parser.isSet(page)) {
        options.page = ui::pageFromName(parser.value(page));
        if (!options.page) {
            refuse(tr("unknown page %1").arg(parser.value(page)));
        }
    }
    if (parser.isSet(size)) {
        static const QRegularExpression form("^(\\d{3,5})x(\\d{3,5})$");
        const auto match = form.match(parser.value(size));
        if (!match.hasMatch()) {
            refuse(tr("%1 is not a size").arg(parser.value(size)));
        }
        options.size = QSize(match.captured(1).toInt(), match.captured(2).toInt());
    }
    options.screenshot = parser.value(screenshot);
    options.exitAfterStartup = parser.isSet(exit);
    return options;
}

} // namespace thaw
