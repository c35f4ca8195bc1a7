#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace thaw {

/// Reads numbers out of bytes that nobody vouches for: what lies outside reads as 0, so a parser that checks
/// has() late reads nonsense but never foreign memory.
class ByteReader
{
public:
    explicit ByteReader(std::span<const std::byte> bytes) : m_bytes(bytes) {}

    std::size_t size() const { return m_bytes.size(); }
    bool has(std::size_t offset, std::size_t count) const
    {
        return offset <= m_bytes.size() && count <= m_bytes.size() - offset;
    }
    bool matches(std::size_t offset, std::string_view text) const
    {
        if (!has(offset, text.size())) {
            return false;
        }
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (u8(offset + i) != static_cast<std::uint8_t>(text[i])) {
                return false;
            }
        }
        return true;
    }
    /// From `offset` on, at most `count` bytes.
    std::span<const std::byte> part(std::size_t offset, std::size_t count) const
    {
        if (offset >= m_bytes.size()) {
            return {};
        }
        return m_bytes.subspan(offset, count < m_bytes.size() - offset ? count : m_bytes.size() - offset);
    }

    std::uint8_t u8(std::size_t offset) const
    {
        return offset < m_bytes.size() ? static_cast<std::uint8_t>(m_bytes[offset]) : std::uint8_t(0);
    }
    std::uint32_t bigEndian16(std::size_t offset) const { return u8(offset) * 256u + u8(offset + 1); }
    std::uint32_t bigEndian32(std::size_t offset) const
    {
        return bigEndian16(offset) << 16 | bigEndian16(offset + 2);
    }
    std::uint32_t littleEndian16(std::size_t offset) const { return u8(offset) + 256u * u8(offset + 1); }
    std::uint32_t littleEndian24(std::size_t offset) const
    {
        return littleEndian16(offset) | std::uint32_t(u8(offset + 2)) << 16;
    }
    std::uint32_t littleEndian32(std::size_t offset) const
    {
        return littleEndian16(offset) | littleEndian16(offset + 2) << 16;
    }

private:
    std::span<const std::byte> m_bytes;
};

} // namespace thaw
