#include "core/evaluate/labels/linear_head_torch.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace thaw {

namespace {

/// The loss and its slope; weights as one row of numbers.
class HeadLoss
{
public:
    HeadLoss(at::Tensor inputs, const std::vector<int>& labels, std::int64_t classes, double decay)
        : m_inputs(std::move(inputs)), m_classes(classes), m_decay(decay)
    {
        const at::Tensor targets = at::tensor(labels, at::kInt).to(at::kLong);
        m_targets = at::one_hot(targets, classes).to(at::kFloat);
    }

    std::int64_t size() const { return m_inputs.size(1) * m_classes; }

    double valueAt(const at::Tensor& flat, at::Tensor& slope) const
    {
        const at::Tensor weights = flat.view({m_inputs.size(1), m_classes});
        const at::Tensor logShares = at::log_softmax(at::mm(m_inputs, weights), 1);
        const auto pictures = static_cast<double>(m_inputs.size(0));
        // The bias is not held back: a class may be as rare as it is.
        at::Tensor held = weights.clone();
        held[-1].zero_();
        slope = (at::mm(m_inputs.t(), logShares.exp() - m_targets) / pictures + m_decay * held).view(-1);
        const double entropy = -(logShares * m_targets).sum(at::kDouble).item<double>() / pictures;
        return entropy + m_decay / 2 * held.square().sum(at::kDouble).item<double>();
    }

private:
    at::Tensor m_inputs; ///< [N, D + 1]
    at::Tensor m_targets;
    std::int64_t m_classes;
    double m_decay;
};

double innerProduct(const at::Tensor& a, const at::Tensor& b)
{
    return (a * b).sum(at::kDouble).item<double>();
}

/// What the last steps tell of the loss's curvature.
class StepMemory
{
public:
    void add(const at::Tensor& step, const at::Tensor& change)
    {
        const double curvature = innerProduct(step, change);
        if (curvature > 1e-10) { // else it says nothing
            m_pairs.push_back({step, change, curvature});
            if (m_pairs.size() > 10) {
                m_pairs.pop_front();
            }
        }
    }

    at::Tensor direction(const at::Tensor& slope) const
    {
        at::Tensor result = -slope;
        std::vector<double> shares(m_pairs.size());
        for (std::size_t i = m_pairs.size(); i-- > 0;) {
            shares[i] = innerProduct(m_pairs[i].step, result) / m_pairs[i].curvature;
            result = result - shares[i] * m_pairs[i].change;
        }
        if (!m_pairs.empty()) {
            const Pair& last = m_pairs.back();
            result = result * (last.curvature / innerProduct(last.change, last.change));
        }
        for (std::size_t i = 0; i < m_pairs.size(); ++i) {
            const double back = innerProduct(m_pairs[i].change, result) / m_pairs[i].curvature;
            result = result + (shares[i] - back) * m_pairs[i].step;
        }
        return result;
    }

private:
    struct Pair
    {
        at::Tensor step;
        at::Tensor change;
        double curvature;
    };
    std::deque<Pair> m_pairs;
};

at::Tensor withOnes(const at::Tensor& inputs)
{
    return at::cat({inputs, at::ones({inputs.size(0), 1})}, 1);
}

at::Tensor minimised(const HeadLoss& loss, const std::stop_token& stop)
{
    constexpr int mostSteps = 200;
    constexpr double flat = 1e-5; // of a slope per weight: float32 gets no further
    at::Tensor weights = at::zeros({loss.size()});
    at::Tensor slope;
    double value = loss.valueAt(weights, slope);
    StepMemory memory;
    for (int i = 0; i < mostSteps && !stop.stop_requested(); ++i) {
        if (slope.abs().max().item<double>() < flat) {
            break;
        }
        const at::Tensor direction = memory.direction(slope);
        const double descent = innerProduct(direction, slope);
        double length = i == 0 ? std::min(1.0, 1 / slope.abs().sum(at::kDouble).item<double>()) : 1;
        at::Tensor next;
        at::Tensor nextSlope;
        double nextValue = value;
        // Half as far until it pays (Armijo).
        bool isLower = false;
        for (int tries = 0; tries < 20 && !isLower; ++tries, length /= 2) {
            next = weights + length * direction;
            nextValue = loss.valueAt(next, nextSlope);
            isLower = nextValue <= value + 1e-4 * length * descent;
        }
        if (!isLower) {
            break;
        }
        memory.add(next - weights, nextSlope - slope);
        weights = next;
        slope = nextSlope;
        value = nextValue;
    }
    return weights;
}

} // namespace

LinearHead LinearHead::fit(const at::Tensor& features, const std::vector<int>& labels, std::int64_t classes,
                           double decay, const std::stop_token& stop)
{
    const at::NoGradGuard guard;
    LinearHead head;
    head.m_mean = features.mean(0, true);
    const at::Tensor deviation = (features - head.m_mean).square().mean(0, true).sqrt();
    head.m_scale = at::where(deviation > 1e-6, 1 / deviation, at::zeros_like(deviation));
    const HeadLoss loss(withOnes((features - head.m_mean) * head.m_scale), labels, classes, decay);
    head.m_weights = minimised(loss, stop).view({features.size(1) + 1, classes});
    return head;
}

at::Tensor LinearHead::probabilities(const at::Tensor& features) const
{
    const at::NoGradGuard guard;
    return at::softmax(at::mm(withOnes((features - m_mean) * m_scale), m_weights), 1);
}

} // namespace thaw
