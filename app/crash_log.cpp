#include "app/crash_log.h"

#include "core/base/version.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <execinfo.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace thaw {

namespace {

constexpr std::array crashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t longestText = 1024;

// All that a handler may touch: memory that is there already, and system calls.
char logFile[longestText];
char trainingRun[longestText];
char thrown[longestText];
std::atomic<bool> isWritten{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch only lock-free atomics");

void copyText(char (&target)[longestText], std::string_view text)
{
    const std::size_t length = std::min(text.size(), longestText - 1);
    // The end first: a handler in between reads an old or a shorter text, never beyond it.
    target[length] = '\0';
    std::memcpy(target, text.data(), length);
}

void put(int file, const char* text)
{
    [[maybe_unused]] const auto written = write(file, text, std::strlen(text));
}

const char* nameOfSignal(int signal)
{
    switch (signal) {
    case SIGSEGV:
        return "SIGSEGV (memory that is not there)";
    case SIGBUS:
        return "SIGBUS (a file or memory that went away)";
    case SIGFPE:
        return "SIGFPE (arithmetic)";
    case SIGILL:
        return "SIGILL (an instruction the processor does not know)";
    default:
        return "SIGABRT (given up)";
    }
}

void onCrash(int crash)
{
    // Another thread is writing already, and ends the program when it is done.
    while (isWritten.exchange(true)) {
        pause();
    }
    const int file = open(logFile, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) {
        put(file, "Thaw ");
        put(file, thawVersion);
        put(file, "\nsignal: ");
        put(file, nameOfSignal(crash));
        put(file, thrown[0] ? "\nexception: " : "");
        put(file, thrown);
        put(file, "\ntraining: ");
        put(file, trainingRun[0] ? trainingRun : "none");
        put(file, "\nstack:\n");
        std::array<void*, 64> frames{};
        backtrace_symbols_fd(frames.data(), backtrace(frames.data(), int(frames.size())), file);
        close(file);
    }
    // The system's course, a core file perhaps; the signal waits until this returns.
    signal(crash, SIG_DFL);
    raise(crash);
}

[[noreturn]] void onTerminate()
{
    try {
        if (const std::exception_ptr current = std::current_exception()) {
            std::rethrow_exception(current);
        }
    } catch (const std::exception& exception) {
        copyText(thrown, exception.what());
    } catch (...) {
        copyText(thrown, "of an unknown kind");
    }
    std::abort();
}

std::string timeText()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    localtime_r(&now, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts)};
}

} // namespace

void installCrashLog(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const std::string name = "crash-" + timeText() + "-" + std::to_string(getpid()) + ".log";
    const std::string file = (folder / name).string();
    if (error || file.size() >= longestText) {
        return;
    }
    copyText(logFile, file);
    // The first call loads a library, which a handler must not.
    std::array<void*, 1> frame{};
    backtrace(frame.data(), 1);

    // A stack that has run out is a cause too.
    static std::array<char, std::size_t(64) * 1024> ownStack;
    stack_t stack = {};
    stack.ss_sp = ownStack.data();
    stack.ss_size = ownStack.size();
    sigaltstack(&stack, nullptr);
    struct sigaction action = {};
    action.sa_handler = onCrash;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    // A crash inside the handler is not handled: the system ends the program.
    for (const int crash : crashes) {
        sigaddset(&action.sa_mask, crash);
    }
    for (const int crash : crashes) {
        sigaction(crash, &action, nullptr);
    }
    std::set_terminate(onTerminate);
}

void noteTrainingRun(const std::filesystem::path& run)
{
    copyText(trainingRun, run.string());
}

} // namespace thaw
