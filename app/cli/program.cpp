#include "app/cli/program.h"

#include "app/cli/exit_status.h"
#include "app/cli/remedy_words.h"
#include "app/cli/stop_signals.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/memory_use.h"
#include "core/base/version.h"
#include "core/data/image/image_io.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fcntl.h>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace thaw::cli {

namespace {

/// A file opened while descriptor 1 is closed would become standard output and collect our results.
void openStandardDescriptors()
{
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(descriptor, F_GETFD) == -1) {
            [[maybe_unused]] const int opened = open("/dev/null", O_RDWR);
        }
    }
}

/// Words that are no verb.
void checkVerb(const std::vector<std::string_view>& words)
{
    if (words.empty() || words[0].starts_with('-')) {
        return;
    }
    const std::string advice = "see thaw-cli --help";
    if (std::none_of(verbs().begin(), verbs().end(), [&](const Verb& verb) { return words[0] == verb.name; }))
    {
        throw Error(ErrorCode::Usage, {}, "there is no verb '" + std::string(words[0]) + "'", advice);
    }
}

std::string oneLine(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '.')) {
        text.pop_back();
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

int dispatch(int argc, char** argv, Context& context)
{
    checkVerb(std::vector<std::string_view>(argv + std::min(argc, 1), argv + argc));

    CLI::App app{
        "Fine-tunes VGG16 on your own pictures. Results go to standard output, messages and progress to "
        "standard error.",
        "thaw-cli"};
    app.set_version_flag("--version", std::string("thaw-cli ") + thawVersion);
    app.set_help_flag("-h,--help", "Print this help and leave");
    app.require_subcommand(1);
    app.footer(
        "thaw-cli VERB --help tells the options of a verb.\n"
        "Exit status: 0 done, 1 the work failed, 2 wrong usage, 3 the input is at fault, 4 the machine is,\n"
        "130 stopped by Ctrl-C or a signal with everything saved, 131 left at once by a second Ctrl-C.");
    std::vector<std::pair<CLI::App*, Action>> actions;
    for (const Verb& verb : verbs()) {
        CLI::App* command = app.add_subcommand(verb.name, verb.help);
        actions.emplace_back(command, verb.add(*command));
    }

    std::string verbName;
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& request) {
        std::ostringstream text;
        app.exit(request, text, text);
        context.out.write(text.str());
        return exitDone;
    } catch (const CLI::ParseError& error) {
        for (const auto& [command, action] : actions) {
            verbName = command->parsed() ? command->get_name() + " " : verbName;
        }
        const bool bare = verbName.empty() && argc < 2;
        throw Error(ErrorCode::Usage, {}, bare ? "a verb is missing" : oneLine(error.what()),
                    "see thaw-cli " + verbName + "--help");
    }
    for (const auto& [command, action] : actions) {
        if (command->parsed()) {
            return action(context);
        }
    }
    return exitUsage;
}

} // namespace

int runProgram(int argc, char** argv)
{
    openStandardDescriptors();
    Output out;
    StatusLine status;
    const auto fail = [&status] {
        const Error error = currentError();
        status.print("thaw-cli: " + errorLine(error));
        return exitStatusOf(error.kind());
    };
    try {
        requireStack();
        initialiseImageLibrary();
        const StopSignals signals([&status] { status.print("Stopping … (once more leaves at once)"); });
        Context context{out, status, signals.token()};
        int exitStatus = exitFailed;
        try {
            exitStatus = dispatch(argc, argv, context);
        } catch (...) {
            exitStatus = fail();
        }
        status.clear();
        out.flush();
        return exitStatus;
    } catch (...) {
        return fail();
    }
}

} // namespace thaw::cli
