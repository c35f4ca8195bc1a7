#pragma once

#include "core/base/progress.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace thaw {

enum class SampleSource {
    CatsAndDogs, ///< the public cats_and_dogs_filtered.zip: train and validation photographs
    TuxPaint,    ///< photographs from Debian's tuxpaint-stamps-default: animals against food and plants
    Generated,   ///< drawn shapes
};

struct SampleDataset
{
    std::filesystem::path folder;
    SampleSource source = SampleSource::Generated;
    std::string note; ///< what it is and what its accuracy proves, one plain sentence
};

struct SampleObserver
{
    std::function<void(const std::string&)> message;
    ProgressCallback progress;
};

/// A data set to try the program with: the cached one, else the first source that answers, in the order of
/// SampleSource. It is kept under dataFolder()/samples, never partial. Nothing when stopped.
/// @throws Error WriteFailed, DiskFull
std::optional<SampleDataset> obtainSampleDataset(const SampleObserver& observer = {},
                                                 const std::stop_token& stop = {});

enum class SampleFormat { Png, Jpeg };

/// Draws a folder of `perClass` pictures a class: discs against squares in varied colours, places and sizes.
/// @throws Error WriteFailed, DiskFull
void generateSampleDataset(const std::filesystem::path& folder, int perClass, int side, std::uint64_t seed,
                           SampleFormat format = SampleFormat::Png);

} // namespace thaw
