#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/evaluate/labels/doubtful_labels.h"
#include "core/experiment/recipe.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <set>

using namespace thaw;

namespace {

/// Moves every twentieth picture of each class into the next one. @return their new places
std::set<std::string> swapLabels(const std::filesystem::path& set, const std::vector<std::string>& classes)
{
    std::vector<std::pair<std::filesystem::path, std::filesystem::path>> moves;
    for (std::size_t label = 0; label < classes.size(); ++label) {
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(set / classes[label])) {
            files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        for (std::size_t i = 3; i < files.size(); i += 20) {
            moves.emplace_back(files[i], set / classes[(label + 1) % classes.size()] /
                                             ("from " + classes[label] + files[i].filename().string()));
        }
    }
    std::set<std::string> moved;
    for (const auto& [from, to] : moves) {
        std::filesystem::rename(from, to);
        moved.insert(to.string());
    }
    return moved;
}

} // namespace

class TestDoubtfulLabels : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        setThreadCount(1);
        test::writeSyntheticDataset(m_folder / "set", {m_classes, 80, 40, false, 5});
        m_moved = swapLabels(m_folder / "set", m_classes);
        m_dataset = *scanDataset(m_folder / "set", ScanOptions{});
        m_base = randomBaseWeights(scaledBackbone(1.0 / 16), 1);
    }

    // Of 240 pictures 12 are in the wrong class, one in twenty: at least eight tenths of these are to be
    // among the first 24 listed.
    void swappedLabelsComeFirst()
    {
        QCOMPARE(m_moved.size(), std::size_t(12));
        const auto check = checkLabels(m_base, m_transform, m_dataset);
        QVERIFY(check);
        QCOMPARE(check->images, std::size_t(240));
        QCOMPARE(check->classes, m_classes);
        QVERIFY(check->agreement > 0.8 && check->agreement < 1);
        std::size_t found = 0;
        for (std::size_t i = 0; i < std::min<std::size_t>(24, check->suspects.size()); ++i) {
            const DoubtfulLabel& suspect = check->suspects[i];
            if (m_moved.contains(suspect.path)) {
                ++found;
                QVERIFY(suspect.path.find("from " + suspect.suggested) != std::string::npos);
            }
            QVERIFY(i == 0 || suspect.selfConfidence >= check->suspects[i - 1].selfConfidence);
        }
        QVERIFY2(found >= 10, std::to_string(found).c_str());
    }

    void theSameComesOutAgain()
    {
        const auto one = checkLabels(m_base, m_transform, m_dataset);
        const auto two = checkLabels(m_base, m_transform, m_dataset);
        QCOMPARE(one->suspects, two->suspects);
    }

    void tellsHowFarItIsAndStops()
    {
        Progress last;
        checkLabels(m_base, m_transform, m_dataset, {}, [&](const Progress& progress) { last = progress; });
        QCOMPARE(last, (Progress{240, 240}));
        std::stop_source stop;
        const auto stopped = checkLabels(
            m_base, m_transform, m_dataset, {.compute = {.batchSize = 8}},
            [&](const Progress&) { stop.request_stop(); }, stop.get_token());
        QVERIFY(!stopped);
    }

    void namesWhatCannotBeRead()
    {
        const DatasetIndex& whole = m_dataset;
        DatasetIndex dataset = whole;
        dataset.samples[0].path = "blue/gone.png";
        const auto check = checkLabels(m_base, m_transform, dataset);
        QCOMPARE(check->images, std::size_t(239));
        QCOMPARE(check->leftOut.size(), std::size_t(1));
        QCOMPARE(check->leftOut[0].path, (dataset.root / "blue/gone.png").string());
        const QJsonObject json =
            QJsonDocument::fromJson(QByteArray::fromStdString(formatLabelCheck(*check))).object();
        QCOMPARE(json["images"].toInt(), 239);
        QCOMPARE(json["left_out"].toArray().size(), 1);
        QCOMPARE(json["suspects"].toArray().size(), static_cast<int>(check->suspects.size()));
        const QJsonObject first = json["suspects"][0].toObject();
        QCOMPARE(first.keys(), (QStringList{"given", "path", "self_confidence", "suggested"}));
        QCOMPARE(first["path"].toString().toStdString(), check->suspects[0].path);
    }

    void oneClassHasNoOther()
    {
        DatasetIndex dataset = m_dataset;
        dataset.classes.resize(1);
        std::erase_if(dataset.samples, [](const Sample& sample) { return sample.label != 0; });
        try {
            checkLabels(m_base, m_transform, dataset);
            QFAIL("checked it");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DatasetOneClass);
        }
    }

    // Too few to share out, and too few to tell: but no error.
    void fewPictures()
    {
        DatasetIndex dataset = m_dataset;
        std::set<int> seen;
        std::erase_if(dataset.samples,
                      [&](const Sample& sample) { return !seen.insert(sample.label).second; });
        QCOMPARE(dataset.samples.size(), std::size_t(3));
        const auto check = checkLabels(m_base, m_transform, dataset);
        QCOMPARE(check->images, std::size_t(3));
        QVERIFY(check->suspects.empty()); // each is all that is known of its class
    }

private:
    test::TemporaryFolder m_folder;
    const std::vector<std::string> m_classes{"blue", "green", "red"};
    std::set<std::string> m_moved;
    DatasetIndex m_dataset;
    BaseWeights m_base;
    const TransformSpec m_transform = [] {
        TransformSpec transform;
        transform.inputSize = 32;
        return transform;
    }();
};

THAW_TEST(TestDoubtfulLabels)
#include "test_doubtful_labels.moc"
