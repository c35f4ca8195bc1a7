#include "core/model/head.h"

namespace thaw {

const char* nameOf(HeadKind kind)
{
    switch (kind) {
    case HeadKind::Book:
        return "book";
    case HeadKind::Pooled:
        return "pooled";
    case HeadKind::AverageMax:
        return "average-max";
    }
    return "";
}

const char* nameOf(OutputInitializer initializer)
{
    return initializer == OutputInitializer::Zeros ? "zeros" : "glorot_uniform";
}

std::optional<HeadKind> headKindFromName(std::string_view name)
{
    for (const HeadKind kind : headKinds) {
        if (name == nameOf(kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

std::vector<DenseInfo> headLayers(const HeadSpec& spec)
{
    if (spec.kind != HeadKind::Book) {
        const int poolings = spec.kind == HeadKind::AverageMax ? 2 : 1;
        return {{"dense", poolings * spec.featureChannels, spec.outputs()}};
    }
    const int flattened = spec.featureSide * spec.featureSide * spec.featureChannels;
    return {{"dense1", flattened, bookHeadUnits}, {"dense2", bookHeadUnits, spec.outputs()}};
}

std::int64_t headParameters(const HeadSpec& spec)
{
    std::int64_t total = 0;
    for (const DenseInfo& layer : headLayers(spec)) {
        total += layer.parameters();
    }
    return total;
}

} // namespace thaw
