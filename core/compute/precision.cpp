#include "core/compute/precision.h"

#include "core/base/enum_names.h"

namespace thaw {

namespace {

constexpr EnumNames<Precision, 4> precisionNames{{{Precision::Auto, "auto"},
                                                  {Precision::Float32, "float32"},
                                                  {Precision::Bfloat16, "bfloat16"},
                                                  {Precision::Float16, "float16"}}};
static_assert(isComplete(precisionNames, Precision::Float16));

} // namespace

const char* nameOf(Precision precision)
{
    return nameIn(precisionNames, precision);
}

std::optional<Precision> precisionFromName(std::string_view name)
{
    return valueIn(precisionNames, name);
}

int valueBytes(Precision precision)
{
    return precision == Precision::Bfloat16 || precision == Precision::Float16 ? 2 : 4;
}

} // namespace thaw
