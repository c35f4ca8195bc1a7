#include "core/train/features/stored_views_torch.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/compute/compute_device.h"
#include "core/compute/precision_torch.h"
#include "core/compute/processor.h"
#include "core/data/image/image_io.h"
#include "core/train/cost/run_needs.h"
#include "core/train/features/feature_key.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>
#include <utility>

namespace thaw {

namespace {

constexpr AugmentationSpec asItIs{0, 0, 0, 1, 0};

/// To be raised whenever a change of ours gives other pixels for a file, or other features for pixels, while
/// the version of Thaw stands still.
constexpr int computationVersion = 2;

FeatureSource sourceOf(const Recipe& recipe, at::ScalarType type, const Network& network,
                       const std::string& baseHash, const std::vector<std::string>& contentHashes)
{
    return {baseHash,
            formulaOf(network.preprocessing()),
            c10::elementSize(type),
            recipe.device == "cpu" ? std::string() : resolveDevice(recipe.device).name,
            availableDevices().front().name,
            thawVersion,
            computationVersion,
            imageLibraryVersion(),
            torchVersion(),
            onednnVersion(),
            contentHashes};
}

} // namespace

StoredViews::StoredViews(const SaveOptions& saving, const RunPlan& plan, Purpose purpose,
                         const Network& network, const std::string& frozenHash, const SplitPictures& pictures,
                         std::uint64_t deviceRoom)
    : m_plan(plan)
    , m_purpose(purpose)
    , m_augmentation(purpose == Purpose::Training ? plan.recipe.augmentation : asItIs)
    , m_items(pictures.items)
    // What 16 bits computed is stored as it is; of float32 half precision keeps more digits than bfloat16.
    , m_type(plan.recipe.precision == Precision::Float32 && purpose == Purpose::Training
                 ? at::kHalf
                 : scalarTypeOf(plan.recipe.precision))
    , m_device(network.device())
    , m_viewCount(purpose == Purpose::Training ? plan.views : 1)
    , m_deviceRoom(deviceRoom)
    , m_othersLimit(saving.otherBanksLimit)
{
    Recipe varied = plan.recipe;
    varied.augmentation = m_augmentation;
    const std::string content =
        featureKey(varied, sourceOf(plan.recipe, m_type, network, frozenHash, pictures.contentHashes));
    m_folder = featureBankFolder(saving.banksFolder(), content);
    // First of all: on a full disk not even the folder could be made.
    if (!makeRoom()) {
        throw Error(ErrorCode::DiskFull, m_folder,
                    "stored features need " + byteText(static_cast<double>(missingBytes())) +
                        ", more than there is room for",
                    "make room, choose fewer views, or set XDG_CACHE_HOME to another disk");
    }
    m_bank = std::make_unique<FeatureBank>(saving.banksFolder(), content);
}

std::uint64_t StoredViews::missingBytes() const
{
    const bool isTraining = m_purpose == Purpose::Training;
    std::set<int> boundaries;
    for (const PhasePlan& phase : m_plan.phases) {
        const std::vector<int>& stored = isTraining ? phase.storedBoundaries : phase.passBoundaries;
        boundaries.insert(stored.begin(), stored.end());
    }
    std::uint64_t present = 0;
    for (int view = 0; view < m_viewCount; ++view) {
        for (const int boundary : boundaries) {
            present += FeatureFile::presentBytes(m_folder, FeatureBank::fileName(view, boundary));
        }
    }
    const std::uint64_t whole = isTraining ? m_plan.viewBytes() : m_plan.measuredBytes(m_items.size());
    return whole - std::min(whole, present);
}

FeatureFile& StoredViews::file(int view, int boundary)
{
    const LayerInfo& before = m_plan.layers[static_cast<std::size_t>(boundary) - 1];
    FeatureLayout layout;
    layout.rows = m_items.size();
    layout.rowBytes = static_cast<std::size_t>(before.height) * static_cast<std::size_t>(before.width) *
                      static_cast<std::size_t>(before.channels) * c10::elementSize(m_type);
    layout.unitRows = static_cast<std::size_t>(m_plan.recipe.batchSize);
    return m_bank->file(view, boundary, layout);
}

bool StoredViews::has(int view, int boundary)
{
    return file(view, boundary).isComplete();
}

bool StoredViews::fill(int view, const std::vector<int>& boundaries, const Network& network,
                       const FrozenPrefix& prefix, BatchLoaderOptions loading, PartSize& parts,
                       const FillCallbacks& callbacks, const std::stop_token& stop)
{
    std::vector<int> missing;
    std::size_t ready = m_items.size();
    for (const int boundary : boundaries) {
        const FeatureFile& target = file(view, boundary);
        if (!target.isComplete()) {
            missing.push_back(boundary);
            ready = std::min(ready, target.readyUnits());
        }
    }
    if (missing.empty()) {
        return true;
    }
    if (!m_augmentation.isIdentity()) {
        loading.augmentation = AugmentationKey{m_augmentation, m_augmentation.viewsSeed, view + 1};
    }
    BatchLoader loader(m_items, loading, ready);
    while (auto batch = loader.next(stop)) {
        std::vector<std::size_t> absent;
        for (const Batch::Failure& failure : batch->failures) {
            absent.push_back(failure.item - batch->first);
        }
        std::vector<at::Tensor> outputs;
        if (batch->size() > 0) {
            const BatchInputs inputs(*batch, m_plan.recipe.inputSize, network);
            outputs = inParts(inputs.size(), parts, [&](std::int64_t first, std::int64_t count) {
                return prefix.forwardTaps(inputs.part(first, count), missing);
            });
        }
        for (std::size_t i = 0; i < missing.size(); ++i) {
            FeatureFile& target = file(view, missing[i]);
            if (target.readyUnits() != batch->index) {
                continue; // it had this unit before the others
            }
            const std::size_t rowBytes = target.layout().rowBytes;
            std::vector<std::byte> rows(target.layout().rowsOf(batch->index) * rowBytes);
            if (batch->size() > 0) {
                // Half precision ends at 65,504; nothing that VGG16 gives comes near it.
                const at::Tensor values = m_type == at::kHalf ? outputs[i].clamp_max(65504) : outputs[i];
                const at::Tensor stored = values.to(at::kCPU, m_type).permute({0, 2, 3, 1}).contiguous();
                const auto* bytes = static_cast<const std::byte*>(stored.data_ptr());
                for (std::size_t n = 0; n < batch->items.size(); ++n) {
                    std::memcpy(rows.data() + (batch->items[n] - batch->first) * rowBytes,
                                bytes + n * rowBytes, rowBytes);
                }
            }
            callbacks.save([&] { append(target, rows, absent); });
        }
        callbacks.batchDone(*batch, static_cast<int>(batch->index) + 1,
                            static_cast<int>(loader.batchCount()));
    }
    m_waitedSeconds += loader.waitedSeconds();
    return !stop.stop_requested();
}

void StoredViews::append(FeatureFile& target, std::span<const std::byte> rows,
                         std::span<const std::size_t> absent) const
{
    try {
        target.append(rows, absent);
    } catch (const Error& error) {
        // Others have filled the disk since there was room for all; banks may have fallen out of use as well.
        if (error.code() != ErrorCode::DiskFull || !makeRoom()) {
            throw;
        }
        target.append(rows, absent);
    }
}

std::vector<int> StoredViews::viewsIn(int epoch) const
{
    std::vector<int> views(m_items.size());
    std::transform(m_items.begin(), m_items.end(), views.begin(), [&](const LoadItem& item) {
        return viewOf(m_viewCount, m_plan.recipe.seed, epoch, *item.contentKey);
    });
    return views;
}

std::optional<at::Tensor> StoredViews::gatherOnDevice(int boundary, const std::vector<std::uint32_t>& items,
                                                      const std::vector<int>& views)
{
    const FeatureLayout& layout = file(0, boundary).layout();
    if (layout.rows * layout.rowBytes * static_cast<std::uint64_t>(m_viewCount) > m_deviceRoom) {
        return std::nullopt;
    }
    if (m_deviceBoundary != boundary) {
        const LayerInfo& before = m_plan.layers[static_cast<std::size_t>(boundary) - 1];
        const std::vector<std::int64_t> rowShape{before.height, before.width, before.channels};
        m_deviceViews = std::make_unique<DeviceViews>(m_device, rowShape, m_type);
        m_deviceBoundary = boundary;
    }
    std::vector<int> drawn;
    drawn.reserve(items.size());
    for (const std::uint32_t item : items) {
        drawn.push_back(views[item]);
    }
    try {
        for (const int view : drawn) {
            if (!m_deviceViews->has(view)) {
                m_deviceViews->load(view, file(view, boundary));
            }
        }
        return m_deviceViews->gather(items, drawn);
    } catch (...) {
        if (currentError().code() != ErrorCode::OutOfMemory) {
            throw;
        }
        // Others have taken memory since: reading does as well.
        m_deviceViews.reset();
        m_deviceRoom = 0;
        return std::nullopt;
    }
}

StoredViews::Gathered StoredViews::gather(int boundary, std::span<const std::uint32_t> items,
                                          const std::vector<int>& views)
{
    const LayerInfo& before = m_plan.layers[static_cast<std::size_t>(boundary) - 1];
    Gathered result;
    std::vector<std::uint32_t>& present = result.items;
    for (const std::uint32_t item : items) {
        if (file(views[item], boundary).has(item)) {
            present.push_back(item);
            result.labels.push_back(m_items[item].label);
        }
    }
    if (const auto features = gatherOnDevice(boundary, present, views)) {
        result.features = *features;
        return result;
    }
    const at::Tensor rows = hostTensor({static_cast<std::int64_t>(present.size()), before.height,
                                        before.width, static_cast<std::int64_t>(before.channels)},
                                       m_type, m_device);
    auto* bytes = static_cast<std::byte*>(rows.data_ptr());
    for (const std::uint32_t item : present) {
        const FeatureFile& source = file(views[item], boundary);
        source.read(item, {bytes, source.layout().rowBytes});
        bytes += source.layout().rowBytes;
    }
    result.features = rows.permute({0, 3, 1, 2});
    return result;
}

void StoredViews::expect(int boundary, std::span<const std::uint32_t> items, const std::vector<int>& views)
{
    if (m_deviceViews && m_deviceBoundary == boundary) {
        return;
    }
    for (const std::uint32_t item : items) {
        file(views[item], boundary).expect(item);
    }
}

bool StoredViews::forEachLogits(
    const Network& network, int boundary, PartSize& parts,
    const std::function<void(const at::Tensor& logits, const Gathered& batch)>& each,
    const std::stop_token& stop)
{
    const auto batchSize = static_cast<std::size_t>(m_plan.recipe.batchSize);
    const std::vector<int> first(m_items.size(), 0);
    std::vector<std::uint32_t> order(m_items.size());
    std::iota(order.begin(), order.end(), 0u);
    for (std::size_t begin = 0; begin < order.size() && !stop.stop_requested(); begin += batchSize) {
        const auto items = std::span(order).subspan(begin, std::min(batchSize, order.size() - begin));
        const Gathered batch = gather(boundary, items, first);
        if (batch.labels.empty()) {
            each(at::empty({0, network.headSpec().outputs()}), batch);
            continue;
        }
        const auto logitsOf = [&](std::int64_t start, std::int64_t count) {
            return std::vector{logitsFromFeatures(network, boundary, batch.features.narrow(0, start, count))};
        };
        const at::Tensor logits = inParts(batch.features.size(0), parts, logitsOf).front();
        each(logits, batch);
    }
    return !stop.stop_requested();
}

std::string frozenHash(const PhasePlan& phase, const Network& network, const std::string& importedHash)
{
    if (phase.frozenAreImported) {
        return importedHash;
    }
    BaseWeights frozen = network.copyBase();
    const std::vector<LayerInfo> layers = baseLayers(minInputSize, network.backbone());
    std::size_t convolution = 0;
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        if (layers[static_cast<std::size_t>(layer)].kind == LayerKind::Convolution) {
            if (layer >= phase.boundary) {
                frozen.layers[convolution] = {};
            }
            ++convolution;
        }
    }
    return hashOf(frozen.layers);
}

} // namespace thaw
