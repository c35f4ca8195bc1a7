#pragma once

#include "core/data/dataset_index.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace thaw {

/// What decoding the samples showed, by path.
struct PictureNotes
{
    std::map<std::string, int> fewColours; ///< samples with few colours, and how many
    std::map<std::string, int> dark; ///< of 16 bits that stay within 1/16 of their range: the brightest level
    std::vector<std::string> endless; ///< JPEGs that lack their end marker
};

/// Adds what only the whole shows (the same picture twice, empty and uneven classes) to the index's problems,
/// and sorts them by path. Internal to core/data.
/// @param labels every class that was named, be it empty or not
/// @param notes few colours are told where they are odd ones out, not where the whole data set is of drawings
/// @param purpose Measuring: nothing is said of the number of training pictures
void addFindings(DatasetIndex& index, const std::set<std::string>& labels, const PictureNotes& notes = {},
                 ScanPurpose purpose = ScanPurpose::Training);

} // namespace thaw
