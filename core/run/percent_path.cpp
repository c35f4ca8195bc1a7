#include "core/run/percent_path.h"

#include <charconv>
#include <system_error>

namespace thaw {

std::string percentEncoded(std::string_view path)
{
    std::string text;
    for (const char byte : path) {
        const auto value = static_cast<unsigned char>(byte);
        if (value < 0x80 && byte != '%') {
            text += byte;
        } else {
            constexpr std::string_view digits = "0123456789ABCDEF";
            text += {'%', digits[value >> 4], digits[value & 15]};
        }
    }
    return text;
}

std::optional<std::string> percentDecoded(std::string_view text)
{
    std::string path;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            path += text[i];
            continue;
        }
        const std::string_view digits = text.substr(i + 1, 2);
        unsigned value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2 || value == 0) {
            return std::nullopt;
        }
        path += static_cast<char>(value);
        i += 2;
    }
    return path;
}

} // namespace thaw
