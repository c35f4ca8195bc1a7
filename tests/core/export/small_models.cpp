#include "tests/core/export/small_models.h"

#include <string>

namespace thaw::test {

ModelWeights smallModel(HeadKind kind, int classes)
{
    ModelWeights model;
    model.base = randomBaseWeights(scaledBackbone(1.0 / 32), 3);
    model.headSpec = {kind, classes, 0.5, featureSide(64), model.base.backbone().channels.back()};
    model.transform.inputSize = 64;
    for (int i = 0; i < classes; ++i) {
        model.classes.push_back("class " + std::to_string(i));
    }
    float value = 0.01f;
    for (const DenseInfo& dense : headLayers(model.headSpec)) {
        NamedTensor kernel{"head." + dense.name + ".weight", {dense.outputs, dense.inputs}, {}};
        kernel.values.resize(static_cast<std::size_t>(dense.outputs) * dense.inputs);
        for (float& weight : kernel.values) {
            weight = value;
            value = -value * 1.0001f;
        }
        model.head.push_back(std::move(kernel));
        model.head.push_back(
            {"head." + dense.name + ".bias", {dense.outputs}, std::vector<float>(dense.outputs)});
    }
    return model;
}

} // namespace thaw::test
