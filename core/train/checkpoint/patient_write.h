#pragma once

#include "core/train/observer.h"

#include <functional>
#include <stop_token>

namespace thaw {

/// What is written, for the notice.
enum class Saved {
    Run,
    Views, ///< in the cache folder
};

/// Calls `write`, which must leave the old state whole when it throws and may be called again. While it fails
/// because of the disk (full, quota, read-only, gone), the observer gets one notice, and `write` is called
/// again every `retryAfter` seconds until it succeeds: the trained state is only in memory then and must not
/// be lost. A request to stop ends the waiting at once. However the waiting ends, its notice does so too.
/// @throws what `write` throws: DiskFull and WriteFailed only once a stop is requested, all else at once
void writePatiently(const std::function<void()>& write, TrainObserver& observer, const std::stop_token& stop,
                    double retryAfter, Saved what = Saved::Run);

/// Calls `read`, a pass over the pictures that may be begun again. When it throws DatasetInvalid because
/// their folder is gone, waits in the same way until that is back, and calls it again.
/// @return false when `read` says so, or a stop was requested while waiting
/// @throws whatever else `read` throws, at once
bool readPatiently(const std::function<bool()>& read, TrainObserver& observer, const std::stop_token& stop,
                   double retryAfter);

} // namespace thaw
