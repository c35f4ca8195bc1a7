#include "app/signal_watch.h"

#include <QSocketNotifier>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace thaw {

namespace {

constexpr std::array watched{SIGTERM, SIGHUP, SIGINT};
// A handler can reach nothing but globals.
volatile std::sig_atomic_t pipeEnd = -1;
std::atomic<StopRequests*> requests{nullptr};

void onSignal(int signal)
{
    const int before = errno;
    StopRequests* const seen = requests.load();
    if (seen && seen->isInsisted(signal)) {
        _exit(exitLeftAtOnce);
    }
    const auto byte = static_cast<unsigned char>(signal);
    [[maybe_unused]] const auto written = write(pipeEnd, &byte, 1);
    errno = before;
}

} // namespace

SignalWatch::SignalWatch(QObject* parent) : QObject(parent)
{
    if (pipe2(m_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        return; // the system's own handling: the program ends, and runs go on from their checkpoints
    }
    pipeEnd = m_pipe[1];
    requests = &m_requests;
    auto* notifier = new QSocketNotifier(m_pipe[0], QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, &SignalWatch::receive);
    for (const int signal : watched) {
        struct sigaction action = {};
        // nohup asks for this.
        if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
            continue;
        }
        action = {};
        action.sa_handler = onSignal;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, nullptr);
    }
}

SignalWatch::~SignalWatch()
{
    if (m_pipe[0] < 0) {
        return;
    }
    for (const int watch : watched) {
        signal(watch, SIG_DFL);
    }
    pipeEnd = -1;
    requests = nullptr;
    close(m_pipe[0]);
    close(m_pipe[1]);
}

void SignalWatch::receive()
{
    unsigned char byte = 0;
    while (read(m_pipe[0], &byte, 1) == 1) {
        Q_EMIT stopRequested(byte);
    }
}

} // namespace thaw
