#include "core/compute/compute_device.h"
#include "core/run/run_store.h"
#include "core/train/features/feature_bank.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <functional>
#include <string>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

/// Calls back at the moments that a test wants.
class LossListener : public TrainObserver
{
public:
    void runStarted(const RunStarted&) override { reach("start"); }
    void batchDone(const BatchProgress& progress) override
    {
        // The last batch of a stage is always told.
        if (progress.step == progress.steps) {
            reach(progress.stage == TrainStage::Preparing  ? "prepared"
                  : progress.stage == TrainStage::Training ? "trained"
                                                           : "measured");
        }
    }
    void epochDone(const EpochMetrics&, bool) override
    {
        ++epochs;
        reach("epoch " + std::to_string(epochs));
    }
    void noticeGiven(const Notice& notice) override
    {
        messages += toJsonLine(notice) + "\n";
        if (notice.code == NoticeCode::WaitsForPictures) {
            ++waits;
            onWait();
        }
    }

    std::string moment; ///< at which onMoment is called, once
    std::function<void()> onMoment;
    std::function<void()> onWait = [] {};
    std::string messages;
    int waits = 0;
    int epochs = 0;

private:
    void reach(const std::string& reached)
    {
        if (reached == moment) {
            moment.clear();
            onMoment();
        }
    }
};

} // namespace

/// The folder of the pictures goes while a run needs it, and comes back or does not.
class TestLostPictures : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_data, {{"blue", "red"}, 12, 32, false, 1});
        setThreadCount(1);
    }

    void whatComesBackChangesNothing_data()
    {
        QTest::addColumn<QString>("moment");
        QTest::addColumn<bool>("keepsFeatures");
        QTest::addColumn<int>("views");
        QTest::newRow("before the stored features") << "start" << true << 0;
        QTest::newRow("before the first epoch") << "prepared" << true << 0;
        QTest::newRow("before a validation") << "trained" << false << 0;
        QTest::newRow("between phases") << "epoch 1" << false << 0;
        QTest::newRow("before the test") << "epoch 2" << false << 0;
        QTest::newRow("before the first stored view") << "prepared" << true << 2;
        QTest::newRow("before the second stored view") << "epoch 1" << true << 2;
    }

    void whatComesBackChangesNothing()
    {
        QFETCH(QString, moment);
        QFETCH(bool, keepsFeatures);
        QFETCH(int, views);
        TrainRequest request = requestFor("whole", keepsFeatures);
        request.recipe.augmentation.views = views;
        LossListener undisturbed;
        QCOMPARE(trainRun(request, undisturbed).state, RunState::Finished);
        QCOMPARE(undisturbed.waits, 0);

        fs::remove_all(featureBanksFolder());
        request.folder = clean("run");
        LossListener listener = losingAt(moment.toStdString());
        listener.onWait = [this] { fs::rename(m_away, m_data); };
        const RunRecord record = trainRun(request, listener);
        QCOMPARE(record.error, std::string());
        QCOMPARE(record.state, RunState::Finished);
        QCOMPARE(listener.waits, 1);
        QVERIFY(record.excluded.empty());
        QVERIFY(test::outcomeOf(request.folder) == test::outcomeOf(m_folder / "whole"));
    }

    // The wait of an hour ends with the request, and nothing is lost.
    void aStopEndsTheWaiting()
    {
        TrainRequest request = requestFor("whole", true);
        LossListener undisturbed;
        QCOMPARE(trainRun(request, undisturbed).state, RunState::Finished);

        fs::remove_all(featureBanksFolder());
        request.folder = clean("run");
        request.saving.retryAfter = 3600;
        LossListener listener = losingAt("prepared");
        std::stop_source stop;
        listener.onWait = [&] { stop.request_stop(); };
        QCOMPARE(trainRun(request, listener, stop.get_token()).state, RunState::Stopped);
        fs::rename(m_away, m_data);
        LossListener again;
        QCOMPARE(resumeRun(request.folder, {}, again).state, RunState::Finished);
        QVERIFY(test::outcomeOf(request.folder) == test::outcomeOf(m_folder / "whole"));
    }

    // The loss over no pictures is no loss at all, which would be the best there is.
    void anEpochWithoutPicturesFailsTheRun_data()
    {
        QTest::addColumn<int>("split");
        QTest::newRow("training") << static_cast<int>(Split::Train);
        QTest::newRow("validation") << static_cast<int>(Split::Validation);
    }

    void anEpochWithoutPicturesFailsTheRun()
    {
        QFETCH(int, split);
        const auto lost = static_cast<Split>(split);
        TrainRequest request = requestFor("run", false);
        LossListener listener;
        listener.moment = "epoch 1";
        listener.onMoment = [&] {
            for (const std::size_t index : request.dataset.indicesOf(lost)) {
                const fs::path picture = request.dataset.pathOf(request.dataset.samples[index]);
                fs::rename(picture, picture.string() + ".away");
            }
        };
        const RunRecord record = trainRun(request, listener);
        QCOMPARE(record.state, RunState::Failed);
        QCOMPARE(record.errorCode, std::string("dataset-invalid"));
        QVERIFY2(record.error.find("none of its " + std::string(nameOf(lost)).substr(0, 5)) !=
                     std::string::npos,
                 record.error.c_str());
        QCOMPARE(listener.epochs, 1);
        QCOMPARE(record.best.size(), std::size_t(1));
        for (const std::size_t index : request.dataset.indicesOf(lost)) {
            const fs::path picture = request.dataset.pathOf(request.dataset.samples[index]);
            fs::rename(picture.string() + ".away", picture);
        }
    }

private:
    fs::path clean(const std::string& name)
    {
        fs::remove_all(m_folder / name);
        return m_folder / name;
    }
    TrainRequest requestFor(const std::string& run, bool keepsFeatures)
    {
        Recipe recipe = test::narrowRecipe(1, 1);
        recipe.keepValidationFeatures = keepsFeatures;
        TrainRequest request = test::narrowRequest(recipe, m_data, clean(run));
        request.saving = {0, 0, 0, 0};
        return request;
    }
    LossListener losingAt(const std::string& moment)
    {
        LossListener listener;
        listener.moment = moment;
        listener.onMoment = [this] { fs::rename(m_data, m_away); };
        return listener;
    }

    test::TemporaryFolder m_folder;
    fs::path m_data = m_folder / "data";
    fs::path m_away = m_folder / "away";
};

THAW_TEST(TestLostPictures)
#include "test_lost_pictures.moc"
