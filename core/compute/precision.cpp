#include "core/compute/precision.h"

namespace thaw {

const char* nameOf(Precision precision)
{
    switch (precision) {
    case Precision::Auto:
        return "auto";
    case Precision::Float32:
        return "float32";
    case Precision::Bfloat16:
        return "bfloat16";
    case Precision::Float16:
        return "float16";
    }
    return "";
}

std::optional<Precision> precisionFromName(std::string_view name)
{
    for (const Precision precision :
         {Precision::Auto, Precision::Float32, Precision::Bfloat16, Precision::Float16})
    {
        if (name == nameOf(precision)) {
            return precision;
        }
    }
    return std::nullopt;
}

int valueBytes(Precision precision)
{
    return precision == Precision::Bfloat16 || precision == Precision::Float16 ? 2 : 4;
}

} // namespace thaw
