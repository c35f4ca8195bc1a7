#include "core/train/loop/phase_trainer_torch.h"

#include "core/base/random.h"
#include "core/compute/precision_torch.h"
#include "core/train/loop/fresh_epochs_torch.h"
#include "core/train/loop/stored_epochs_torch.h"

#include <algorithm>

namespace thaw {

namespace {

// What a random stream is for, so that no two draw the same numbers.
constexpr std::uint64_t orderStream = 1;
constexpr std::uint64_t dropoutStream = 2;

/// A multiplier for each input of the dropout layer: 0 with probability `rate`, else 1 / (1 − rate).
at::Tensor dropoutScale(std::int64_t count, std::int64_t units, double rate, std::uint64_t key,
                        c10::Device device)
{
    const at::Tensor scale = hostTensor({count, units}, at::kFloat, device);
    float* values = scale.data_ptr<float>();
    RandomStream random(key);
    const auto kept = static_cast<float>(1 / (1 - rate));
    std::generate(values, values + scale.numel(), [&] { return random.uniform() < rate ? 0.0f : kept; });
    return toDevice(scale, device);
}

} // namespace

PhaseTrainer::PhaseTrainer(const RunScope& scope, const PhasePlan& phase, Network& network,
                           StoredViews* views, const Checkpoint* from)
    : m_scope(scope)
    , m_phase(phase)
    , m_network(network)
    , m_trainedType(scalarTypeOf(scope.plan.recipe.trainedPrecision))
    , m_trained(applyFreezePlan(network, phase.freeze))
    , m_prefix(network, phase.boundary, scalarTypeOf(scope.plan.recipe.precision))
    , m_optimizer(makeOptimizer(phase.settings, m_trained))
    , m_rules(rulesOf(phase.settings))
{
    const TrainState& state = scope.state;
    if (!scope.plan.classWeights.empty()) {
        m_classWeights = at::tensor(scope.plan.classWeights, at::kDouble).to(network.device(), at::kFloat);
    }
    if (phase.settings.emaMomentum > 0) {
        m_average = std::make_unique<WeightAverage>(m_trained, phase.settings.emaMomentum);
        if (from && !from->averages.empty()) {
            m_average->restore(from->averages, state.averagedSteps.value_or(stepsBefore(state.step)));
        }
    }
    if (from && !from->optimizer.empty()) {
        m_optimizer->restore(from->optimizer, state.optimizerSteps.value_or(0));
    }
    for (const auto& rule : m_rules) {
        if (const auto found = state.rules.find(rule->name()); found != state.rules.end()) {
            rule->restore(found->second);
        }
    }
    if (views) {
        m_source = std::make_unique<StoredEpochs>(scope, phase, network, m_prefix, *views);
    } else {
        m_source = std::make_unique<FreshEpochs>(scope, network, m_prefix);
    }
}

bool PhaseTrainer::trainEpoch(const std::function<void(const std::optional<StepResult>&)>& stepDone)
{
    TrainState& state = m_scope.state;
    const RunPlan& plan = m_scope.plan;
    if (state.step >= plan.stepsPerEpoch) {
        return true;
    }
    const int epoch = state.epochOfRun();
    const auto pictures = static_cast<std::uint32_t>(m_scope.pictures.train.items.size());
    const std::vector<std::uint32_t> order =
        permutation(pictures, mixKey({plan.recipe.seed, orderStream, static_cast<std::uint64_t>(epoch)}));
    if (!m_source->prepare(epoch)) {
        return false;
    }
    Stopwatch watch;
    return m_source->forEachBatch(epoch, order, state.step, [&](const FeatureBatch& batch) {
        const std::optional<StepResult> result =
            batch.labels.empty() ? std::nullopt : std::optional(step(batch));
        if (result) {
            const auto count = static_cast<std::int64_t>(batch.labels.size());
            state.lossSum += result->loss * static_cast<double>(count);
            state.correct += result->correct;
            state.images += count;
        }
        ++state.step;
        const double seconds = watch.lap();
        state.epochSeconds += seconds;
        state.trainingSeconds += seconds;
        state.totalSeconds += seconds;
        stepDone(result);
    });
}

StepResult PhaseTrainer::step(const FeatureBatch& batch)
{
    const Recipe& recipe = m_scope.plan.recipe;
    TrainState& state = m_scope.state;
    const c10::Device device = m_network.device();
    const auto count = static_cast<std::int64_t>(batch.labels.size());
    const at::Tensor targets = hostTensor({count}, at::kLong, device);
    std::copy(batch.labels.begin(), batch.labels.end(), targets.data_ptr<std::int64_t>());
    at::Tensor dropout;
    if (recipe.dropout > 0) {
        const auto key = mixKey({recipe.seed, dropoutStream, static_cast<std::uint64_t>(state.epochOfRun()),
                                 static_cast<std::uint64_t>(state.step)});
        dropout = dropoutScale(count, m_network.dropoutUnits(), recipe.dropout, key, device);
    }
    m_optimizer->setLearningRate(learningRateAt(state.step));
    StepResult result = trainStep(
        m_network, m_phase.boundary, m_trainedType, *m_optimizer,
        {batch.features, toDevice(targets, device), dropout, {recipe.labelSmoothing, m_classWeights}},
        m_scope.parts, m_trainedType == at::kHalf ? &state.lossScale : nullptr);
    if (m_average && result.isTaken) {
        m_average->update();
    }
    return result;
}

std::int64_t PhaseTrainer::stepsBefore(std::int64_t step) const
{
    return std::int64_t(m_scope.state.epoch - 1) * m_scope.plan.stepsPerEpoch + step;
}

double PhaseTrainer::learningRateAt(std::int64_t step) const
{
    for (const auto& rule : m_rules) {
        if (const std::optional<double> rate = rule->learningRate()) {
            return *rate;
        }
    }
    const double steps = static_cast<double>(m_scope.plan.stepsPerEpoch) * m_phase.settings.epochs;
    return m_phase.settings.learningRateAt(static_cast<double>(stepsBefore(step)) / std::max(1.0, steps));
}

void PhaseTrainer::epochEnded(double loss)
{
    for (const auto& rule : m_rules) {
        rule->epochEnded(loss);
        m_scope.state.rules[rule->name()] = rule->state();
    }
}

void PhaseTrainer::bestMeasuredAgain(double loss)
{
    for (const auto& rule : m_rules) {
        rule->bestMeasuredAgain(loss);
    }
}

bool PhaseTrainer::isEnded() const
{
    return std::any_of(m_rules.begin(), m_rules.end(), [](const auto& rule) { return rule->wantsToStop(); });
}

} // namespace thaw
