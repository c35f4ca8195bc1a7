#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/data/image/image_io.h"
#include "core/evaluate/evaluation.h"
#include "tests/core/explain/explained_models.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>
#include <fstream>

using namespace thaw;

class TestExplainer : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        setThreadCount(1);
        for (std::uint64_t i = 0; i < 5; ++i) {
            m_files.push_back(m_folder / (std::to_string(i) + ".png"));
            writePng(m_files.back(), test::plantedPicture(96, i % 2 == 0, i).image);
        }
    }

    void mapsAreOfTheLayerOrTheStrips_data()
    {
        QTest::addColumn<int>("method");
        QTest::addColumn<QString>("layer");
        QTest::addColumn<int>("side");
        QTest::newRow("hirescam") << int(ExplainMethod::HiResCam) << "block5_conv3" << 6;
        QTest::newRow("gradcam") << int(ExplainMethod::GradCam) << "block5_conv3" << 6;
        QTest::newRow("block 3") << int(ExplainMethod::HiResCam) << "block3_conv1" << 24;
        QTest::newRow("first layer") << int(ExplainMethod::GradCam) << "block1_conv1" << 96;
        QTest::newRow("occlusion") << int(ExplainMethod::Occlusion) << "" << 10;
    }

    void mapsAreOfTheLayerOrTheStrips()
    {
        QFETCH(int, method);
        QFETCH(QString, layer);
        QFETCH(int, side);
        const ExplainRequest request{static_cast<ExplainMethod>(method), layer.toStdString(), {}};
        const auto maps = test::explained(test::narrowModel({}), {m_files[0]}, request);
        QCOMPARE(maps.size(), std::size_t(1));
        const Explanation& map = maps.front();
        QVERIFY2(map.error.empty(), map.error.c_str());
        QCOMPARE(map.path, m_files[0].string());
        QCOMPARE(int(map.method), method);
        QCOMPARE(map.layer, layer.toStdString());
        QCOMPARE(map.map.height, side);
        QCOMPARE(map.map.width, side);
        QCOMPARE(map.map.values.size(), static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
        QVERIFY(map.largest > 0 && map.largestAgainst > 0);
        QCOMPARE(map.largest, *std::ranges::max_element(map.map.values));
        QCOMPARE(-map.largestAgainst, *std::ranges::min_element(map.evidence.values));
        for (std::size_t i = 0; i < map.map.values.size(); ++i) {
            const float evidence = map.evidence.values[i];
            QCOMPARE(map.map.values[i],
                     request.method == ExplainMethod::Occlusion ? evidence : std::max(evidence, 0.0f));
        }
    }

    // The class explained is the one that prediction gives, by the same logit.
    void explainsWhatIsPredicted_data()
    {
        QTest::addColumn<int>("classes");
        QTest::newRow("sigmoid") << 2;
        QTest::newRow("softmax") << 4;
    }

    void explainsWhatIsPredicted()
    {
        QFETCH(int, classes);
        const ModelWeights model = test::narrowModel({HeadKind::Book, classes});
        std::vector<Prediction> predictions;
        predictFiles(model, m_files, {}, [&](const Prediction& each) { predictions.push_back(each); });
        for (const ExplainMethod method : explainMethods) {
            const auto maps = test::explained(model, m_files, {method, "block5_conv3", {}});
            QCOMPARE(maps.size(), m_files.size());
            for (std::size_t i = 0; i < maps.size(); ++i) {
                QCOMPARE(maps[i].path, predictions[i].path);
                QCOMPARE(maps[i].label, predictions[i].label);
                if (classes == 2) {
                    // The probability is float32 and near neither 0 nor 1 here.
                    const double p = 1 / (1 + std::exp(-maps[i].logit));
                    const auto label = static_cast<std::size_t>(maps[i].label);
                    QVERIFY(std::abs(p - predictions[i].probabilities[label]) < 1e-5);
                }
            }
        }
    }

    void classesOfOneSigmoidAreEachOthersSign()
    {
        for (const ExplainMethod method : explainMethods) {
            const auto maps =
                test::explained(test::narrowModel({}), {m_files[1]}, {method, "block5_conv3", {1, 0}});
            QCOMPARE(maps.size(), std::size_t(2));
            QCOMPARE(maps[0].label, 1);
            QCOMPARE(maps[1].label, 0);
            QCOMPARE(maps[1].logit, -maps[0].logit);
            QCOMPARE(maps[1].largest, maps[0].largestAgainst);
            QCOMPARE(maps[1].largestAgainst, maps[0].largest);
            for (std::size_t i = 0; i < maps[0].evidence.values.size(); ++i) {
                QCOMPARE(maps[1].evidence.values[i], -maps[0].evidence.values[i]);
            }
        }
    }

    void severalClassesAtOnceAreEachAlone()
    {
        const ModelWeights model = test::narrowModel({HeadKind::AverageMax, 3});
        for (const ExplainMethod method : explainMethods) {
            const auto all = test::explained(model, m_files, {method, "block4_conv3", {2, 0}});
            const auto two = test::explained(model, m_files, {method, "block4_conv3", {2}});
            const auto zero = test::explained(model, m_files, {method, "block4_conv3", {0}});
            QCOMPARE(all.size(), 2 * m_files.size());
            for (std::size_t i = 0; i < m_files.size(); ++i) {
                QVERIFY(all[2 * i].evidence == two[i].evidence);
                QVERIFY(all[2 * i + 1].evidence == zero[i].evidence);
                QCOMPARE(all[2 * i + 1].label, 0);
                QCOMPARE(all[2 * i + 1].path, m_files[i].string());
            }
        }
    }

    void theBatchDoesNotShow()
    {
        ComputeOptions one;
        one.batchSize = 1;
        for (const ExplainMethod method : explainMethods) {
            const auto together =
                test::explained(test::narrowModel({}), m_files, {method, "block5_conv3", {1}});
            const auto alone =
                test::explained(test::narrowModel({}), m_files, {method, "block5_conv3", {1}}, one);
            for (std::size_t i = 0; i < m_files.size(); ++i) {
                for (std::size_t j = 0; j < alone[i].evidence.values.size(); ++j) {
                    // float32 sums, perhaps in another order
                    QVERIFY(std::abs(alone[i].evidence.values[j] - together[i].evidence.values[j]) <=
                            1e-4 * std::max(alone[i].largest, alone[i].largestAgainst));
                }
            }
        }
    }

    // The network is mirror-symmetric, so the map has to be mirrored to rounding: 1e-4 of the largest, as
    // between programs.
    void aFlippedPictureHasTheFlippedMap()
    {
        const auto flippedFile = m_folder / "flipped.png";
        writePng(flippedFile, test::mirrored(test::plantedPicture(96, true, 0).image));
        const ModelWeights model = test::mirroredModel({});
        for (const ExplainMethod method : explainMethods) {
            const auto maps =
                test::explained(model, {m_files[0], flippedFile}, {method, "block5_conv3", {1}});
            const PlaceMap& map = maps[0].evidence;
            double unlike = 0;
            for (int y = 0; y < map.height; ++y) {
                for (int x = 0; x < map.width; ++x) {
                    const auto at = [&map](int row, int column) {
                        return static_cast<std::size_t>(row * map.width + column);
                    };
                    const float flipped = maps[1].evidence.values[at(y, map.width - 1 - x)];
                    const double bound = 1e-4 * std::max(maps[0].largest, maps[0].largestAgainst);
                    QVERIFY2(std::abs(map.values[at(y, x)] - flipped) <= bound, nameOf(method));
                    unlike = std::max(
                        unlike, std::abs(map.values[at(y, x)] - maps[1].evidence.values[at(y, x)]) / bound);
                }
            }
            QVERIFY(unlike > 100); // else a map that is its own mirror image would prove nothing
        }
    }

    void brokenFilesHaveErrorsOfTheirOwn()
    {
        const auto empty = m_folder / "empty.jpg";
        std::ofstream{empty};
        const auto cut = m_folder / "cut.png";
        std::ofstream(cut, std::ios::binary) << "\x89PNG\r\n\x1a\n and no more";
        const auto text = m_folder / "text.jpg";
        std::ofstream(text) << "no picture at all";
        const std::vector<std::filesystem::path> files{empty,      m_files[0], m_folder / "missing.png", cut,
                                                       m_files[1], text,       m_folder.path()};
        for (const ExplainMethod method : explainMethods) {
            const auto maps = test::explained(test::narrowModel({}), files, {method, "block5_conv3", {1, 0}});
            std::vector<std::string> paths;
            for (const Explanation& map : maps) {
                paths.push_back(map.path);
                const bool isGood = map.path == m_files[0].string() || map.path == m_files[1].string();
                QCOMPARE(map.error.empty(), isGood);
                QCOMPARE(map.map.values.empty(), !isGood);
                QCOMPARE(map.label >= 0, isGood);
            }
            // One for each broken file, two for each good one, in the files' order.
            QCOMPARE(paths, (std::vector<std::string>{files[0], files[1], files[1], files[2], files[3],
                                                      files[4], files[4], files[5], files[6]}));
        }
    }

    void weightsWithoutBoundsGiveAnError()
    {
        ModelWeights model = test::narrowModel({});
        std::ranges::fill(model.base.layers[0].kernel, 1e30f);
        std::ranges::fill(model.base.layers[1].kernel, 1e30f);
        for (const ExplainMethod method : explainMethods) {
            const auto maps = test::explained(model, {m_files[0]}, {method, "block5_conv3", {}});
            QCOMPARE(maps.size(), std::size_t(1));
            QVERIFY(!maps.front().error.empty());
            QCOMPARE(maps.front().path, m_files[0].string());
        }
    }

    void refusesWhatItDoesNotHave()
    {
        const std::vector<ExplainRequest> wrong{
            {ExplainMethod::HiResCam, "block5_pool", {}},
            {ExplainMethod::GradCam, "input", {}},
            {ExplainMethod::GradCam, "", {}},
            {ExplainMethod::HiResCam, "block5_conv3", {2}},
            {ExplainMethod::Occlusion, "", {-1}},
        };
        for (const ExplainRequest& request : wrong) {
            const auto code =
                test::codeOf([&] { test::explained(test::narrowModel({}), {m_files[0]}, request); });
            QVERIFY(code == ErrorCode::Usage);
        }
    }

    void progressReachesTheEnd()
    {
        Explainer explainer(test::narrowModel({}), {});
        for (const ExplainMethod method : explainMethods) {
            std::int64_t last = 0;
            const bool whole = explainer.explain(
                m_files, {method, "block5_conv3", {}}, [](const Explanation&) {},
                [&last](const Progress& progress) {
                    QVERIFY(progress.done > last);
                    QCOMPARE(progress.total, std::int64_t(5));
                    last = progress.done;
                });
            QVERIFY(whole);
            QCOMPARE(last, std::int64_t(5));
        }
    }

    void aStopEndsIt()
    {
        const std::vector<std::filesystem::path> many(60, m_files[0]);
        Explainer explainer(test::narrowModel({}), {});
        for (const ExplainMethod method : explainMethods) {
            std::stop_source stop;
            std::size_t told = 0;
            const bool whole = explainer.explain(
                many, {method, "block5_conv3", {}},
                [&](const Explanation&) {
                    ++told;
                    stop.request_stop();
                },
                {}, stop.get_token());
            QVERIFY(!whole);
            QVERIFY(told > 0 && told < many.size() / 2);
        }
    }

private:
    test::TemporaryFolder m_folder;
    std::vector<std::filesystem::path> m_files;
};

THAW_TEST(TestExplainer)
#include "test_explainer.moc"
