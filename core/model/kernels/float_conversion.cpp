#include "core/model/kernels/float_conversion.h"

#include <bit>
#include <cstring>

namespace thaw {

static_assert(std::endian::native == std::endian::little, "values are read as they lie");

namespace {

float fromHalf(std::uint16_t bits)
{
    const std::uint32_t sign = std::uint32_t(bits & 0x8000u) << 16;
    const std::uint32_t exponent = (bits >> 10) & 0x1fu;
    const std::uint32_t fraction = bits & 0x3ffu;
    if (exponent == 0) {
        const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

template <class Value, class Convert>
std::vector<float> converted(std::span<const std::byte> bytes, Convert convert)
{
    std::vector<float> values(bytes.size() / sizeof(Value));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Value value;
        std::memcpy(&value, bytes.data() + i * sizeof(Value), sizeof(Value));
        values[i] = convert(value);
    }
    return values;
}

} // namespace

std::uint64_t sizeOf(NumberType type)
{
    switch (type) {
    case NumberType::UInt8:
        return 1;
    case NumberType::Float16:
    case NumberType::BFloat16:
        return 2;
    case NumberType::Float32:
        return 4;
    case NumberType::Float64:
        break;
    }
    return 8;
}

std::vector<float> toFloats(std::span<const std::byte> bytes, NumberType type)
{
    switch (type) {
    case NumberType::UInt8:
        return converted<std::uint8_t>(bytes, [](std::uint8_t value) { return static_cast<float>(value); });
    case NumberType::Float16:
        return converted<std::uint16_t>(bytes, fromHalf);
    case NumberType::BFloat16:
        return converted<std::uint16_t>(
            bytes, [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t(bits) << 16); });
    case NumberType::Float32:
        return converted<float>(bytes, [](float value) { return value; });
    case NumberType::Float64:
        break;
    }
    return converted<double>(bytes, [](double value) { return static_cast<float>(value); });
}

} // namespace thaw
