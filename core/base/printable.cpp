#include "core/base/printable.h"

#include "core/base/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace thaw {

namespace {

struct Range
{
    char32_t first;
    char32_t last;
};

/// Unicode's control (Cc), format (Cf) and separator (Zl, Zp) characters, and the letters that are blank. Not
/// the selectors that choose how the character before them looks.
constexpr std::array unseen{
    Range{0x80, 0x9F},       Range{0xAD, 0xAD},     Range{0x34F, 0x34F},     Range{0x61C, 0x61C},
    Range{0x115F, 0x1160},   Range{0x17B4, 0x17B5}, Range{0x180B, 0x180F},   Range{0x200B, 0x200F},
    Range{0x2028, 0x202E},   Range{0x2060, 0x206F}, Range{0x3164, 0x3164},   Range{0xFEFF, 0xFEFF},
    Range{0xFFA0, 0xFFA0},   Range{0xFFF0, 0xFFFB}, Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE0FFF},
};

bool isUnseen(char32_t point)
{
    return std::any_of(unseen.begin(), unseen.end(),
                       [point](const Range& range) { return point >= range.first && point <= range.last; });
}

/// @param sequence one that utf8Length() accepts
char32_t pointOf(std::string_view sequence)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
    constexpr std::array<unsigned char, 5> leadBits{0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t point = byte(0) & leadBits[sequence.size()];
    for (std::size_t i = 1; i < sequence.size(); ++i) {
        point = point << 6 | (byte(i) & 0x3F);
    }
    return point;
}

std::string written(const char* format, char32_t number)
{
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(number));
    return buffer;
}

std::string writtenPoint(char32_t point)
{
    return point > 0xFFFF ? written("\\U%08x", point) : written("\\u%04x", point);
}

/// Of a character beyond U+FFFF JSON writes the two halves of UTF-16.
std::string writtenForJson(char32_t point)
{
    return point > 0xFFFF ? written("\\u%04x", 0xD800 + ((point - 0x10000) >> 10)) +
                                written("\\u%04x", 0xDC00 + ((point - 0x10000) & 0x3FF))
                          : written("\\u%04x", point);
}

std::string shown(std::string_view text, bool isLines)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(sequence.size());
        const char32_t point = length > 0 ? pointOf(sequence) : static_cast<unsigned char>(sequence[0]);
        const bool isControl = point < 0x20 || point == 0x7F;
        if (length == 0 || (isControl && !isLines)) {
            result += written("\\x%02x", point);
        } else if ((isControl && point != '\n') || isUnseen(point)) {
            result += isLines ? writtenForJson(point) : writtenPoint(point);
        } else {
            result += sequence;
        }
    }
    return result;
}

} // namespace

std::string printable(std::string_view text)
{
    return shown(text, false);
}

std::string printableLines(std::string_view text)
{
    return shown(text, true);
}

} // namespace thaw
