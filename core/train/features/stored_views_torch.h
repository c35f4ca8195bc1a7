#pragma once

// Internal to core: needs LibTorch.

#include "core/experiment/run_plan.h"
#include "core/model/inference_torch.h"
#include "core/train/features/device_views_torch.h"
#include "core/train/features/feature_bank.h"
#include "core/train/loop/run_pictures.h"
#include "core/train/start/save_options.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace thaw {

/// Features of views of pictures: each view is computed once, stored in a FeatureBank, and gathered into
/// batches in any order.
///
/// A view is always computed in batches of the pictures' own order, whatever the epoch's order is. So what a
/// batch gathers does not depend on which run filled the bank or where it was interrupted.
class StoredViews
{
public:
    /// What the pictures are for.
    enum class Purpose {
        Training,  ///< augmented, stored in half precision
        Measuring, ///< one view, as it is, stored in the type computed: measured as if computed each time
    };

    /// Opens the pictures' bank, once there is room for all that is missing of it: before that nothing is
    /// written.
    /// @param saving where all banks lie, and how much of others is kept
    /// @param plan of a resolved recipe; for training with stored views
    /// @param frozenHash see frozenHash()
    /// @param pictures deep-checked: each has its content hash
    /// @param deviceRoom bytes of the network's device that views may take; 0: they are read each time. Where
    ///        all views fit at a boundary, they are kept there and gathered there
    /// @throws Error WriteFailed, DiskFull (also when the bank as a whole will not fit)
    StoredViews(const SaveOptions& saving, const RunPlan& plan, Purpose purpose, const Network& network,
                const std::string& frozenHash, const SplitPictures& pictures, std::uint64_t deviceRoom = 0);

    std::size_t pictureCount() const { return m_items.size(); }

    /// Whether all that an epoch draws is there.
    bool has(int view, int boundary);

    struct FillCallbacks
    {
        std::function<void(const Batch&, int step, int steps)> batchDone;
        /// Calls `write`, perhaps again. Where that says that the disk is full, removing what other runs
        /// stored was no help.
        std::function<void(const std::function<void()>& write)> save;
    };
    /// Computes and stores what is still missing of a view at some boundaries, in one pass. A picture whose
    /// contents are no longer those of its hash counts as broken.
    /// @param boundaries ascending, the last at most the prefix's; @param loading without augmentation
    /// @return false when stopped; what was computed stays
    /// @throws Error what `save` lets through; it may be called again
    bool fill(int view, const std::vector<int>& boundaries, const Network& network,
              const FrozenPrefix& prefix, BatchLoaderOptions loading, PartSize& parts,
              const FillCallbacks& callbacks, const std::stop_token& stop);

    /// Which view each picture shows in an epoch of the run.
    std::vector<int> viewsIn(int epoch) const;

    struct Gathered
    {
        at::Tensor features; ///< [N, C, H, W], channels-last, in the stored type, on the processor or the
                             ///< network's device
        std::vector<int> labels;
        std::vector<std::uint32_t> items; ///< which of those asked for, in their order
    };
    /// A batch from views that are all there; pictures without features are left out.
    /// @throws Error FileUnreadable
    Gathered gather(int boundary, std::span<const std::uint32_t> items, const std::vector<int>& views);
    /// Has what gather() will read for a batch fetched from the disk meanwhile.
    void expect(int boundary, std::span<const std::uint32_t> items, const std::vector<int>& views);

    /// The logits of all pictures' first view, which is there, batch by batch. @return false when stopped
    bool forEachLogits(const Network& network, int boundary, PartSize& parts,
                       const std::function<void(const at::Tensor& logits, const Gathered& batch)>& each,
                       const std::stop_token& stop);

    /// How long the network has waited for pictures while filling, in all.
    double waitedSeconds() const { return m_waitedSeconds; }

    /// Bytes of what the run may store, at its fullest, that are not in its files yet.
    std::uint64_t missingBytes() const;
    /// Gives back the room of files that were not filled to their end.
    void discardUnfinished() { m_bank->discardUnfinished(); }

    const std::filesystem::path& folder() const { return m_folder; }

private:
    FeatureFile& file(int view, int boundary);
    bool makeRoom() const { return makeRoomFor(m_folder, missingBytes(), m_othersLimit); }
    /// FeatureFile::append(); where the disk is full, once more with what room can be made.
    void append(FeatureFile& target, std::span<const std::byte> rows,
                std::span<const std::size_t> absent) const;
    /// Batches from the device's memory; none where views are not kept there.
    std::optional<at::Tensor> gatherOnDevice(int boundary, const std::vector<std::uint32_t>& items,
                                             const std::vector<int>& views);

    RunPlan m_plan;
    Purpose m_purpose;
    AugmentationSpec m_augmentation; ///< as the purpose has it
    std::vector<LoadItem> m_items;   ///< each with what it must hold
    at::ScalarType m_type;
    c10::Device m_device; ///< that batches go to
    int m_viewCount;
    std::uint64_t m_deviceRoom;
    std::uint64_t m_othersLimit; ///< see SaveOptions
    std::filesystem::path m_folder;
    std::unique_ptr<FeatureBank> m_bank;
    double m_waitedSeconds = 0;
    int m_deviceBoundary = 0; ///< of what m_deviceViews holds
    std::unique_ptr<DeviceViews> m_deviceViews;
};

/// The hash of the weights that a phase's frozen layers have: the imported base's, unless an earlier phase
/// has trained some of them.
/// @param network whose frozen layers are the phase's
std::string frozenHash(const PhasePlan& phase, const Network& network, const std::string& importedHash);

} // namespace thaw
