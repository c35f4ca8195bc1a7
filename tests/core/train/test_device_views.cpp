#include "core/base/random.h"
#include "core/data/image/image_io.h"
#include "core/train/features/device_views_torch.h"
#include "core/train/features/stored_views_torch.h"
#include "tests/support/narrow_network.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cstddef>
#include <cstring>

using namespace thaw;

namespace {

constexpr std::size_t rows = 600; // more than are read at a time
constexpr FeatureLayout layout{rows, 2 * 2 * 4 * 2, 32};

std::vector<std::byte> rowOf(int view, std::size_t row)
{
    // Half-precision values that are all different, none of them a NaN.
    std::vector<std::byte> bytes(layout.rowBytes);
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        bytes[i] = static_cast<std::byte>(row + i);
        bytes[i + 1] = static_cast<std::byte>((static_cast<std::size_t>(view) * 17 + row / 256 + i) % 64);
    }
    return bytes;
}

void fill(FeatureFile& file, int view)
{
    while (!file.isComplete()) {
        const std::size_t unit = file.readyUnits();
        std::vector<std::byte> values;
        for (std::size_t i = 0; i < layout.rowsOf(unit); ++i) {
            const std::vector<std::byte> row = rowOf(view, unit * layout.unitRows + i);
            values.insert(values.end(), row.begin(), row.end());
        }
        file.append(values, {});
    }
}

} // namespace

/// Views kept in a device's memory; here it is the processor's.
class TestDeviceViews : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::isolateUserFolders(m_folder / "user");
        initialiseImageLibrary();
    }

    void gathersTheRowsOfTheFiles()
    {
        std::filesystem::create_directories(m_folder / "files");
        DeviceViews views(c10::Device(at::kCPU), {2, 2, 4}, at::kHalf);
        for (const int view : {0, 3}) {
            FeatureFile file(m_folder / "files", "view-" + std::to_string(view), "key", layout);
            fill(file, view);
            views.load(view, file);
        }
        QVERIFY(views.has(3) && !views.has(1));
        const std::vector<std::uint32_t> wanted{599, 0, 7, 256, 7, 255};
        const std::vector<int> from{3, 0, 0, 3, 3, 0};
        const at::Tensor found = views.gather(wanted, from);
        QVERIFY(found.sizes() == at::IntArrayRef({6, 4, 2, 2}));
        QVERIFY(found.is_contiguous(at::MemoryFormat::ChannelsLast));
        const at::Tensor plain = found.permute({0, 2, 3, 1}).contiguous();
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const std::vector<std::byte> expected = rowOf(from[i], wanted[i]);
            QVERIFY(std::memcmp(static_cast<const std::byte*>(plain.data_ptr()) + i * layout.rowBytes,
                                expected.data(), layout.rowBytes) == 0);
        }
    }

    // Room is forced here; a run asks the device for it.
    void aBankKeptOnTheDeviceGivesTheSameBits()
    {
        test::writeSyntheticDataset(m_folder / "data", {{"blue", "red"}, 12, 40, false, 1});
        Recipe recipe = test::narrowRecipe(2, 1);
        recipe.device = "cpu";
        recipe.augmentation.views = 2;
        const TrainRequest request = test::narrowRequest(recipe, m_folder / "data", m_folder / "run");
        const Network network(request.weights,
                              {HeadKind::Book, 2, 0.5, 1, scaledBackbone(recipe.width).channels.back()},
                              c10::Device(at::kCPU));
        DatasetIndex dataset = request.dataset;
        for (Sample& sample : dataset.samples) {
            sample.split = Split::Train;
        }
        const RunPlan plan = planRun(recipe, dataset.counts());
        const SplitPictures pictures = picturesOf(dataset).train;
        const std::vector<int> boundaries{15, 19};
        const FrozenPrefix prefix(network, 19, at::kFloat);
        // Two views, two bytes a number.
        const std::uint64_t needed =
            2 * 2 * dataset.samples.size() * std::max(plan.featureValues(15), plan.featureValues(19));
        SaveOptions saving;
        saving.featureBanks = m_folder / "banks";
        const auto open = [&](std::uint64_t room) {
            return std::make_unique<StoredViews>(saving, plan, StoredViews::Purpose::Training, network,
                                                 request.weights.hash, pictures, room);
        };
        const auto read = open(0);
        PartSize parts;
        const StoredViews::FillCallbacks callbacks{[](const Batch&, int, int) {},
                                                   [](const std::function<void()>& write) { write(); }};
        for (const int view : {0, 1}) {
            QVERIFY(read->fill(view, boundaries, network, prefix,
                               inferenceLoader(network, recipe.transform(), recipe.batchSize), parts,
                               callbacks, {}));
        }
        const auto kept = open(needed);
        const auto tooLittle = open(1);
        const std::vector<std::uint32_t> batch{5, 0, 11, 3, 8};
        for (const int boundary : boundaries) {
            for (const int epoch : {1, 2, 3, 4}) {
                const std::vector<int> views = read->viewsIn(epoch);
                const StoredViews::Gathered expected = read->gather(boundary, batch, views);
                for (StoredViews* bank : {kept.get(), tooLittle.get()}) {
                    const StoredViews::Gathered found = bank->gather(boundary, batch, views);
                    QVERIFY(found.features.equal(expected.features));
                    QCOMPARE(found.features.scalar_type(), expected.features.scalar_type());
                    QVERIFY(found.features.is_contiguous(at::MemoryFormat::ChannelsLast));
                    QCOMPARE(found.labels, expected.labels);
                }
            }
        }
        // That it was read once, and not each time: the files may go.
        for (const auto& file : std::filesystem::directory_iterator(kept->folder())) {
            std::filesystem::resize_file(file.path(), 0);
        }
        kept->gather(19, batch, read->viewsIn(1));
        QVERIFY_THROWS_EXCEPTION(Error, read->gather(19, batch, read->viewsIn(1)));
    }

private:
    test::TemporaryFolder m_folder;
};

THAW_TEST(TestDeviceViews)
#include "test_device_views.moc"
