#include "tests/support/test_registry.h"
#include "ui/jobs/job_thread.h"

#include <QPointer>
#include <QSignalSpy>
#include <QtTest>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

using namespace thaw;
using namespace thaw::ui;

class TestJobThread : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsInOrderAndInTheWindowsThread()
    {
        JobThread job;
        QStringList events;
        bool otherThread = false;
        const auto note = [&](const QString& event) {
            otherThread = otherThread || QThread::currentThread() != thread();
            events << event;
        };
        connect(&job, &JobThread::messageGiven, this, note);
        connect(&job, &JobThread::progressed, this,
                [&](qint64 done, qint64) { note(QString::number(done)); });
        connect(&job, &JobThread::finished, this, [&] { note("finished"); });
        QVERIFY(job.start([&job](std::stop_token) {
            job.messageCallback()("hello");
            job.progressCallback()({1, 2});
            job.progressCallback()({2, 2});
        }));
        QVERIFY(job.isRunning());
        QTRY_VERIFY(!job.isRunning());
        QCOMPARE(events, QStringList({"hello", "1", "2", "finished"}));
        QVERIFY(!otherThread);
    }

    void runsOneAtATimeAndAgain()
    {
        JobThread job;
        int runs = 0;
        connect(&job, &JobThread::finished, this, [&] {
            QVERIFY(!job.isRunning());
            if (++runs == 1) {
                QVERIFY(job.start([](std::stop_token) {}));
            }
        });
        QVERIFY(job.start([](std::stop_token) {}));
        QVERIFY(!job.start([](std::stop_token) {}));
        QTRY_COMPARE(runs, 2);
    }

    void turnsExceptionsIntoReports()
    {
        JobThread job;
        QSignalSpy failed(&job, &JobThread::failed);
        QSignalSpy finished(&job, &JobThread::finished);
        job.start([](std::stop_token) { throw Error(ErrorCode::DiskFull, "/x", "no space", "free some"); });
        QTRY_COMPARE(finished.count(), 1);
        QCOMPARE(failed.count(), 1);
        const auto report = failed[0][0].value<ErrorReport>();
        QCOMPARE(report.code, ErrorCode::DiskFull);
        QCOMPARE(errorText(report), QString("/x\nNo space.\nFree some."));

        job.start([](std::stop_token) { throw std::bad_alloc(); });
        QTRY_COMPARE(finished.count(), 2);
        QCOMPARE(failed[1][0].value<ErrorReport>().code, ErrorCode::OutOfMemory);
    }

    void stopsWhenAsked()
    {
        JobThread job;
        QSignalSpy finished(&job, &JobThread::finished);
        job.start(waitForStop());
        QVERIFY(!job.isStopRequested());
        job.requestStop();
        QVERIFY(job.isStopRequested());
        QTRY_COMPARE(finished.count(), 1);
    }

    void destructionStopsAndJoins()
    {
        std::atomic_bool ended = false;
        {
            JobThread job;
            job.start([&](std::stop_token stop) {
                waitForStop()(stop);
                ended = true;
            });
        }
        QVERIFY(ended);
    }

    void anAbandonedJobTellsNobodyAndGoesByItself()
    {
        std::promise<void> answer;
        QPointer<JobThread> job(new JobThread(this));
        QSignalSpy finished(job, &JobThread::finished);
        job->start(
            [&](std::stop_token) { answer.get_future().wait(); }); // deaf to its stop, as a dead disk is
        JobThread::abandon(job);
        QVERIFY(job && job->isRunning());
        QVERIFY(!JobThread::stopAll(std::chrono::milliseconds(1)));
        answer.set_value();
        QTRY_VERIFY(!job);
        QCOMPARE(finished.count(), 0);
        job = new JobThread(this);
        JobThread::abandon(job); // has nothing to do
        QTRY_VERIFY(!job);
    }

    void theEndWaitsForWhatIsKept()
    {
        std::promise<void> answer;
        JobThread reading;
        JobThread writing;
        writing.setKept(true);
        QVERIFY(reading.start(waitForStop()));
        QVERIFY(writing.start([&](std::stop_token) { answer.get_future().wait(); }));
        std::atomic_bool ended = false;
        std::thread end([&] {
            JobThread::stopAll(std::chrono::milliseconds(1));
            ended = true;
        });
        QTRY_VERIFY(reading.isStopRequested());
        QVERIFY(!ended);
        answer.set_value();
        end.join();
        QVERIFY(ended);
    }

private:
    static JobThread::Work waitForStop()
    {
        return [](std::stop_token stop) {
            std::mutex mutex;
            std::condition_variable_any wakeUp;
            std::unique_lock lock(mutex);
            wakeUp.wait(lock, stop, [] { return false; });
        };
    }
};

THAW_TEST(TestJobThread)
#include "test_job_thread.moc"
