#pragma once

#include "core/experiment/recipe.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thaw {

/// Freeze boundaries (the first layer that trains, as FreezePlan counts) of phase `first` (from 0) and of
/// every later phase that can share a pass through the frozen layers with it, since nothing below its
/// boundary trains until then. Ascending, each once.
std::vector<int> boundariesOfOnePass(const std::vector<PhaseRecipe>& phases, std::size_t first);

/// Those of them whose features depend on the imported weights alone, so that they can be stored for other
/// runs: nothing below has trained in any earlier phase either, and something is frozen. Empty when the
/// phase's own boundary is not such a one.
std::vector<int> storableBoundaries(const std::vector<PhaseRecipe>& phases, std::size_t first);

/// How many different views a picture has: `augmentation.views`, but one where nothing is varied; 0 for fresh
/// ones in every epoch.
int storedViews(const Recipe& recipe);

/// Bytes of half-precision features that `images` pictures take at the boundaries given, in one view.
std::uint64_t storedBytes(const Recipe& recipe, const std::vector<int>& boundaries, std::size_t images);
/// Those of a whole run, at its fullest; 0 when it stores none.
std::uint64_t storedBytes(const Recipe& recipe, std::size_t images);
/// Bytes of what a run stores of `images` pictures that it judges itself by: not augmented, in the type
/// computed.
std::uint64_t judgingBytes(const Recipe& recipe, std::size_t images);

} // namespace thaw
