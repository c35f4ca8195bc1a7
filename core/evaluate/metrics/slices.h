#pragma once

#include "core/evaluate/class_metrics.h"

#include <cstddef>
#include <string>
#include <vector>

namespace thaw {

/// Pictures that have something in common: a folder, a format, a range of brightness.
struct Slice
{
    std::string name;
    std::size_t images = 0;
    std::size_t right = 0;
    double accuracy = 0;
    AccuracyInterval interval;
};

/// The worst first: by accuracy, of equal ones the one with more pictures, then by name.
/// @param names of the slice that each picture is in  @param right as many: answered rightly
std::vector<Slice> slices(const std::vector<std::string>& names, const std::vector<bool>& right);

} // namespace thaw
