#include "tests/app/cli_server.h"

#include "app/cli/program.h"
#include "core/base/heap.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thaw::test {

namespace {

// Far beyond what any call needs; only a hang gets there.
constexpr unsigned limitSeconds = 120;

int server = -1; ///< our end of the socket

bool sendAll(int socket, const void* data, std::size_t size)
{
    const auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

bool receiveAll(int socket, void* data, std::size_t size)
{
    auto* bytes = static_cast<char*>(data);
    while (size > 0) {
        const ssize_t received = recv(socket, bytes, size, 0);
        if (received < 0 && errno == EINTR) {
            continue;
        }
        if (received <= 0) {
            return false;
        }
        bytes += received;
        size -= static_cast<std::size_t>(received);
    }
    return true;
}

bool sendText(int socket, const std::string& text)
{
    const std::uint64_t size = text.size();
    return sendAll(socket, &size, sizeof size) && sendAll(socket, text.data(), text.size());
}

bool receiveText(int socket, std::string& text)
{
    std::uint64_t size = 0;
    if (!receiveAll(socket, &size, sizeof size)) {
        return false;
    }
    text.resize(size);
    return receiveAll(socket, text.data(), size);
}

bool sendTexts(int socket, const std::vector<std::string>& texts)
{
    bool good = sendText(socket, std::to_string(texts.size()));
    for (const std::string& text : texts) {
        good = good && sendText(socket, text);
    }
    return good;
}

bool receiveTexts(int socket, std::vector<std::string>& texts)
{
    std::string count;
    if (!receiveText(socket, count)) {
        return false;
    }
    texts.resize(std::stoul(count));
    for (std::string& text : texts) {
        if (!receiveText(socket, text)) {
            return false;
        }
    }
    return true;
}

void open(const char* path, int flags, int descriptor)
{
    const int opened = ::open(path, flags | O_CLOEXEC, 0600);
    if (opened < 0 || dup2(opened, descriptor) < 0) {
        _exit(125);
    }
    close(opened);
}

/// Becomes thaw-cli.
[[noreturn]] void become(CliCall& call)
{
    alarm(limitSeconds);
    open("/dev/null", O_RDONLY, STDIN_FILENO);
    open(call.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    open(call.err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    if (chdir(call.folder.c_str()) != 0) {
        _exit(125);
    }
    clearenv();
    for (std::string& variable : call.environment) {
        putenv(variable.data());
    }
    std::vector<char*> words;
    std::string program = "thaw-cli";
    words.push_back(program.data());
    for (std::string& argument : call.arguments) {
        words.push_back(argument.data());
    }
    const auto count = static_cast<int>(words.size());
    words.push_back(nullptr);
    keepFreedMemory();
    const int status = cli::runProgram(count, words.data());
    std::fflush(nullptr);
    _exit(status);
}

[[noreturn]] void serve(int socket)
{
    CliCall call;
    while (receiveText(socket, call.folder) && receiveText(socket, call.out) &&
           receiveText(socket, call.err) && receiveTexts(socket, call.environment) &&
           receiveTexts(socket, call.arguments))
    {
        const pid_t child = fork();
        if (child == 0) {
            close(socket);
            become(call);
        }
        int status = 0;
        while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        const int exitStatus = child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (!sendAll(socket, &exitStatus, sizeof exitStatus)) {
            break;
        }
    }
    _exit(0);
}

} // namespace

void startCliServer()
{
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::runtime_error("no socket for the server of thaw-cli");
    }
    const pid_t child = fork();
    if (child < 0) {
        throw std::runtime_error("no process for the server of thaw-cli");
    }
    if (child == 0) {
        close(ends[0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(ends[1]);
    }
    close(ends[1]);
    server = ends[0];
}

int runInFork(const CliCall& call)
{
    int exitStatus = -1;
    const bool answered = sendText(server, call.folder) && sendText(server, call.out) &&
                          sendText(server, call.err) && sendTexts(server, call.environment) &&
                          sendTexts(server, call.arguments) &&
                          receiveAll(server, &exitStatus, sizeof exitStatus);
    if (!answered) {
        throw std::runtime_error("the server of thaw-cli is gone");
    }
    return exitStatus;
}

} // namespace thaw::test
