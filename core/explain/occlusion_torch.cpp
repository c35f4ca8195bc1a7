#include "core/explain/occlusion_torch.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace thaw {

std::vector<int> occlusionEdges(int side)
{
    std::vector<int> edges;
    for (int i = 0; i <= occlusionStrips; ++i) {
        edges.push_back((2 * i * side + occlusionStrips) / (2 * occlusionStrips));
    }
    return edges;
}

std::optional<at::Tensor> occludedLogits(const at::Tensor& picture,
                                         const std::function<at::Tensor(const at::Tensor&)>& logitsOf,
                                         int together, const std::stop_token& stop)
{
    const at::NoGradGuard guard;
    const std::vector<int> edges = occlusionEdges(static_cast<int>(picture.size(2)));
    constexpr int patches = occlusionSteps * occlusionSteps;
    std::vector<at::Tensor> logits;
    for (int first = 0; first < patches; first += together) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        const int count = std::min(together, patches - first);
        const at::Tensor covered = picture.expand({count, -1, -1, -1}).clone(at::MemoryFormat::ChannelsLast);
        for (int i = 0; i < count; ++i) {
            const auto row = static_cast<std::size_t>((first + i) / occlusionSteps);
            const auto column = static_cast<std::size_t>((first + i) % occlusionSteps);
            covered[i]
                .narrow(1, edges[row], edges[row + 2] - edges[row])
                .narrow(2, edges[column], edges[column + 2] - edges[column])
                .zero_();
        }
        logits.push_back(logitsOf(covered).to(at::kCPU));
    }
    return at::cat(logits);
}

PlaceMap occlusionMap(double score, const at::Tensor& covered)
{
    const at::Tensor scores = covered.to(at::kDouble).contiguous();
    std::vector<double> sums(occlusionStrips * occlusionStrips);
    std::vector<int> counts(sums.size());
    for (int patch = 0; patch < occlusionSteps * occlusionSteps; ++patch) {
        const int place = patch / occlusionSteps * occlusionStrips + patch % occlusionSteps;
        for (const int step : {0, 1, occlusionStrips, occlusionStrips + 1}) {
            sums[static_cast<std::size_t>(place + step)] += score - scores.data_ptr<double>()[patch];
            ++counts[static_cast<std::size_t>(place + step)];
        }
    }
    PlaceMap map{occlusionStrips, occlusionStrips, {}};
    for (std::size_t place = 0; place < sums.size(); ++place) {
        map.values.push_back(static_cast<float>(sums[place] / counts[place]));
    }
    return map;
}

} // namespace thaw
