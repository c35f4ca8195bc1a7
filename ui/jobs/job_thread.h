#pragma once

#include "core/base/progress.h"
#include "ui/text/error_text.h"

#include <QObject>
#include <QString>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

namespace thaw::ui {

/// Runs one piece of work at a time on a thread of its own and tells about it by signals. Lives in the
/// window's thread; connect with a context object of that thread, then every signal arrives there, queued.
/// Derive from it and add signals for results, emitted from inside the work (values only).
///
/// For each start(): any number of messageGiven() and progressed(), at most one failed(), and then exactly
/// one finished(), also after a stop. Nothing is delivered after finished(). No call here waits, except the
/// destructor, which requests a stop and joins.
class JobThread : public QObject
{
    Q_OBJECT

public:
    using Work = std::function<void(const std::stop_token& stop)>;

    explicit JobThread(QObject* parent = nullptr);
    ~JobThread() override;

    /// From start() until finished() is being delivered.
    bool isRunning() const { return m_running; }
    bool isStopRequested() const;
    /// Runs `work`; what it throws becomes failed(). False, and nothing happens, when one is running.
    bool start(Work work);
    void requestStop();
    /// Gives up a job that lives on the heap, whatever it is doing: it is asked to stop, tells nobody any
    /// more and deletes itself once its work returns, which on a disk that does not answer it may never do.
    static void abandon(JobThread* job);
    /// What it does from the next start() on is not for throwing away: stopAll() waits for its end.
    void setKept(bool kept) { m_isKept = kept; }
    /// For the program's end: asks all jobs of the process to stop. False when some are still at work after
    /// that time, none of them kept: then their objects must not be destroyed, which would wait for them.
    static bool stopAll(std::chrono::milliseconds patience);

    /// For use inside the work: signals as core's callbacks.
    ProgressCallback progressCallback();
    std::function<void(const std::string&)> messageCallback();

Q_SIGNALS:
    void progressed(qint64 done, qint64 total); ///< total 0: unknown
    void messageGiven(const QString& text);     ///< plain lines
    void failed(const thaw::ui::ErrorReport& error);
    void finished();

protected:
    /// Derived destructors call this first, so that the work never sees a half-destroyed object.
    void stopAndWait();

private:
    void end();

    std::thread m_thread;
    std::stop_source m_stop{std::nostopstate}; ///< of the work under way, or of the last
    bool m_running = false;
    bool m_isKept = false;
};

} // namespace thaw::ui
