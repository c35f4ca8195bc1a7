#pragma once

#include "core/data/dataset/split.h"
#include "core/experiment/recipe.h"
#include "core/model/layer_info.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace thaw {

/// One phase of a run as it will be carried out. A boundary is the first layer that trains, as FreezePlan
/// counts: the layers before it are frozen, and their output can be stored.
struct PhasePlan
{
    int number = 1; ///< from 1
    PhaseRecipe settings;
    FreezePlan freeze;
    FreezePlan trainedSoFar; ///< what this phase or an earlier one trains
    int boundary = baseLayerCount + 1;
    int epochsBefore = 0; ///< of earlier phases
    /// No layer below the boundary trains in an earlier phase: their weights are the imported ones.
    bool frozenAreImported = true;
    /// Boundaries above 1 of this phase, and of later ones whose frozen layers have the same weights: one
    /// pass through the frozen layers computes the features at all of them. Ascending, each once.
    std::vector<int> passBoundaries;
    /// Those at which training pictures' features are stored, for this run and others. Empty where the phase
    /// computes each picture afresh.
    std::vector<int> storedBoundaries;
    bool keepsValidation = false; ///< validation pictures pass the frozen layers once, not in each epoch

    bool usesStoredViews() const { return !storedBoundaries.empty(); }

    bool operator==(const PhasePlan&) const = default;
};

/// What a run will do, worked out once from its recipe and its pictures. Everything that trains, measures,
/// stores, estimates or resumes reads it here.
struct RunPlan
{
    Recipe recipe;
    SplitCounts counts;
    HeadSpec head;
    std::vector<LayerInfo> layers; ///< of the base, see baseLayers()
    /// Different views that a training picture has: `augmentation.views`, but one where nothing is varied; 0
    /// for a fresh one in each epoch.
    int views = 0;
    int stepsPerEpoch = 0; ///< batches of training pictures
    /// What a training picture's loss counts, by its class; empty: all alike.
    std::vector<double> classWeights;
    std::vector<PhasePlan> phases;
    /// What the end of the run is measured by: the test split, else validation; none where both are empty.
    std::optional<Split> testedSplit;

    /// @param number from 1; where there is no such phase (the run is done, or it is not known), the last one
    const PhasePlan& phase(int number) const;
    /// Batches that `images` pictures make.
    int stepsFor(std::size_t images) const;
    /// Multiply-adds of one picture, forward, in the base's layers before a boundary.
    double workBefore(int boundary) const;
    /// Number of values in a picture's features at a boundary above 1.
    std::uint64_t featureValues(int boundary) const;
    /// Whether the test reads stored features: where training does, others may need them too.
    bool storesTest() const { return !phases.empty() && phases.back().usesStoredViews(); }

    /// Bytes of the training pictures' features in half precision: all views of the whole run. 0 when the run
    /// stores none.
    std::uint64_t viewBytes() const;
    /// Bytes of the features of pictures that are only measured, in the type computed: what `images` of them
    /// take over all phases (as validation pictures), or at the last phase's boundary alone (as test
    /// pictures).
    std::uint64_t measuredBytes(std::size_t images) const;
    std::uint64_t testedBytes(std::size_t images) const;

    bool operator==(const RunPlan&) const = default;
};

/// @param recipe checkRecipe() found nothing @param classes at least two are assumed
/// @param trainByClass training pictures of each class, for balanced weights; empty: not known
RunPlan planRun(const Recipe& recipe, const SplitCounts& counts, int classes = 2,
                const std::vector<std::size_t>& trainByClass = {});

} // namespace thaw
