#include "ui/jobs/job_thread.h"

#include "ui/text/plain_text.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace thaw::ui {

namespace {

/// Works under way in the process, each by the source that stops it.
class WorkList
{
public:
    void add(const std::stop_source& work, bool isKept)
    {
        const std::lock_guard lock(m_mutex);
        m_works.push_back({work, isKept});
    }

    void remove(const std::stop_source& work)
    {
        const std::lock_guard lock(m_mutex);
        std::erase_if(m_works, [&](const Entry& entry) { return entry.work == work; });
        m_ended.notify_all();
    }

    bool stopAll(std::chrono::milliseconds patience)
    {
        std::unique_lock lock(m_mutex);
        const std::vector<Entry> entries = m_works;
        lock.unlock();
        for (const Entry& entry : entries) {
            entry.work.request_stop();
        }
        lock.lock();
        m_ended.wait_for(lock, patience, [this] { return m_works.empty(); });
        m_ended.wait(lock, [this] { return std::ranges::none_of(m_works, &Entry::isKept); });
        return m_works.empty();
    }

private:
    struct Entry
    {
        std::stop_source work;
        bool isKept = false;
    };

    std::mutex m_mutex;
    std::condition_variable m_ended;
    std::vector<Entry> m_works;
};

/// Never destroyed: a work that was given up may end after everything else.
WorkList& workList()
{
    static auto* list = new WorkList;
    return *list;
}

} // namespace

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
    return m_stop.stop_requested();
}

bool JobThread::start(Work work)
{
    if (m_running) {
        return false;
    }
    m_running = true;
    const std::stop_source source;
    workList().add(source, m_isKept);
    m_stop = source;
    m_thread = std::thread([this, source, work = std::move(work)] {
        const std::stop_token stop = source.get_token();
        try {
            work(stop);
        } catch (...) {
            Q_EMIT failed(currentErrorReport());
        }
        QMetaObject::invokeMethod(this, &JobThread::end, Qt::QueuedConnection);
        workList().remove(source);
    });
    return true;
}

void JobThread::requestStop()
{
    m_stop.request_stop();
}

void JobThread::abandon(JobThread* job)
{
    job->requestStop();
    job->setParent(nullptr);
    QObject::disconnect(job, nullptr, nullptr, nullptr);
    if (job->isRunning()) {
        connect(job, &JobThread::finished, job, &QObject::deleteLater);
    } else {
        job->deleteLater();
    }
}

bool JobThread::stopAll(std::chrono::milliseconds patience)
{
    return workList().stopAll(patience);
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
    m_stop.request_stop();
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
