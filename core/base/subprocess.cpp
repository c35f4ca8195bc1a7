#include "core/base/subprocess.h"

#include "core/base/error.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
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

/// Starts the program in a process group of its own, so that what it starts in turn can be stopped with it.
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

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (!folder.empty()) {
        posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    }

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    sigaddset(&standard, SIGINT);
    sigaddset(&standard, SIGTERM);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    const int result =
        posix_spawnp(&child, pointers.front(), &actions, &attributes, pointers.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result;
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
