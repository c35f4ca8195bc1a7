#include "core/experiment/run_plan.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace thaw {

namespace {

/// Boundaries of phase `first` (from 0) and of later ones, as long as nothing below theirs has trained since.
std::vector<int> boundariesOfOnePass(const std::vector<PhasePlan>& phases, std::size_t first)
{
    std::set<int> boundaries;
    int lowestTrained = baseLayerCount + 1;
    for (std::size_t i = first; i < phases.size(); ++i) {
        const int boundary = phases[i].boundary;
        if (boundary > 1 && (i == first || boundary <= lowestTrained)) {
            boundaries.insert(boundary);
        }
        lowestTrained = std::min(lowestTrained, boundary);
    }
    return {boundaries.begin(), boundaries.end()};
}

std::uint64_t bytesAt(const RunPlan& plan, const std::vector<int>& boundaries, std::size_t images,
                      int valueBytes)
{
    std::uint64_t values = 0;
    for (const int boundary : boundaries) {
        values += plan.featureValues(boundary);
    }
    return values * images * static_cast<std::uint64_t>(valueBytes);
}

constexpr int halfBytes = 2;

/// n / (K · n_k), as scikit-learn's "balanced"; 1 for a class without pictures.
std::vector<double> balancedWeights(const std::vector<std::size_t>& counts)
{
    const auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t(0)));
    std::vector<double> weights;
    weights.reserve(counts.size());
    for (const std::size_t count : counts) {
        weights.push_back(count > 0 ? all / (static_cast<double>(counts.size()) * static_cast<double>(count))
                                    : 1.0);
    }
    return weights;
}

PhasePlan planPhase(const Recipe& recipe, std::size_t index)
{
    PhasePlan plan;
    plan.number = static_cast<int>(index) + 1;
    plan.settings = recipe.phases[index];
    plan.freeze = plan.settings.freezePlan();
    plan.boundary = plan.freeze.firstTrainableConvolution();
    plan.keepsValidation = recipe.keepValidationFeatures && plan.boundary > 1;
    return plan;
}

} // namespace

RunPlan planRun(const Recipe& recipe, const SplitCounts& counts, int classes,
                const std::vector<std::size_t>& trainByClass)
{
    RunPlan plan;
    plan.recipe = recipe;
    plan.counts = counts;
    plan.head = recipe.headSpec(classes);
    plan.layers = baseLayers(recipe.inputSize, scaledBackbone(recipe.width));
    plan.views =
        recipe.augmentation.isIdentity() ? std::min(1, recipe.augmentation.views) : recipe.augmentation.views;
    plan.stepsPerEpoch = plan.stepsFor(counts.train);
    if (counts.test > 0 || counts.validation > 0) {
        plan.testedSplit = counts.test > 0 ? Split::Test : Split::Validation;
    }
    if (recipe.classWeights == ClassWeights::Balanced) {
        plan.classWeights = balancedWeights(trainByClass);
    }
    int epochs = 0;
    FreezePlan trained;
    int lowestTrained = baseLayerCount + 1;
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        PhasePlan& phase = plan.phases.emplace_back(planPhase(recipe, i));
        phase.epochsBefore = epochs;
        phase.frozenAreImported = phase.boundary <= lowestTrained;
        trained.add(phase.freeze);
        phase.trainedSoFar = trained;
        epochs += phase.settings.epochs;
        lowestTrained = std::min(lowestTrained, phase.boundary);
    }
    for (std::size_t i = 0; i < plan.phases.size(); ++i) {
        PhasePlan& phase = plan.phases[i];
        phase.passBoundaries = boundariesOfOnePass(plan.phases, i);
        // Other runs can use only what depends on the imported weights alone.
        if (plan.views > 0 && phase.frozenAreImported && phase.boundary > 1) {
            phase.storedBoundaries = phase.passBoundaries;
        }
    }
    return plan;
}

const PhasePlan& RunPlan::phase(int number) const
{
    const auto last = static_cast<int>(phases.size());
    return phases.at(static_cast<std::size_t>(number < 1 ? last : std::min(number, last)) - 1);
}

int RunPlan::stepsFor(std::size_t images) const
{
    const auto batchSize = static_cast<std::size_t>(recipe.batchSize);
    return static_cast<int>((images + batchSize - 1) / batchSize);
}

double RunPlan::workBefore(int boundary) const
{
    double work = 0;
    for (int layer = 0; layer < std::min(boundary, static_cast<int>(layers.size())); ++layer) {
        work += static_cast<double>(layers[static_cast<std::size_t>(layer)].multiplyAdds);
    }
    return work;
}

std::uint64_t RunPlan::featureValues(int boundary) const
{
    const LayerInfo& before = layers.at(static_cast<std::size_t>(boundary) - 1);
    return static_cast<std::uint64_t>(before.height) * static_cast<std::uint64_t>(before.width) *
           static_cast<std::uint64_t>(before.channels);
}

std::uint64_t RunPlan::viewBytes() const
{
    std::uint64_t bytes = 0;
    int missing = views;
    bool anyOrder = false;
    for (const PhasePlan& phase : phases) {
        // A phase computes the views that its epochs draw, for itself and for those after it: the next in
        // order, or any once an epoch went by without storing its view.
        const int computed = anyOrder ? missing : std::min(missing, phase.settings.epochs);
        anyOrder = anyOrder || !phase.usesStoredViews();
        if (phase.usesStoredViews()) {
            bytes += bytesAt(*this, phase.storedBoundaries, counts.train, halfBytes) *
                     static_cast<std::uint64_t>(computed);
            missing -= computed;
        }
    }
    return bytes;
}

std::uint64_t RunPlan::measuredBytes(std::size_t images) const
{
    std::uint64_t bytes = 0;
    std::set<int> stored;
    for (const PhasePlan& phase : phases) {
        if (!phase.frozenAreImported) {
            stored.clear(); // other weights: the features are others too
        }
        std::vector<int> added;
        for (const int boundary : phase.passBoundaries) {
            if (stored.insert(boundary).second) {
                added.push_back(boundary);
            }
        }
        bytes += bytesAt(*this, added, images, valueBytes(recipe.precision));
    }
    return bytes;
}

std::uint64_t RunPlan::testedBytes(std::size_t images) const
{
    if (phases.empty() || phases.back().boundary <= 1) {
        return 0;
    }
    return bytesAt(*this, {phases.back().boundary}, images, valueBytes(recipe.precision));
}

} // namespace thaw
