#include "core/model/head.h"

#include "core/base/enum_names.h"

namespace thaw {

namespace {

constexpr EnumNames<OutputInitializer, 2> outputInitializerNames{
    {{OutputInitializer::Zeros, "zeros"}, {OutputInitializer::GlorotUniform, "glorot_uniform"}}};

constexpr EnumNames<HeadKind, 3> headKindNames{
    {{HeadKind::Book, "book"}, {HeadKind::Pooled, "pooled"}, {HeadKind::AverageMax, "average-max"}}};
static_assert(isComplete(headKindNames, HeadKind::AverageMax));

} // namespace

const char* nameOf(HeadKind kind)
{
    return nameIn(headKindNames, kind);
}

const char* nameOf(OutputInitializer initializer)
{
    return nameIn(outputInitializerNames, initializer);
}

std::optional<HeadKind> headKindFromName(std::string_view name)
{
    return valueIn(headKindNames, name);
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
