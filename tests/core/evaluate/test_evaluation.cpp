#include "core/base/error.h"
#include "core/evaluate/evaluation.h"
#include "core/run/run_files.h"
#include "core/train/compute_device.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"

#include <QTest>

#include <cmath>
#include <fstream>
#include <numeric>

using namespace thaw;

class TestEvaluation : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        setThreadCount(1);
        test::writeSyntheticDataset(m_folder / "data", {{"blue", "green", "red"}, 20, 40, true, 5});
        m_recipe = test::narrowRecipe(4, 1);
        const TrainRequest request = test::narrowRequest(m_recipe, m_folder / "data", m_folder / "run");
        m_dataset = request.dataset;
        TrainObserver quiet;
        m_record = trainRun(request, quiet);
        QCOMPARE(m_record.state, RunState::Finished);
        m_model = readModelWeights(RunFiles{m_folder / "run"}.best());
    }

    void meetsTheTrainersTestResult()
    {
        const auto evaluation = evaluateModel(m_model, m_dataset, Split::Test, ComputeOptions{});
        QVERIFY(evaluation.has_value());
        QCOMPARE(evaluation->score.images, 60);
        QCOMPARE(evaluation->score.accuracy, m_record.test->score.accuracy);
        // Same arithmetic in the same order but for the batches' size (32 here, 8 there): float32 rounding.
        QVERIFY(std::abs(evaluation->score.loss - m_record.test->score.loss) <
                1e-4 * m_record.test->score.loss);
        int total = 0;
        int right = 0;
        for (std::size_t truth = 0; truth < 3; ++truth) {
            const auto& row = evaluation->confusion[truth];
            QCOMPARE(std::accumulate(row.begin(), row.end(), 0), 20);
            total += std::accumulate(row.begin(), row.end(), 0);
            right += row[truth];
        }
        QCOMPARE(static_cast<double>(right) / total, evaluation->score.accuracy);
    }

    void classesAreMatchedByName()
    {
        DatasetIndex fewer = m_dataset;
        std::erase_if(fewer.samples, [](const Sample& sample) { return sample.label == 0; });
        fewer.classes.erase(fewer.classes.begin());
        for (Sample& sample : fewer.samples) {
            --sample.label;
        }
        const auto all = evaluateModel(m_model, m_dataset, Split::Test, ComputeOptions{});
        const auto some = evaluateModel(m_model, fewer, Split::Test, ComputeOptions{});
        QVERIFY(some->confusion[1] == all->confusion[1]);
        QVERIFY(some->confusion[2] == all->confusion[2]);
        fewer.classes[0] = "violet";
        QVERIFY_THROWS_EXCEPTION(Error, evaluateModel(m_model, fewer, Split::Test, ComputeOptions{}));
    }

    void predictionsKeepOrderAndNameBrokenFiles()
    {
        std::ofstream(m_folder / "broken.png") << "not a picture";
        const std::vector<std::filesystem::path> files{m_folder.path() / "data/test/red/red.1.png",
                                                       m_folder / "broken.png",
                                                       m_folder.path() / "data/test/blue/blue.2.png"};
        std::vector<Prediction> predictions;
        QVERIFY(predictFiles(m_model, files, ComputeOptions{},
                             [&](const Prediction& prediction) { predictions.push_back(prediction); }));
        QCOMPARE(predictions.size(), std::size_t(3));
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(predictions[i].path, files[i].string());
        }
        QVERIFY(predictions[0].error.empty());
        QVERIFY(!predictions[1].error.empty());
        QVERIFY(predictions[1].probabilities.empty());
        const auto& p = predictions[2].probabilities;
        QVERIFY(std::abs(std::accumulate(p.begin(), p.end(), 0.0) - 1) < 1e-5);
    }

    void featuresHaveTheLayersShape()
    {
        const std::vector<std::filesystem::path> files{m_folder.path() / "data/test/red/red.1.png"};
        for (const LayerInfo& layer : baseLayers(32, scaledBackbone(m_recipe.width))) {
            const auto maps =
                computeFeatures(m_model.base, m_model.transform, layer.name, files, ComputeOptions{});
            QCOMPARE(maps->front().height, layer.height);
            QCOMPARE(maps->front().width, layer.width);
            QCOMPARE(maps->front().channels, layer.channels);
            if (layer.kind == LayerKind::Convolution) {
                QVERIFY(*std::min_element(maps->front().values.begin(), maps->front().values.end()) >= 0);
            }
        }
        QVERIFY_THROWS_EXCEPTION(Error,
                                 computeFeatures(m_model.base, m_model.transform, "block6", files, {}));
    }

    void aStopEndsWithNothing()
    {
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!evaluateModel(m_model, m_dataset, Split::Test, {}, {}, stop.get_token()));
    }

private:
    test::TemporaryFolder m_folder;
    Recipe m_recipe;
    DatasetIndex m_dataset;
    RunRecord m_record;
    ModelWeights m_model;
};

QTEST_GUILESS_MAIN(TestEvaluation)
#include "test_evaluation.moc"
