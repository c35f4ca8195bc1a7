#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/data/input/preprocessing.h"
#include "core/evaluate/evaluation.h"
#include "core/evaluate/predictor.h"
#include "core/run/run_files.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <fstream>
#include <numeric>

using namespace thaw;

namespace {

/// 3 × 3, zeros around the picture, then ReLU.
FeatureMap convolved(const FeatureMap& x, const ConvolutionWeights& weights)
{
    FeatureMap y{{}, x.height, x.width, static_cast<int>(weights.outputs), {}};
    for (int row = 0; row < x.height; ++row) {
        for (int column = 0; column < x.width; ++column) {
            for (int output = 0; output < y.channels; ++output) {
                double sum = weights.bias[static_cast<std::size_t>(output)];
                for (int tap = 0; tap < 9; ++tap) {
                    const int r = row + tap / 3 - 1;
                    const int c = column + tap % 3 - 1;
                    if (r < 0 || c < 0 || r >= x.height || c >= x.width) {
                        continue;
                    }
                    for (int input = 0; input < x.channels; ++input) {
                        sum +=
                            double(
                                x.values[static_cast<std::size_t>((r * x.width + c) * x.channels + input)]) *
                            weights.kernel[static_cast<std::size_t>((output * x.channels + input) * 9 + tap)];
                    }
                }
                y.values.push_back(static_cast<float>(std::max(0.0, sum)));
            }
        }
    }
    return y;
}

/// The greatest of 2 × 2.
FeatureMap pooled(const FeatureMap& x)
{
    FeatureMap y{{}, x.height / 2, x.width / 2, x.channels, {}};
    const auto at = [&x](int row, int column, int channel) {
        return x.values[static_cast<std::size_t>((row * x.width + column) * x.channels + channel)];
    };
    for (int row = 0; row < y.height; ++row) {
        for (int column = 0; column < y.width; ++column) {
            for (int channel = 0; channel < x.channels; ++channel) {
                y.values.push_back(std::max(
                    {at(2 * row, 2 * column, channel), at(2 * row, 2 * column + 1, channel),
                     at(2 * row + 1, 2 * column, channel), at(2 * row + 1, 2 * column + 1, channel)}));
            }
        }
    }
    return y;
}

} // namespace

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
        QCOMPARE(some->total, static_cast<int>(fewer.samples.size()));
        QVERIFY(some->unknownClasses.empty() && some->notKnown.empty());
        // What the scan could not read is counted, and named with its reason.
        fewer.problems.push_back({"cut.jpg", ProblemCode::Unreadable, ProblemSeverity::Warning, "cut short"});
        const auto torn = evaluateModel(m_model, fewer, Split::Test, ComputeOptions{});
        QCOMPARE(torn->total, some->total + 1);
        QCOMPARE(torn->score.images, some->score.images);
        QCOMPARE(torn->unreadable, (std::vector<ExcludedImage>{{"cut.jpg", "cut short"}}));
        fewer.problems.pop_back();
        // What the model does not know is left out and counted, the rest measured as before.
        fewer.classes[0] = "Green";
        const auto known = evaluateModel(m_model, fewer, Split::Test, ComputeOptions{});
        QCOMPARE(known->score.images, 20);
        QVERIFY(known->confusion[2] == all->confusion[2]);
        QVERIFY(known->confusion[1] == std::vector<int>(3, 0));
        QCOMPARE(known->unknownClasses.size(), std::size_t(1));
        QCOMPARE(known->unknownClasses[0].name, std::string("Green"));
        QCOMPARE(known->unknownClasses[0].images, 20);
        QCOMPARE(known->unknownClasses[0].near, (std::vector<std::string>{"green"}));
        QCOMPARE(known->notKnown.size(), std::size_t(20));
        QVERIFY(known->notKnown[0].path.ends_with(".png"));
        fewer.classes[1] = "violet";
        try {
            evaluateModel(m_model, fewer, Split::Test, ComputeOptions{});
            QFAIL("measured what the model does not know");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DatasetInvalid);
            const QString words = error.what();
            QVERIFY2(words.contains("Green (perhaps green), violet"), error.what());
            QVERIFY2(words.contains("blue, green, red"), error.what());
        }
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
        // Kept between calls, the answers are the same bits.
        Predictor predictor(m_model, ComputeOptions{});
        for (int call = 0; call < 2; ++call) {
            std::size_t i = 0;
            QVERIFY(predictor.predict(
                files, [&](const Prediction& prediction) { QCOMPARE(prediction, predictions[i++]); }));
            QCOMPARE(i, files.size());
        }
        // One by one, the head sums its products in another order: float32 rounding.
        for (std::size_t i = 0; i < files.size(); ++i) {
            QVERIFY(predictor.predict({files[i]}, [&](const Prediction& prediction) {
                QCOMPARE(prediction.label, predictions[i].label);
                QCOMPARE(prediction.error, predictions[i].error);
                for (std::size_t c = 0; c < prediction.probabilities.size(); ++c) {
                    QVERIFY(std::abs(prediction.probabilities[c] - predictions[i].probabilities[c]) < 1e-5);
                }
            }));
        }
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

    // Each layer from the one before it, by the plain sum: none is its neighbour under another name.
    void eachLayerFollowsFromTheOneBefore()
    {
        const std::vector<std::filesystem::path> files{m_folder.path() / "data/test/red/red.1.png"};
        const auto outputOf = [&](const std::string& layer) {
            return computeFeatures(m_model.base, m_model.transform, layer, files, ComputeOptions{})->front();
        };
        FeatureMap before = outputOf("input");
        std::size_t convolution = 0;
        for (const LayerInfo& layer : baseLayers(32, scaledBackbone(m_recipe.width))) {
            if (layer.kind != LayerKind::Convolution && layer.kind != LayerKind::Pool) {
                continue;
            }
            const FeatureMap expected = layer.kind == LayerKind::Pool
                                            ? pooled(before)
                                            : convolved(before, m_model.base.layers[convolution++]);
            const FeatureMap found = outputOf(layer.name);
            const float largest = *std::max_element(expected.values.begin(), expected.values.end());
            QVERIFY(largest > 0);
            QCOMPARE(found.values.size(), expected.values.size());
            for (std::size_t i = 0; i < found.values.size(); ++i) {
                // Sums of up to 288 products in another order, or by Winograd's transform.
                QVERIFY2(std::abs(found.values[i] - expected.values[i]) <= 5e-6f * largest,
                         layer.name.c_str());
            }
            before = found;
        }
        QCOMPARE(convolution, std::size_t(convolutionCount));
    }

    void aStopEndsWithNothing()
    {
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!evaluateModel(m_model, m_dataset, Split::Test, {}, {}, stop.get_token()));
    }

    void somePicturesAreMeasuredUnderTheirName()
    {
        const std::vector<std::size_t> samples{m_dataset.indicesOf(Split::Test).front(),
                                               m_dataset.indicesOf(Split::Train).front()};
        const auto evaluation = evaluatePictures(m_model, m_dataset, "unseen", samples, {});
        QCOMPARE(evaluation->split, std::string("unseen"));
        QCOMPARE(evaluation->score.images, 2);
        QCOMPARE(evaluation->total, static_cast<int>(m_dataset.samples.size()));
        for (std::size_t i = 0; i < 2; ++i) {
            QCOMPARE(evaluation->predictions[i].path,
                     m_dataset.pathOf(m_dataset.samples[samples[i]]).string());
        }
    }

    void everyPictureHasItsTruthAndAnswer()
    {
        const auto evaluation = evaluateModel(m_model, m_dataset, Split::Validation, {});
        const std::vector<std::size_t> indices = m_dataset.indicesOf(Split::Validation);
        QCOMPARE(evaluation->predictions.size(), indices.size());
        std::vector<std::vector<int>> counted(3, std::vector<int>(3, 0));
        double loss = 0;
        for (std::size_t i = 0; i < indices.size(); ++i) {
            const Sample& sample = m_dataset.samples[indices[i]];
            const Prediction& prediction = evaluation->predictions[i];
            QCOMPARE(prediction.path, m_dataset.pathOf(sample).string());
            QCOMPARE(prediction.truth, sample.label);
            ++counted[static_cast<std::size_t>(prediction.truth)][static_cast<std::size_t>(prediction.label)];
            loss -= std::log(prediction.probabilities[static_cast<std::size_t>(prediction.truth)]);
        }
        QCOMPARE(evaluation->confusion, counted);
        // The loss comes from logits, this one from float32 probabilities: near 0 and 1 they differ a little.
        const double mean = loss / static_cast<double>(indices.size());
        QVERIFY(std::abs(mean - evaluation->score.loss) < 1e-3 * std::max(mean, 1e-2));
    }

    void theBatchSizeDoesNotShow()
    {
        ComputeOptions one;
        one.batchSize = 1;
        ComputeOptions seven;
        seven.batchSize = 7;
        const auto a = evaluateModel(m_model, m_dataset, Split::Test, one);
        const auto b = evaluateModel(m_model, m_dataset, Split::Test, seven);
        QCOMPARE(a->score.images, b->score.images);
        QCOMPARE(a->confusion, b->confusion);
        for (std::size_t i = 0; i < a->predictions.size(); ++i) {
            QCOMPARE(a->predictions[i].path, b->predictions[i].path);
            const auto& p = a->predictions[i].probabilities;
            const auto& q = b->predictions[i].probabilities;
            for (std::size_t c = 0; c < p.size(); ++c) {
                QVERIFY(std::abs(p[c] - q[c]) < 1e-4); // float32 sums in another order
            }
        }
    }

    void progressReachesTheEnd()
    {
        std::int64_t last = 0;
        const auto evaluation =
            evaluateModel(m_model, m_dataset, Split::Test, {}, [&last](const Progress& progress) {
                QVERIFY(progress.done >= last);
                QCOMPARE(progress.total, std::int64_t(60));
                last = progress.done;
            });
        QVERIFY(evaluation.has_value());
        QCOMPARE(last, std::int64_t(60));
    }

    void picturesThatWentAwayAreNotCounted()
    {
        DatasetIndex dataset = m_dataset;
        const std::size_t first = dataset.indicesOf(Split::Test).front();
        dataset.samples[first].path = "gone.png";
        const auto evaluation = evaluateModel(m_model, dataset, Split::Test, {});
        QCOMPARE(evaluation->score.images, 59);
        QCOMPARE(evaluation->predictions.size(), std::size_t(59));
        QCOMPARE(evaluation->leftOut.size(), std::size_t(1));
        QCOMPARE(evaluation->leftOut[0].path, dataset.pathOf(dataset.samples[first]).string());
        QVERIFY(!evaluation->leftOut[0].reason.empty());
        for (Sample& sample : dataset.samples) {
            sample.path = "gone.png";
        }
        try {
            evaluateModel(m_model, dataset, Split::Test, {});
            QFAIL("measured pictures that are not there");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DatasetEmpty);
        }
    }

    // Of a drive pulled out after the scan; the rest of the split is no result.
    void aFolderThatIsGoneIsAnError()
    {
        const std::filesystem::path folder = m_dataset.root / "test" / "red";
        const std::filesystem::path away = m_folder / "away";
        std::filesystem::rename(folder, away);
        std::optional<Error> thrown;
        try {
            evaluateModel(m_model, m_dataset, Split::Test, {});
        } catch (const Error& error) {
            thrown = error;
        }
        std::filesystem::rename(away, folder);
        QVERIFY(thrown.has_value());
        QCOMPARE(thrown->code(), ErrorCode::DatasetInvalid);
        QCOMPARE(thrown->path(), folder);
        const auto evaluation = evaluateModel(m_model, m_dataset, Split::Test, {});
        QCOMPARE(evaluation->score.images, 60);
        QVERIFY(evaluation->leftOut.empty());
    }

    void anEmptySplitIsRefused()
    {
        DatasetIndex dataset = m_dataset;
        std::erase_if(dataset.samples, [](const Sample& sample) { return sample.split == Split::Test; });
        try {
            evaluateModel(m_model, dataset, Split::Test, {});
            QFAIL("measured a split without pictures");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DatasetInvalid);
            QVERIFY(error.detail().find("test") != std::string::npos);
        }
    }

    void bfloat16AnswersNearly()
    {
        ComputeOptions coarse;
        coarse.precision = Precision::Bfloat16;
        const auto exact = evaluateModel(m_model, m_dataset, Split::Test, {});
        const auto rough = evaluateModel(m_model, m_dataset, Split::Test, coarse);
        bool differs = false;
        for (std::size_t i = 0; i < exact->predictions.size(); ++i) {
            const double p = exact->predictions[i].probabilities[0];
            const double q = rough->predictions[i].probabilities[0];
            differs = differs || p != q;
            // Eight bits of mantissa through ten layers: some percent of a logit of about ten.
            QVERIFY(std::abs(p - q) < 0.2);
        }
        // Else the setting would do nothing, as where the processor has no bfloat16.
        QCOMPARE(differs, availableDevices().front().bfloat16 != Bfloat16Support::None);
    }

    void aStopEndsPredictionsAndFeatures()
    {
        const std::vector<std::filesystem::path> files(40, m_folder.path() / "data/test/red/red.1.png");
        ComputeOptions small;
        small.batchSize = 2;
        std::stop_source stop;
        std::size_t told = 0;
        const auto stopSoon = [&](const Prediction&) {
            ++told;
            stop.request_stop();
        };
        QVERIFY(!predictFiles(m_model, files, small, stopSoon, stop.get_token()));
        QVERIFY(told < files.size());
        QVERIFY(!computeFeatures(m_model.base, m_model.transform, "block1_pool", files, {}, {},
                                 stop.get_token()));
    }

    void featuresOfABrokenFileNameIt()
    {
        const auto missing = m_folder / "missing.png";
        try {
            computeFeatures(m_model.base, m_model.transform, "block1_pool", {missing}, {});
            QFAIL("computed features of nothing");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::FileNotFound);
            QCOMPARE(error.path(), missing);
        }
    }

    void featuresOfTheInputArePixels()
    {
        const auto file = m_folder.path() / "data/test/red/red.1.png";
        const auto maps = computeFeatures(m_model.base, m_model.transform, "input", {file}, {});
        std::vector<float> expected(std::size_t(32) * 32 * 3);
        preprocess(transformFile(file, m_model.transform), m_model.base.preprocessing, expected);
        QCOMPARE(maps->front().values, expected);
        QCOMPARE(maps->front().path, file.string());
    }

private:
    test::TemporaryFolder m_folder;
    Recipe m_recipe;
    DatasetIndex m_dataset;
    RunRecord m_record;
    ModelWeights m_model;
};

THAW_TEST(TestEvaluation)
#include "test_evaluation.moc"
