#pragma once

#include "core/data/dataset/dataset_listing.h"
#include "core/data/dataset/dataset_scan.h"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// What opening one candidate showed.
struct CheckedFile
{
    std::uint64_t byteSize = 0;
    int width = 0;
    int height = 0;
    std::string contentHash; ///< deep check only
    int colours = 0; ///< distinct ones if they are few (and the picture is not tiny), else 0; likewise
    std::optional<int> brightest;   ///< level (0 to 255) of a picture of 16 bits; likewise
    bool lacksEnd = false;          ///< a JPEG without its end marker; likewise
    std::optional<Problem> problem; ///< why it cannot be a sample
};

/// Opens every candidate on threads of its own; the result is in the candidates' order and does not depend on
/// their number. Internal to core/data. Nothing when stopped.
/// @throws Error OutOfMemory
std::optional<std::vector<CheckedFile>> checkCandidates(const DatasetListing& listing,
                                                        const ScanOptions& options,
                                                        const ProgressCallback& progress,
                                                        const std::stop_token& stop);

} // namespace thaw
