#pragma once

#include "core/base/progress.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

namespace thaw {

struct DownloadRequest
{
    std::string url;              ///< https or file; http from this machine alone
    std::filesystem::path target; ///< appears whole or not at all
    std::string md5;              ///< lower-case hexadecimal; empty: not checked
    std::string sha256;           ///< the same
    std::uint64_t sizeLimit = 0;  ///< bytes; more than that is an error
    int connectTimeoutSeconds = 5;
    int stallTimeoutSeconds = 20; ///< give up when under 1 kB/s for so long
};

/// Whether THAW_OFFLINE=1 is in the environment: nothing is to be asked of anybody, by libcurl, pip or apt.
bool isOffline();

/// Fetches one file with libcurl. Redirects are followed to https only. Returns false when stopped.
/// @throws Error NetworkUnavailable (cannot connect, an HTTP status, a stall, a redirect elsewhere),
///         WeightsInvalid when a sum differs, WriteFailed, DiskFull
bool download(const DownloadRequest& request, const ProgressCallback& progress = {},
              const std::stop_token& stop = {});

} // namespace thaw
