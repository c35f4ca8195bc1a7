#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"

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

/// Adds the findings that need the whole data set (the same picture twice, empty and uneven classes) to the
/// index's problems, and sorts them by path. Internal to core/data.
/// @param labels every class that was named, also empty ones
/// @param notes pictures with few colours are reported only where they are exceptions in the data set
/// @param purpose Measuring: no findings about the number of training pictures
void addFindings(DatasetIndex& index, const std::set<std::string>& labels, const PictureNotes& notes = {},
                 ScanPurpose purpose = ScanPurpose::Training);

} // namespace thaw
