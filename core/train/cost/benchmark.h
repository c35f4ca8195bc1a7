#pragma once

#include "core/base/progress.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

struct BenchmarkOptions
{
    bool quick = false; ///< raw and end-to-end feature rates alone
    int threads = 0;    ///< 0: physical cores
    std::filesystem::path
        work; ///< an empty folder for pictures, runs and stored views; the caller removes it
};

/// One measured number.
struct BenchmarkFigure
{
    std::string name; ///< "raw.float32_nhwc", "phase1_epoch.fresh"; a point groups figures
    double value = 0;
    std::string unit;        ///< "images/s", "s", "MiB", "share"
    std::string explanation; ///< what was measured, in words
};

/// Measures this machine on the true VGG16 at 180 pixels and batches of 32, with drawn pictures and random
/// weights: speed depends on neither. `measured` hears of each figure as it is known. Nothing when stopped.
///
/// Epoch times are measured on a smaller data set and scaled to 2,000 training and 1,000 validation pictures,
/// as in the book: "fresh" computes every training picture anew, "bank" reads stored views. In both,
/// the features of validation pictures were computed before the first epoch, once a run, and are not part of
/// the figure. "bank" is the quickest of a few. Types of numbers are those that `auto` chooses. All
/// that is stored for it lies in `work`.
/// @throws Error WriteFailed, DiskFull, OutOfMemory
std::optional<std::vector<BenchmarkFigure>>
runBenchmark(const BenchmarkOptions& options, const std::function<void(const BenchmarkFigure&)>& measured,
             std::stop_token stop);

} // namespace thaw
