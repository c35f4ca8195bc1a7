#include "core/train/loop/fresh_epochs_torch.h"

#include <utility>

namespace thaw {

bool FreshEpochs::forEachBatch(int epoch, const std::vector<std::uint32_t>& order, std::int64_t first,
                               const Step& step)
{
    const Recipe& recipe = m_scope.plan.recipe;
    std::vector<LoadItem> items;
    items.reserve(order.size());
    for (const std::uint32_t index : order) {
        items.push_back(m_scope.pictures.train.items[index]);
    }
    BatchLoaderOptions options = m_scope.loaderFor(m_network);
    if (!recipe.augmentation.isIdentity()) {
        options.augmentation = AugmentationKey{recipe.augmentation, recipe.seed, epoch};
    }
    double waited = 0;
    std::int64_t next = first;
    BatchLoader loader(std::move(items), options, static_cast<std::size_t>(first));
    while (auto batch = loader.next(m_scope.stop)) {
        m_scope.reporter.leftOut(batch->failures);
        m_scope.state.waitedSeconds += loader.waitedSeconds() - waited;
        waited = loader.waitedSeconds();
        if (batch->size() == 0) {
            step({});
        } else {
            const BatchInputs inputs(*batch, recipe.inputSize, m_network);
            step({[&](std::int64_t begin, std::int64_t count) {
                      return m_prefix.forward(inputs.part(begin, count));
                  },
                  batch->labels});
        }
        ++next;
    }
    return next >= m_scope.plan.stepsFor(order.size()) && !m_scope.stop.stop_requested();
}

} // namespace thaw
