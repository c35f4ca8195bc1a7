#pragma once

#include "core/data/dataset/dataset_index.h"

#include <cstddef>
#include <string>
#include <vector>

namespace thaw {

/// Pictures of a run that cannot be used any more: missing, changed or unreadable.
struct PictureLosses
{
    std::size_t count = 0;
    std::size_t of = 0;                ///< number of pictures that the run should have
    std::vector<std::string> pictures; ///< their paths, as the data set names them; empty: not known
    std::vector<std::string> groups;   ///< "all test pictures of wren": nothing is left of these

    /// More than a twentieth of the pictures (and more than one), or a whole group: the result would belong
    /// to another data set than the user expects.
    bool areSerious() const;
    /// "12 of 40 pictures are missing, changed or cannot be read: a.png, b.png, c.png and 9 more; among them
    /// all test pictures of wren".
    std::string text() const;
};

/// Before a run starts: pictures that the scan left out, though they are there or listed, and those that have
/// gone, or have another size, since it.
PictureLosses lossesAtStart(const DatasetIndex& dataset);

/// @throws Error PicturesLost when they are serious
void requireNoSeriousLosses(const DatasetIndex& dataset);

/// "a, b, c and 9 more", with as many names as a line takes.
std::string someOf(const std::vector<std::string>& names);

} // namespace thaw
