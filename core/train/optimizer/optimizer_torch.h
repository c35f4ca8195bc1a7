#pragma once

// Internal to core: needs LibTorch.

#include "core/experiment/recipe.h"
#include "core/model/network_torch.h"
#include "core/train/optimizer/tensor_slot.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace thaw {

/// A kind of state that an optimizer keeps, a tensor for each parameter.
struct OptimizerSlot
{
    std::string name;                   ///< as Keras names it: "velocity", "momentum"
    std::vector<NamedParameter> values; ///< under the parameters' names
};

/// Updates parameters from their gradients by one of Keras 3's rules. The named state and the count of steps
/// are all that a resume needs.
class Optimizer
{
public:
    /// @param parameters float32; their tensors stay the same ones @param slots names of the state it keeps
    Optimizer(std::vector<NamedParameter> parameters, const std::vector<std::string>& slots,
              double learningRate);
    virtual ~Optimizer() = default;
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;

    /// Of the steps to come.
    void setLearningRate(double learningRate) { m_learningRate = learningRate; }
    /// One update from the parameters' gradients; parameters without one are left alone. Clears the
    /// gradients.
    void step();

    const std::vector<NamedParameter>& parameters() const { return m_parameters; }
    const std::vector<OptimizerSlot>& state() const { return m_state; }
    std::int64_t steps() const { return m_steps; } ///< taken so far
    /// Goes on from where another one of the same kind was.
    /// @throws Error RunInvalid when a slot or a tensor is missing or mis-shaped
    void restore(const std::vector<TensorSlot>& state, std::int64_t steps);

protected:
    /// Once a step, before any parameter is updated.
    virtual void begin() {}
    /// @param index of the parameter
    virtual void update(std::size_t index, const at::Tensor& gradient) = 0;

    at::Tensor& weight(std::size_t index) { return m_parameters[index].tensor; }
    at::Tensor& slot(std::size_t slot, std::size_t index) { return m_state[slot].values[index].tensor; }
    double learningRate() const { return m_learningRate; }

private:
    std::vector<NamedParameter> m_parameters;
    std::vector<OptimizerSlot> m_state; ///< begins at zero
    double m_learningRate;
    std::int64_t m_steps = 0;
};

/// The optimizer that a phase asks for.
std::unique_ptr<Optimizer> makeOptimizer(const PhaseRecipe& settings, std::vector<NamedParameter> parameters);

} // namespace thaw
