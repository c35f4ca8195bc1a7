#include "core/train/start/run_materials.h"

#include "core/base/random.h"

#include <filesystem>
#include <system_error>

namespace thaw {

std::uint64_t stampOf(const DatasetIndex& dataset)
{
    std::uint64_t stamp = dataset.samples.size();
    for (const Sample& sample : dataset.samples) {
        std::error_code error;
        const std::filesystem::path file = dataset.pathOf(sample);
        const auto size = std::filesystem::file_size(file, error);
        const auto time = std::filesystem::last_write_time(file, error).time_since_epoch().count();
        stamp = mixKey({stamp, error ? 0 : std::uint64_t(size), error ? 0 : std::uint64_t(time)});
    }
    return stamp == 0 ? 1 : stamp;
}

bool RunMaterials::areFresh() const
{
    return stamp != 0 && stamp == stampOf(dataset);
}

} // namespace thaw
