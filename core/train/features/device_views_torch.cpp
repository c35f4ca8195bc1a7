#include "core/train/features/device_views_torch.h"

#include "core/model/batch_inputs_torch.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace thaw {

namespace {

/// Pictures read at a time: what the processor holds of a view while it is copied.
constexpr std::size_t rowsAtOnce = 256;

} // namespace

DeviceViews::DeviceViews(c10::Device device, std::vector<std::int64_t> rowShape, at::ScalarType type)
    : m_device(device), m_rowShape(std::move(rowShape)), m_type(type)
{
}

void DeviceViews::load(int view, const FeatureFile& file)
{
    const auto shapeOf = [this](std::size_t rows) {
        std::vector<std::int64_t> shape{static_cast<std::int64_t>(rows)};
        shape.insert(shape.end(), m_rowShape.begin(), m_rowShape.end());
        return shape;
    };
    const FeatureLayout& layout = file.layout();
    const at::Tensor values = at::empty(shapeOf(layout.rows), at::TensorOptions(m_type).device(m_device));
    for (std::size_t first = 0; first < layout.rows; first += rowsAtOnce) {
        const std::size_t count = std::min(rowsAtOnce, layout.rows - first);
        const at::Tensor read = hostTensor(shapeOf(count), m_type, m_device);
        auto* bytes = static_cast<std::byte*>(read.data_ptr());
        for (std::size_t row = first; row < first + count; ++row, bytes += layout.rowBytes) {
            // Nobody gathers what is absent.
            if (file.has(row)) {
                file.read(row, {bytes, layout.rowBytes});
            }
        }
        values.narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(count))
            .copy_(read, true);
    }
    m_views.insert_or_assign(view, values);
}

at::Tensor DeviceViews::gather(std::span<const std::uint32_t> rows, std::span<const int> views) const
{
    struct Wanted
    {
        std::vector<std::int64_t> rows;
        std::vector<std::int64_t> places;
    };
    std::map<int, Wanted> wanted;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        wanted[views[i]].rows.push_back(rows[i]);
        wanted[views[i]].places.push_back(static_cast<std::int64_t>(i));
    }
    const auto indices = [this](const std::vector<std::int64_t>& values) {
        return at::tensor(values, at::kLong).to(m_device);
    };
    std::vector<std::int64_t> shape{static_cast<std::int64_t>(rows.size())};
    shape.insert(shape.end(), m_rowShape.begin(), m_rowShape.end());
    at::Tensor result = at::empty(shape, at::TensorOptions(m_type).device(m_device));
    for (const auto& [view, picked] : wanted) {
        result.index_copy_(0, indices(picked.places), m_views.at(view).index_select(0, indices(picked.rows)));
    }
    return result.permute({0, 3, 1, 2});
}

} // namespace thaw
