#include "app/cli/stop_signals.h"

#include "core/base/error.h"
#include "core/base/signals.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace thaw::cli {

namespace {

// A handler can reach nothing but globals.
std::atomic<StopRequests*> requests{nullptr};
int pipeEnds[2] = {-1, -1};

constexpr char stopByte = 's';
constexpr char quitByte = 'q';

void onSignal(int signal)
{
    const int before = errno;
    StopRequests* const seen = requests.load();
    if (seen && seen->isInsisted(signal)) {
        _exit(exitLeftAtOnce);
    }
    [[maybe_unused]] const auto written = write(pipeEnds[1], &stopByte, 1);
    errno = before;
}

void handle(int signal)
{
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

bool isIgnored(int signal)
{
    struct sigaction action = {};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

StopSignals::StopSignals(std::function<void()> firstSignal)
{
    if (pipe2(pipeEnds, O_CLOEXEC) != 0) {
        throw Error(ErrorCode::OutOfMemory, {}, "no pipe for signals can be made", "close some programs");
    }
    requests = &m_requests;
    m_watcher = std::thread([this, firstSignal = std::move(firstSignal)] {
        char byte = 0;
        while (read(pipeEnds[0], &byte, 1) < 0 && errno == EINTR) {
        }
        if (byte == stopByte) {
            firstSignal();
            m_source.request_stop();
        }
    });
    handle(SIGINT);
    handle(SIGTERM);
    if (!isIgnored(SIGHUP)) {
        handle(SIGHUP);
    }
}

StopSignals::~StopSignals()
{
    [[maybe_unused]] const auto written = write(pipeEnds[1], &quitByte, 1);
    m_watcher.join();
    requests = nullptr;
}

} // namespace thaw::cli
