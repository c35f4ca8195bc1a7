#include "core/base/error.h"
#include "core/base/random.h"
#include "core/compute/compute_device.h"
#include "core/run/run_store.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

using namespace thaw;

namespace {

/// What a front end does with what it is told: keeps copies behind a mutex.
class Mailbox : public TrainObserver
{
public:
    void runStarted(const RunStarted& started) override
    {
        post([&] { m_folder = started.folder; });
    }
    void noticeGiven(const Notice& notice) override
    {
        post([&] { m_message = toJsonLine(notice); });
    }
    void batchDone(const BatchProgress& progress) override
    {
        post([&] { m_progress = progress; });
    }
    void epochDone(const EpochMetrics& metrics, bool) override
    {
        post([&] { m_epochs.push_back(metrics); });
    }
    void ended()
    {
        post([&] { m_ended = true; });
    }

    /// Until so many letters have come, or there will be no more.
    void waitFor(std::size_t letters)
    {
        std::unique_lock lock(m_mutex);
        m_came.wait(lock, [&] { return m_ended || m_letters >= letters; });
    }

private:
    template <typename Change>
    void post(Change change)
    {
        const std::lock_guard lock(m_mutex);
        change();
        ++m_letters;
        m_came.notify_all();
    }

    std::mutex m_mutex;
    std::condition_variable m_came;
    std::size_t m_letters = 0;
    bool m_ended = false;
    std::filesystem::path m_folder;
    std::string m_message;
    BatchProgress m_progress;
    std::vector<EpochMetrics> m_epochs;
};

} // namespace

/// Start, stop and resume in random orders on a thread of its own, as the window's jobs do it; made for the
/// thread sanitizer. THAW_SEQUENCES says how many orders.
class TestThreadOrders : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "data", {{"blue", "red"}, 12, 32, false, 1});
        setThreadCount(1);
        Mailbox mailbox;
        const TrainRequest request = test::narrowRequest(m_recipe, m_folder / "data", m_folder / "whole");
        QCOMPARE(trainRun(request, mailbox).state, RunState::Finished);
        m_expected = test::outcomeOf(m_folder / "whole");
    }

    void everyOrderEndsAlike()
    {
        const char* wanted = std::getenv("THAW_SEQUENCES");
        const int sequences = wanted ? std::atoi(wanted) : 8;
        int stops = 0;
        for (int sequence = 0; sequence < sequences; ++sequence) {
            RandomStream random(mixKey({2026, static_cast<std::uint64_t>(sequence)}));
            const auto run = m_folder / "run";
            std::filesystem::remove_all(run);
            RunState state = sitting(random, run, false);
            while (state != RunState::Finished) {
                QCOMPARE(state, RunState::Stopped);
                ++stops;
                state = sitting(random, run, true);
            }
            QVERIFY2(test::outcomeOf(run) == m_expected, qPrintable(QString::number(sequence)));
        }
        qInfo("%d sequences, %d stops", sequences, stops);
    }

private:
    /// From a start or a resume to an end; a stop is requested at a random moment, or never, or twice, while
    /// others look at the run.
    RunState sitting(RandomStream& random, const std::filesystem::path& run, bool isResumed)
    {
        Mailbox mailbox;
        std::stop_source stop;
        RunState state = RunState::Failed;
        const SaveOptions saving = random.below(2) == 0 ? SaveOptions{0, 0, 0, 0} : SaveOptions{};
        std::jthread worker([&, token = stop.get_token()] {
            try {
                if (isResumed) {
                    state = resumeRun(run, {.saving = saving}, mailbox, token).state;
                } else {
                    TrainRequest request = test::narrowRequest(m_recipe, m_folder / "data", run);
                    request.saving = saving;
                    state = trainRun(request, mailbox, token).state;
                }
            } catch (const Error& error) {
                qWarning("%s", error.what());
            }
            mailbox.ended();
        });
        mailbox.waitFor(random.below(12));
        switch (random.below(5)) {
        case 0:
            break;
        case 1:
            (void)listRuns(m_folder.path());
            break;
        case 2:
            stop.request_stop();
            (void)listRuns(m_folder.path());
            break;
        case 3: {
            // While one trains another must be refused; by the time it asks the run may have ended.
            mailbox.waitFor(1);
            Mailbox other;
            std::stop_source at;
            at.request_stop();
            try {
                resumeRun(run, {}, other, at.get_token());
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::Input) {
                    throw;
                }
            }
            stop.request_stop();
            break;
        }
        default:
            stop.request_stop();
            stop.request_stop();
            break;
        }
        worker.join();
        return state;
    }

    test::TemporaryFolder m_folder;
    Recipe m_recipe = test::narrowRecipe(1, 1);
    test::RunOutcome m_expected;
};

THAW_TEST(TestThreadOrders)
#include "test_thread_orders.moc"
