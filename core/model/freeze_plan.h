#pragma once

#include "core/model/layer_info.h"

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

namespace thaw {

/// Which of the base's layers train in a phase. Pools have nothing to train but count in "the last N layers",
/// as in Keras's `for layer in base.layers[:-4]`.
class FreezePlan
{
public:
    FreezePlan() = default; ///< everything frozen

    /// The last n of the 18 layers. @throws Error RecipeInvalid unless 0 ≤ n ≤ 18
    static FreezePlan unfreezeLast(int n);
    /// Exactly these convolutions and pools. @throws Error RecipeInvalid for an unknown name
    static FreezePlan trainableLayers(const std::vector<std::string>& names);

    /// @param layer 1–18 in the order of baseLayers()
    bool isTrainable(int layer) const
    {
        return layer > 0 && m_trainable.test(static_cast<std::size_t>(layer));
    }
    void setTrainable(int layer, bool trainable);
    void add(const FreezePlan& other);                 ///< what `other` trains, trains here too
    void setBlockTrainable(int block, bool trainable); ///< its convolutions and its pool
    bool isBlockTrainable(int block) const;            ///< all its convolutions train

    /// The first layer (1–18) whose weights train, 19 if none: all before it can run without gradients, and
    /// its input is the freeze boundary.
    int firstTrainableConvolution() const;
    /// n if this is "the last n layers" (the greatest such n ≤ 18), else −1.
    int asUnfreezeLast() const;
    std::vector<std::string> names() const; ///< of the trainable layers, in order
    std::int64_t trainableParameters(const std::vector<LayerInfo>& layers) const;

    bool operator==(const FreezePlan&) const = default;

private:
    std::bitset<baseLayerCount + 1> m_trainable;
};

} // namespace thaw
