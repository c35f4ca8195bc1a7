#pragma once

#include "core/data/dataset/dataset_index.h"

#include <cstddef>
#include <string>
#include <vector>

namespace thaw {

/// A picture in a line of a list. Internal to core/data.
struct ListedLine
{
    std::string path;
    std::string label;
    std::size_t line = 0;
};

/// Findings of pictures that a list names several times, those with other labels apart: a line for each
/// picture, or where they are over a handful one for all.
/// @param again the first line of each such picture and all later ones, in the list's order
std::vector<Problem> repeatedEntries(const std::vector<ListedLine>& again, const std::string& list);

} // namespace thaw
