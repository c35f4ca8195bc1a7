#include "ui/jobs/job_thread.h"

#include "ui/plain_text.h"

#include <utility>

namespace thaw::ui {

JobThread::JobThread(QObject* parent) : QObject(parent)
{
    qRegisterMetaType<ErrorReport>();
}

JobThread::~JobThread()
{
    stopAndWait();
}

bool JobThread::isStopRequested() const
{
    return m_thread.get_stop_token().stop_requested();
}

bool JobThread::start(Work work)
{
    if (m_running) {
        return false;
    }
    m_running = true;
    m_thread = std::jthread([this, work = std::move(work)](const std::stop_token& stop) {
        try {
            work(stop);
        } catch (...) {
            Q_EMIT failed(currentErrorReport());
        }
        QMetaObject::invokeMethod(this, &JobThread::end, Qt::QueuedConnection);
    });
    return true;
}

void JobThread::requestStop()
{
    m_thread.request_stop();
}

ProgressCallback JobThread::progressCallback()
{
    return [this](const Progress& progress) { Q_EMIT progressed(progress.done, progress.total); };
}

std::function<void(const std::string&)> JobThread::messageCallback()
{
    return [this](const std::string& text) { Q_EMIT messageGiven(plainLines(text)); };
}

void JobThread::stopAndWait()
{
    m_thread.request_stop();
    if (m_thread.joinable()) {
        m_thread.join();
    }
}

void JobThread::end()
{
    // The thread has nothing left to do but return.
    m_thread.join();
    m_running = false;
    Q_EMIT finished();
}

} // namespace thaw::ui
