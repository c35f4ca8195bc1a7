#pragma once

#include "core/experiment/recipe_fields.h"

#include <cstddef>
#include <string>
#include <vector>

namespace thaw {

/// Everything besides the recipe that stored features depend on.
struct FeatureSource
{
    std::string weights;        ///< the hash of the frozen layers
    std::string input;          ///< formulaOf() of the weights' convention
    std::size_t valueBytes = 0; ///< of a number as it is stored
    std::string card;           ///< the device's name; empty on the processor
    std::string processor;
    std::string thaw; ///< versions
    int computation = 0;
    std::string decoder;
    std::string libtorch;
    std::string onednn;
    std::vector<std::string> pictures; ///< hashes of their files, in order
};

/// All that decides stored features bit for bit, but for the view and the boundary: a line each, the same
/// text for the same features. Every field of the recipe that is marked as deciding them is in it, unless it
/// has its `unkeyed` value.
/// @param recipe resolved; for pictures that are not augmented, without augmentation
std::string featureKey(const Recipe& recipe, const FeatureSource& source,
                       const std::vector<Field<Recipe>>& fields = recipeFields(),
                       const std::vector<Field<PhaseRecipe>>& fieldsOfPhases = phaseFields());

} // namespace thaw
