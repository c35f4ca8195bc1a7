#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/run/run_split.h"
#include "core/train/start/prepare_run.h"
#include "tests/support/error_code.h"
#include "tests/support/narrow_network.h"
#include "tests/support/notices.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <fstream>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

} // namespace

/// What comes before a run, for whoever starts it.
class TestPrepareRun : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        setThreadCount(1);
    }
    void init()
    {
        m_number = std::to_string(std::stoi(m_number) + 1);
        m_pictures = m_folder / ("pictures " + m_number);
        test::writeSyntheticDataset(m_pictures, {{"blue", "red"}, 12, 40, true, 7});
        m_order = {};
        m_order.recipe = test::narrowRecipe(1, 1);
        m_order.dataset = m_pictures;
        m_order.runsRoot = m_folder / ("runs " + m_number);
        m_steps.clear();
        m_notices = {};
    }

    void aFolderIsClaimedAndGivenBack()
    {
        fs::path folder;
        {
            const auto prepared = prepare();
            QVERIFY(prepared);
            QCOMPARE(m_steps, (std::vector{Preparation::Dataset, Preparation::Weights, Preparation::Run}));
            folder = prepared->request.folder;
            QCOMPARE(folder.parent_path(), m_order.runsRoot);
            QVERIFY(fs::is_directory(folder));
            // Another start within the same minute.
            const auto other = prepare();
            QVERIFY(other->request.folder != folder);
        }
        QVERIFY(fs::is_empty(m_order.runsRoot)); // no run came of them
        const auto prepared = prepare();
        TrainObserver nobody;
        QCOMPARE(trainRun(prepared->request, nobody).state, RunState::Finished);
        folder = prepared->request.folder;
        QVERIFY(isRunFolder(folder));
    }

    void aRunStaysWhenItsClaimEnds()
    {
        fs::path folder;
        {
            const auto prepared = prepare();
            TrainObserver nobody;
            trainRun(prepared->request, nobody);
            folder = prepared->request.folder;
        }
        QVERIFY(isRunFolder(folder));
    }

    void whatWasScannedIsNotReadAgain()
    {
        ScanOptions options;
        options.shares = m_order.recipe.split;
        m_order.scanned = std::make_shared<const DatasetIndex>(*scanDataset(m_pictures, options));
        const auto prepared = prepare();
        QCOMPARE(m_steps, (std::vector{Preparation::Weights, Preparation::Run}));
        QVERIFY(prepared->request.dataset == *m_order.scanned);
    }

    void aFolderInUseIsRefusedBeforePicturesAreRead()
    {
        m_order.folder = m_folder / ("used " + m_number);
        fs::create_directories(m_order.folder);
        std::ofstream(m_order.folder / "thesis.txt") << "all of it";
        QCOMPARE(test::codeOf([&] { prepare(); }), std::optional(ErrorCode::OutputExists));
        QVERIFY(m_steps.empty());
        QVERIFY(fs::exists(m_order.folder / "thesis.txt"));
    }

    void manyLostPicturesAreAskedAbout()
    {
        for (int i = 0; i < 6; ++i) {
            std::ofstream(m_pictures / "train" / "red" / ("broken" + std::to_string(i) + ".png")) << "none";
        }
        QCOMPARE(test::codeOf([&] { prepare(); }), std::optional(ErrorCode::PicturesLost));
        QCOMPARE(m_steps, (std::vector{Preparation::Dataset})); // no weights are fetched for nothing
        m_order.acceptLosses = true;
        QVERIFY(prepare());
    }

    // The tests have no network: fetching ends as it does without one.
    void weightsThatCannotBeFetched()
    {
        m_order.recipe.weights = "imagenet";
        m_order.recipe.width = 1;
        qputenv("THAW_OFFLINE", "1");
        QCOMPARE(test::codeOf([&] { prepare(); }), std::optional(ErrorCode::NetworkUnavailable));
        QVERIFY(!fs::exists(m_order.runsRoot) || fs::is_empty(m_order.runsRoot));
        m_order.mayDoWithoutWeights = true;
        const auto prepared = prepare();
        qunsetenv("THAW_OFFLINE");
        QCOMPARE(prepared->request.recipe.weights, std::string("none"));
        QVERIFY(m_notices.has(NoticeCode::WeightsNotFetched));
        QVERIFY(prepared->request.weights.source.find("could not be fetched") != std::string::npos);
    }

    void aStartAnewKeepsTheSplit()
    {
        auto first = prepare();
        // Another split than the recipe would deal.
        auto& samples = first->request.dataset.samples;
        const auto of = [&](Split split) {
            return std::find_if(samples.begin(), samples.end(), [split](const Sample& sample) {
                return sample.label == 0 && sample.split == split;
            });
        };
        std::swap(of(Split::Train)->split, of(Split::Test)->split);
        first->request.dataset.fingerprint = fingerprintOf(first->request.dataset);
        TrainObserver nobody;
        QCOMPARE(trainRun(first->request, nobody).state, RunState::Finished);
        m_order.like = loadRun(first->request.folder);
        const auto again = prepare();
        QVERIFY(again->request.dataset.samples == samples);
        QVERIFY(!m_notices.has(NoticeCode::PicturesChangedSince));
        fs::copy_file(m_pictures / samples.front().path, m_pictures / "train" / "blue" / "new.png");
        prepare();
        QVERIFY(m_notices.has(NoticeCode::PicturesChangedSince, "1 added"));
    }

    void aStopLeavesNothing()
    {
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!prepareRun(m_order, observer(), stop.get_token()));
        QVERIFY(!fs::exists(m_order.runsRoot) || fs::is_empty(m_order.runsRoot));
    }

private:
    PrepareObserver observer()
    {
        PrepareObserver told;
        told.begun = [this](Preparation what) { m_steps.push_back(what); };
        told.noticed = [this](const Notice& notice) { m_notices.add(notice); };
        return told;
    }
    std::optional<PreparedRun> prepare()
    {
        m_steps.clear();
        return prepareRun(m_order, observer());
    }

    test::TemporaryFolder m_folder;
    std::string m_number = "0";
    fs::path m_pictures;
    RunOrder m_order;
    std::vector<Preparation> m_steps;
    test::Notices m_notices;
};

THAW_TEST(TestPrepareRun)
#include "test_prepare_run.moc"
