#include "tests/core/evaluate/comma_locale.h"

#include <array>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace thaw::test {

namespace {

/// glibc's compiled form of the category LC_NUMERIC: a magic number, the number of entries and where each
/// lies; then decimal point, no thousands' separator, no grouping, the first two as wide characters, and the
/// codeset.
void writeNumericCategory(const std::filesystem::path& file)
{
    constexpr std::array<std::uint32_t, 8> header{0x20031115 ^ LC_NUMERIC, 6, 32, 34, 35, 36, 40, 44};
    constexpr std::string_view strings(",\0\0\0", 4);
    constexpr std::array<std::uint32_t, 2> wide{',', 0};
    constexpr std::string_view codeset("UTF-8\0", 6);
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(header.data()), sizeof header);
    out << strings;
    out.write(reinterpret_cast<const char*>(wide.data()), sizeof wide);
    out << codeset;
}

} // namespace

CommaLocale::CommaLocale() : m_before(std::setlocale(LC_NUMERIC, nullptr))
{
    std::filesystem::create_directory(m_folder / "comma");
    writeNumericCategory(m_folder / "comma" / "LC_NUMERIC");
    const char* folders = std::getenv("LOCPATH");
    const std::string before = folders ? folders : "";
    setenv("LOCPATH", m_folder.path().c_str(), 1);
    std::setlocale(LC_NUMERIC, "comma");
    if (folders) {
        setenv("LOCPATH", before.c_str(), 1);
    } else {
        unsetenv("LOCPATH");
    }
    for (const char* installed : {"de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8"}) {
        if (!isInForce()) {
            std::setlocale(LC_NUMERIC, installed);
        }
    }
}

CommaLocale::~CommaLocale()
{
    std::setlocale(LC_NUMERIC, m_before.c_str());
}

bool CommaLocale::isInForce() const
{
    return std::string_view(std::localeconv()->decimal_point) == ",";
}

} // namespace thaw::test
