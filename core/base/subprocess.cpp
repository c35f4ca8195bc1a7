#include "core/base/subprocess.h"

#include "core/base/error.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thaw {

namespace {

constexpr std::size_t outputLimit = std::size_t(64) * 1024;
constexpr int pollMilliseconds = 50;

struct Descriptor
{
    int value = -1;
    ~Descriptor() { reset(); }
    void reset()
    {
        if (value >= 0) {
            close(value);
        }
        value = -1;
    }
};

[[noreturn]] void failed(const std::string& program, int number)
{
    throw Error(ErrorCode::Internal, {}, program + " could not be started (" + std::strerror(number) + ")");
}

struct Start
{
    char* const* arguments;
    const char* folder; ///< null: this process's
    int output;
    int report; ///< takes an errno when the program cannot be started; closed when it was
    pid_t parent;
};

/// After fork(), where other threads' locks may be held for good: system calls alone.
[[noreturn]] void becomeProgram(const Start& start)
{
    // Of its own, so that what it starts in turn can be stopped with it.
    setpgid(0, 0);
    // When we are killed it ends too, instead of going on for nobody. Strictly, when the thread ends that
    // started it, which waits for it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int number = 0;
    const int input = open("/dev/null", O_RDONLY);
    if (getppid() != start.parent) {
        _exit(127);
    }
    for (const int ignored : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM}) {
        signal(ignored, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(start.output, STDOUT_FILENO) < 0 ||
        dup2(start.output, STDERR_FILENO) < 0 || (start.folder && chdir(start.folder) != 0))
    {
        number = errno;
    } else {
        close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
        execvp(start.arguments[0], start.arguments);
        number = errno;
    }
    [[maybe_unused]] const auto told = write(start.report, &number, sizeof number);
    _exit(127);
}

/// @return 0, or errno
int spawn(const std::vector<std::string>& arguments, const std::filesystem::path& folder, int output,
          pid_t& child)
{
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) {
        pointers.push_back(const_cast<char*>(argument.c_str()));
    }
    pointers.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return errno;
    }
    const Descriptor readEnd{ends[0]};
    Descriptor writeEnd{ends[1]};
    const Start start{pointers.data(), folder.empty() ? nullptr : folder.c_str(), output, writeEnd.value,
                      getpid()};

    // Our handlers must not run in the child, which shares the pipe that they write to.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    child = fork();
    if (child == 0) {
        becomeProgram(start);
    }
    const int forkError = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (forkError != 0) {
        return forkError;
    }
    writeEnd.reset();
    int number = 0;
    ssize_t count = 0;
    do {
        count = read(readEnd.value, &number, sizeof number);
    } while (count < 0 && errno == EINTR);
    if (count == sizeof number) {
        waitpid(child, nullptr, 0);
        return number;
    }
    return 0;
}

/// Appends what the pipe holds now. @return false at its end
bool drain(int descriptor, std::string& output)
{
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t count = read(descriptor, buffer.data(), buffer.size());
        if (count <= 0) {
            return count < 0 && (errno == EAGAIN || errno == EINTR);
        }
        output.append(buffer.data(), static_cast<std::size_t>(count));
        if (output.size() > 2 * outputLimit) {
            output.erase(0, output.size() - outputLimit);
        }
    }
}

} // namespace

std::optional<ProcessResult> runProcess(const std::vector<std::string>& arguments,
                                        const std::filesystem::path& workingFolder,
                                        const std::stop_token& stop)
{
    if (arguments.empty()) {
        throw Error(ErrorCode::Internal, {}, "no program was named");
    }
    if (stop.stop_requested()) {
        return std::nullopt;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        failed(arguments.front(), errno);
    }
    Descriptor readEnd{ends[0]};
    Descriptor writeEnd{ends[1]};
    fcntl(readEnd.value, F_SETFL, O_NONBLOCK);

    pid_t child = 0;
    const int error = spawn(arguments, workingFolder, writeEnd.value, child);
    writeEnd.reset();
    if (error == ENOENT && (workingFolder.empty() || std::filesystem::is_directory(workingFolder))) {
        return ProcessResult{127, arguments.front() + " is not installed"};
    }
    if (error != 0) {
        failed(arguments.front(), error);
    }

    ProcessResult result;
    int status = 0;
    bool open = true;
    // The program's end is asked for besides the pipe's: something it left behind may hold the pipe open.
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (stop.stop_requested()) {
            kill(-child, SIGKILL);
            waitpid(child, &status, 0);
            return std::nullopt;
        }
        pollfd ready{open ? readEnd.value : -1, POLLIN, 0};
        poll(&ready, 1, pollMilliseconds);
        open = open && drain(readEnd.value, result.output);
    }
    drain(readEnd.value, result.output);
    if (result.output.size() > outputLimit) {
        result.output.erase(0, result.output.size() - outputLimit);
    }
    result.exitStatus = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

} // namespace thaw
