#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/run_store.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

namespace {

class Quiet : public TrainObserver
{
};

} // namespace

/// Training that starts with the head in the weights' file.
class TestStartWithHead : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        test::writeSyntheticDataset(m_folder / "two", {{"blue", "red"}, 30, 40, false, 1});
        test::writeSyntheticDataset(m_folder / "others", {{"cyan", "magenta"}, 12, 40, false, 2});
        setThreadCount(1);
        Quiet observer;
        const auto run = m_folder / "first";
        const RunRecord record =
            trainRun(test::narrowRequest(test::narrowRecipe(3, 2), m_folder / "two", run), observer);
        QCOMPARE(record.state, RunState::Finished);
        m_model = RunFiles{run}.best();
        m_valLoss = record.best.back().valLoss;
    }

    // At a rate that moves nothing, what is judged after an epoch is what training started with.
    void startsWithTheHeadOfTheFile()
    {
        const auto run = m_folder / "second";
        Quiet observer;
        const RunRecord record = trainRun(request("two", run), observer);
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY(record.weightsSource.ends_with("fine-tuned by Thaw, with its head"));
        // The same weights on the same pictures; the sums are the same too.
        QVERIFY(std::abs(record.best.front().valLoss - m_valLoss) <= 1e-6 * m_valLoss);
        const ModelWeights before = readModelWeights(m_model);
        const ModelWeights after = readModelWeights(RunFiles{run}.best());
        QCOMPARE(after.base.hash, before.base.hash);
        QCOMPARE(after.head.size(), before.head.size());
        for (std::size_t i = 0; i < before.head.size(); ++i) {
            for (std::size_t k = 0; k < before.head[i].values.size(); ++k) {
                // 6 steps of 1e-12 / sqrt(1 − rho) at most
                QVERIFY(std::abs(after.head[i].values[k] - before.head[i].values[k]) < 1e-9f);
            }
        }
    }

    void aNewHeadIsAnother()
    {
        TrainRequest plain = request("two", m_folder / "plain");
        plain.recipe.withHead = false;
        Quiet observer;
        const RunRecord record = trainRun(plain, observer);
        QVERIFY(record.weightsSource.ends_with("fine-tuned by Thaw"));
        QVERIFY(record.best.front().valLoss > 1.5 * m_valLoss);
    }

    // Killed before its first checkpoint, a run begins anew, with the same head.
    void beginsAnewWithTheHead()
    {
        const auto run = m_folder / "again";
        std::stop_source stop;
        stop.request_stop();
        Quiet observer;
        QCOMPARE(trainRun(request("two", run), observer, stop.get_token()).state, RunState::Stopped);
        std::filesystem::remove(RunFiles{run}.last());
        std::filesystem::remove(RunFiles{run}.previousLast());
        const RunRecord record = resumeRun(run, {}, observer);
        QCOMPARE(record.state, RunState::Finished);
        QVERIFY(std::abs(record.best.front().valLoss - m_valLoss) <= 1e-6 * m_valLoss);
    }

    void refusesHeadsThatDoNotFit()
    {
        const auto messageOf = [&](const TrainRequest& refused) {
            Quiet observer;
            try {
                trainRun(refused, observer);
            } catch (const Error& error) {
                return (error.code() == ErrorCode::WeightsInvalid ? "" : "another code: ") + error.detail();
            }
            return std::string("trained");
        };
        const auto run = m_folder / "refused";
        QVERIFY(
            messageOf(request("others", run)).starts_with("its head tells other classes apart (blue, red "));
        TrainRequest other = request("two", run);
        other.recipe.head = HeadKind::Pooled;
        QVERIFY(messageOf(other).starts_with("its head is \"book\" in place of \"pooled\""));
        other = request("two", run);
        other.recipe.inputSize = 64;
        QVERIFY(messageOf(other).starts_with("its head is for pictures of 32 pixels"));
        other = request("two", run);
        other.weights = randomBaseWeights(other.weights.backbone(), 77);
        QVERIFY(messageOf(other).starts_with("has changed"));
        const auto base = m_folder / "base.safetensors";
        writeBaseWeights(base, other.weights);
        other.recipe.weights = base.string();
        QVERIFY(messageOf(other).starts_with("holds no head"));
        QVERIFY(!std::filesystem::exists(run));
    }

private:
    /// One epoch of the head at a rate too small to move it.
    TrainRequest request(const std::string& dataset, const std::filesystem::path& run) const
    {
        Recipe recipe = test::narrowRecipe(1, 1);
        recipe.phases.pop_back();
        recipe.phases[0].learningRate = 1e-12;
        recipe.weights = m_model.string();
        recipe.withHead = true;
        TrainRequest request = test::narrowRequest(recipe, m_folder / dataset, run);
        request.weights = *resolveWeights(recipe.weights, scaledBackbone(recipe.width), recipe.seed);
        return request;
    }

    test::TemporaryFolder m_folder;
    std::filesystem::path m_model;
    double m_valLoss = 0;
};

THAW_TEST(TestStartWithHead)
#include "test_start_with_head.moc"
