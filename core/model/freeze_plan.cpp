#include "core/model/freeze_plan.h"

#include "core/base/error.h"

#include <algorithm>

namespace thaw {

namespace {

/// The rows' names, kinds and blocks, which do not depend on the input size.
const std::vector<LayerInfo>& rows()
{
    static const std::vector<LayerInfo> layers = baseLayers(minInputSize);
    return layers;
}

const LayerInfo& row(int layer)
{
    return rows()[static_cast<std::size_t>(layer)];
}

} // namespace

FreezePlan FreezePlan::unfreezeLast(int n)
{
    if (n < 0 || n > baseLayerCount) {
        throw Error(ErrorCode::RecipeInvalid, {},
                    "the number of layers to unfreeze must be between 0 and " +
                        std::to_string(baseLayerCount) + ", is " + std::to_string(n));
    }
    FreezePlan plan;
    for (int layer = baseLayerCount - n + 1; layer <= baseLayerCount; ++layer) {
        plan.setTrainable(layer, true);
    }
    return plan;
}

FreezePlan FreezePlan::trainableLayers(const std::vector<std::string>& names)
{
    FreezePlan plan;
    for (const std::string& name : names) {
        const int layer = layerIndex(name);
        if (layer < 1) {
            throw Error(ErrorCode::RecipeInvalid, {}, "the base has no trainable layer \"" + name + "\"",
                        "its layers are block1_conv1 to block5_pool");
        }
        plan.setTrainable(layer, true);
    }
    return plan;
}

void FreezePlan::setTrainable(int layer, bool trainable)
{
    if (layer < 1 || layer > baseLayerCount) {
        throw Error(ErrorCode::Internal, {}, "the base has no layer " + std::to_string(layer));
    }
    m_trainable.set(static_cast<std::size_t>(layer), trainable);
}

void FreezePlan::add(const FreezePlan& other)
{
    m_trainable |= other.m_trainable;
}

void FreezePlan::setBlockTrainable(int block, bool trainable)
{
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        if (row(layer).block == block) {
            setTrainable(layer, trainable);
        }
    }
}

bool FreezePlan::isBlockTrainable(int block) const
{
    bool found = false;
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        if (row(layer).block == block && row(layer).kind == LayerKind::Convolution) {
            found = true;
            if (!isTrainable(layer)) {
                return false;
            }
        }
    }
    return found;
}

int FreezePlan::firstTrainableConvolution() const
{
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        if (isTrainable(layer) && row(layer).kind == LayerKind::Convolution) {
            return layer;
        }
    }
    return baseLayerCount + 1;
}

int FreezePlan::asUnfreezeLast() const
{
    const int count = static_cast<int>(m_trainable.count());
    return *this == unfreezeLast(count) ? count : -1;
}

std::vector<std::string> FreezePlan::names() const
{
    std::vector<std::string> trainable;
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        if (isTrainable(layer)) {
            trainable.push_back(row(layer).name);
        }
    }
    return trainable;
}

std::int64_t FreezePlan::trainableParameters(const std::vector<LayerInfo>& layers) const
{
    std::int64_t total = 0;
    const int count = std::min(static_cast<int>(layers.size()), baseLayerCount + 1);
    for (int layer = 1; layer < count; ++layer) {
        total += isTrainable(layer) ? layers[static_cast<std::size_t>(layer)].parameters : 0;
    }
    return total;
}

} // namespace thaw
