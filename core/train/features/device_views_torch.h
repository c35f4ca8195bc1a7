#pragma once

// Internal to core: needs LibTorch.

#include "core/train/features/feature_file.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace thaw {

/// Views of pictures at one freeze boundary in a device's memory, read once from their files, so that
/// batches are gathered there.
class DeviceViews
{
public:
    /// @param rowShape of a picture's features, [H, W, C]
    DeviceViews(c10::Device device, std::vector<std::int64_t> rowShape, at::ScalarType type);

    bool has(int view) const { return m_views.contains(view); }
    /// Reads a view. @param file whole, of rows of that shape and type @throws Error FileUnreadable
    void load(int view, const FeatureFile& file);

    /// The features of some pictures, each from its view, which is there. @param views as many as rows
    /// @return [N, C, H, W], channels-last, on the device
    at::Tensor gather(std::span<const std::uint32_t> rows, std::span<const int> views) const;

private:
    c10::Device m_device;
    std::vector<std::int64_t> m_rowShape;
    at::ScalarType m_type;
    std::map<int, at::Tensor> m_views; ///< [pictures, H, W, C]
};

} // namespace thaw
