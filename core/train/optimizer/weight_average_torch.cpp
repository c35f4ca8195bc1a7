#include "core/train/optimizer/weight_average_torch.h"

#include "core/train/checkpoint/checkpoint_torch.h"

#include <utility>

namespace thaw {

WeightAverage::WeightAverage(std::vector<NamedParameter> parameters, double momentum)
    : m_parameters(std::move(parameters)), m_momentum(momentum)
{
    for (const NamedParameter& parameter : m_parameters) {
        const at::Tensor weight = parameter.tensor.detach();
        m_averages.push_back({parameter.name, weight.clone()});
        m_bits.emplace_back(weight.view(at::kInt), m_averages.back().tensor.view(at::kInt));
    }
}

void WeightAverage::restore(const std::vector<NamedTensor>& averages, std::int64_t steps)
{
    restoreParameters(m_averages, averages);
    m_steps = steps;
}

void WeightAverage::update()
{
    const at::NoGradGuard guard;
    const double momentum = m_steps++ == 0 ? 0 : m_momentum;
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        m_averages[i].tensor.mul_(momentum).add_(m_parameters[i].tensor, 1 - momentum);
    }
}

void WeightAverage::swap()
{
    const at::NoGradGuard guard;
    // By exclusive or, which needs no third place: a destructor calls this, and memory may be short.
    for (auto& [weight, average] : m_bits) {
        weight.bitwise_xor_(average);
        average.bitwise_xor_(weight);
        weight.bitwise_xor_(average);
    }
}

AverageInPlace::AverageInPlace(WeightAverage* average) : m_average(average)
{
    if (m_average) {
        m_average->swap();
    }
}

AverageInPlace::~AverageInPlace()
{
    if (m_average) {
        m_average->swap();
    }
}

} // namespace thaw
