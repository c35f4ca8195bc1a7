#pragma once

// Internal to core/data.

#include "core/data/sample/sample_dataset.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

namespace thaw {

/// Says it to an observer that listens.
void tell(const SampleObserver& observer, const std::string& text);

struct SampleArchive
{
    std::string url;
    std::string sha256 = {};               ///< empty: not checked
    std::uint64_t sizeLimit = 100'000'000; ///< bytes
};

/// cats_and_dogs_filtered.zip, as it is published.
SampleArchive catsAndDogsArchive();

/// Fetches the archive into `scratch` and puts its train and validation folders under `target`, which must
/// not exist. Returns false when stopped.
/// @throws Error NetworkUnavailable, WeightsInvalid (another archive), DatasetInvalid, WriteFailed, DiskFull
bool fetchCatsAndDogs(const SampleArchive& archive, const std::filesystem::path& scratch,
                      const std::filesystem::path& target, const SampleObserver& observer,
                      const std::stop_token& stop);

/// Fetches Debian's tuxpaint-stamps-default with apt-get, without installing it, unpacks it in `scratch` and
/// copies its photographs under `target`. Returns false when stopped.
/// @throws Error NetworkUnavailable, DatasetInvalid, WriteFailed, DiskFull
bool fetchTuxPaint(const std::filesystem::path& scratch, const std::filesystem::path& target,
                   const SampleObserver& observer, const std::stop_token& stop);

/// The stamps' photographs as class folders `animals` and `plants_and_food`, flattened on white. Folders
/// named "cartoon" hold drawings and are left out. Returns false when stopped.
/// @param stamps the package's usr/share/tuxpaint/stamps
/// @throws Error DatasetInvalid when a class has no picture, ImageUnreadable, WriteFailed, DiskFull
bool copyStamps(const std::filesystem::path& stamps, const std::filesystem::path& target,
                const SampleObserver& observer, const std::stop_token& stop);

} // namespace thaw
