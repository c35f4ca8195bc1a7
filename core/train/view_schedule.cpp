#include "core/train/view_schedule.h"

#include "core/model/layer_info.h"

#include <algorithm>
#include <set>

namespace thaw {

namespace {

int boundaryOf(const PhaseRecipe& phase)
{
    return phase.freezePlan().firstTrainableConvolution();
}

} // namespace

std::vector<int> boundariesOfOnePass(const std::vector<PhaseRecipe>& phases, std::size_t first)
{
    std::set<int> boundaries;
    int lowestTrained = baseLayerCount + 1;
    for (std::size_t i = first; i < phases.size(); ++i) {
        const int boundary = boundaryOf(phases[i]);
        if (i == first || boundary <= lowestTrained) {
            boundaries.insert(boundary);
        }
        lowestTrained = std::min(lowestTrained, boundary);
    }
    return {boundaries.begin(), boundaries.end()};
}

std::vector<int> storableBoundaries(const std::vector<PhaseRecipe>& phases, std::size_t first)
{
    int lowestTrained = baseLayerCount + 1;
    for (std::size_t i = 0; i < first; ++i) {
        lowestTrained = std::min(lowestTrained, boundaryOf(phases[i]));
    }
    const int own = boundaryOf(phases[first]);
    if (own > lowestTrained || own <= 1) {
        return {};
    }
    std::vector<int> boundaries = boundariesOfOnePass(phases, first);
    std::erase_if(boundaries, [](int boundary) { return boundary <= 1; });
    return boundaries;
}

int storedViews(const Recipe& recipe)
{
    return recipe.augmentation.isIdentity() ? std::min(1, recipe.augmentation.views)
                                            : recipe.augmentation.views;
}

std::uint64_t storedBytes(const Recipe& recipe, const std::vector<int>& boundaries, std::size_t images)
{
    const std::vector<LayerInfo> layers = baseLayers(recipe.inputSize, scaledBackbone(recipe.width));
    std::uint64_t values = 0;
    for (const int boundary : boundaries) {
        const LayerInfo& before = layers[static_cast<std::size_t>(boundary) - 1];
        values += static_cast<std::uint64_t>(before.height) * before.width * before.channels;
    }
    return values * images * 2;
}

std::uint64_t judgingBytes(const Recipe& recipe, std::size_t images)
{
    std::uint64_t half = 0;
    std::set<int> stored;
    int lowestTrained = baseLayerCount + 1;
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        if (boundaryOf(recipe.phases[i]) > lowestTrained) {
            stored.clear(); // other weights, another bank
        }
        std::vector<int> added = boundariesOfOnePass(recipe.phases, i);
        std::erase_if(added, [&](int boundary) { return boundary <= 1 || !stored.insert(boundary).second; });
        half += storedBytes(recipe, added, images);
        lowestTrained = std::min(lowestTrained, boundaryOf(recipe.phases[i]));
    }
    return half * static_cast<std::uint64_t>(valueBytes(recipe.precision)) / 2;
}

std::uint64_t storedBytes(const Recipe& recipe, std::size_t images)
{
    std::uint64_t bytes = 0;
    int views = storedViews(recipe);
    bool isMixed = false;
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        const std::vector<int> boundaries = storableBoundaries(recipe.phases, i);
        // A phase computes the views that its epochs draw, for itself and for those after it: the next in
        // order, or any once an epoch went by without storing its view.
        const int computed = isMixed ? views : std::min(views, recipe.phases[i].epochs);
        isMixed = isMixed || boundaries.empty();
        if (!boundaries.empty()) {
            bytes += storedBytes(recipe, boundaries, images) * static_cast<std::uint64_t>(computed);
            views -= computed;
        }
    }
    return bytes;
}

} // namespace thaw
