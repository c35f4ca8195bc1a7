#pragma once

#include "core/model/weights/format/safetensors_file.h"

#include <string>
#include <vector>

namespace thaw {

/// A kind of state beside the weights, as a checkpoint holds it: see OptimizerSlot.
struct TensorSlot
{
    std::string name; ///< without dots
    std::vector<NamedTensor> tensors;

    bool operator==(const TensorSlot&) const = default;
};

} // namespace thaw
