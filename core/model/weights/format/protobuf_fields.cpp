#include "core/model/weights/format/protobuf_fields.h"

#include "core/data/image/byte_reader.h"

#include <cstdint>

namespace thaw {

namespace {

enum WireType : std::uint64_t { Varint = 0, Fixed64 = 1, Counted = 2, Fixed32 = 5 };

constexpr std::uint64_t greatestNumber = (1u << 29) - 1;

/// Moves `offset` behind the number; nothing where it is cut or longer than 64 bits.
std::optional<std::uint64_t> readVarint(const ByteReader& bytes, std::size_t& offset)
{
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && bytes.has(offset, 1); shift += 7) {
        const std::uint8_t byte = bytes.u8(offset++);
        value |= std::uint64_t(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    return std::nullopt;
}

/// Of the value at `offset`, which is moved behind a length that stands before it.
std::optional<std::uint64_t> sizeOfValue(std::uint64_t type, const ByteReader& bytes, std::size_t& offset)
{
    switch (type) {
    case Varint: {
        std::size_t end = offset;
        return readVarint(bytes, end) ? std::optional<std::uint64_t>(end - offset) : std::nullopt;
    }
    case Fixed64:
        return 8;
    case Counted:
        return readVarint(bytes, offset);
    case Fixed32:
        return 4;
    default:
        return std::nullopt;
    }
}

} // namespace

std::optional<ProtobufField> ProtobufFields::next()
{
    const ByteReader bytes(m_rest);
    std::size_t offset = 0;
    const auto key = readVarint(bytes, offset);
    if (!key || *key >> 3 == 0 || *key >> 3 > greatestNumber) {
        return std::nullopt;
    }
    const std::uint64_t type = *key & 7;
    const auto size = sizeOfValue(type, bytes, offset);
    if (!size || !bytes.has(offset, *size)) {
        return std::nullopt;
    }
    const ProtobufField field{static_cast<int>(*key >> 3), type == Counted, m_rest.subspan(offset, *size)};
    m_rest = m_rest.subspan(offset + *size);
    return field;
}

} // namespace thaw
