#include "core/model/weights/format/safetensors_header.h"

#include "core/base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace thaw {

namespace {

[[noreturn]] void invalid(const std::filesystem::path& path, const std::string& detail)
{
    throw Error(ErrorCode::WeightsInvalid, path, detail, "get the file again from where it came");
}

/// Fills the header while the JSON is read: a document tree of a large hostile header would take many times
/// the file's size.
class HeaderReader : public nlohmann::json::json_sax_t
{
public:
    explicit HeaderReader(const std::filesystem::path& path) : m_path(path) {}

    SafetensorsHeader take() { return std::move(m_header); }

    bool start_object(std::size_t) override
    {
        ++m_depth;
        if (m_depth == 2) {
            m_inMetadata = m_name == "__metadata__";
            if (!m_inMetadata) {
                m_header.entries.push_back({m_name, {}, {}, 0, 0});
                m_seenShape = m_seenOffsets = false;
            }
        } else if (m_depth > 2 || m_inArray) {
            misplaced();
        }
        return true;
    }

    bool end_object() override
    {
        if (m_depth == 2 && !m_inMetadata &&
            (m_header.entries.back().type.empty() || !m_seenShape || !m_seenOffsets)) {
            invalid(m_path, "tensor " + shownName(m_name) + " lacks its type, shape or offsets");
        }
        --m_depth;
        return true;
    }

    bool key(string_t& text) override
    {
        if (m_depth == 1) {
            if (!m_names.insert(text).second) {
                invalid(m_path, "the header names tensor " + shownName(text) + " twice");
            }
            m_name = text;
        } else {
            m_field = text;
        }
        return true;
    }

    bool string(string_t& text) override
    {
        if (m_depth == 2 && m_inMetadata) {
            m_header.metadata[m_field] = text;
        } else if (m_depth == 2 && m_field == "dtype" && !m_inArray) {
            m_header.entries.back().type = text;
        } else {
            misplaced();
        }
        return true;
    }

    bool start_array(std::size_t) override
    {
        if (m_depth != 2 || m_inMetadata || m_inArray) {
            misplaced();
        }
        m_inArray = true;
        m_numbers.clear();
        return true;
    }

    bool number_unsigned(std::uint64_t value) override
    {
        if (!m_inArray) {
            misplaced();
        }
        if (m_numbers.size() == 16) {
            invalid(m_path, "tensor " + shownName(m_name) + " has more than 16 dimensions");
        }
        m_numbers.push_back(value);
        return true;
    }

    bool end_array() override
    {
        m_inArray = false;
        SafetensorsEntry& entry = m_header.entries.back();
        if (m_field == "shape" && !std::exchange(m_seenShape, true)) {
            for (const std::uint64_t size : m_numbers) {
                if (size > std::uint64_t(std::numeric_limits<std::int64_t>::max())) {
                    invalid(m_path, "tensor " + shownName(m_name) + " has an impossible shape");
                }
                entry.shape.push_back(static_cast<std::int64_t>(size));
            }
        } else if (m_field == "data_offsets" && m_numbers.size() == 2 && !std::exchange(m_seenOffsets, true))
        {
            entry.begin = m_numbers[0];
            entry.end = m_numbers[1];
        } else {
            misplaced();
        }
        return true;
    }

    bool null() override { misplaced(); }
    bool boolean(bool) override { misplaced(); }
    bool number_integer(std::int64_t) override { misplaced(); }
    bool number_float(double, const string_t&) override { misplaced(); }
    bool binary(binary_t&) override { misplaced(); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override
    {
        invalid(m_path, "the header is not valid JSON at byte " + std::to_string(position));
    }

private:
    [[noreturn]] void misplaced() const
    {
        invalid(m_path, m_name.empty()
                            ? std::string("the header is not that of a safetensors file")
                            : "the header's entry " + shownName(m_name) + " is not as the format asks");
    }

    const std::filesystem::path& m_path;
    SafetensorsHeader m_header;
    std::set<std::string> m_names;
    std::string m_name;
    std::string m_field;
    std::vector<std::uint64_t> m_numbers;
    int m_depth = 0;
    bool m_inArray = false;
    bool m_inMetadata = false;
    bool m_seenShape = false;
    bool m_seenOffsets = false;
};

/// Bytes of a number of the format's types; nothing for another word.
std::optional<std::uint64_t> widthOf(std::string_view type)
{
    static const std::map<std::string_view, std::uint64_t> widths{
        {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
        {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
        {"U32", 4},  {"F32", 4}, {"F64", 8}, {"I64", 8},     {"U64", 8}};
    const auto found = widths.find(type);
    return found == widths.end() ? std::nullopt : std::optional(found->second);
}

/// Bytes of a tensor, nothing when that is no 64-bit number.
std::optional<std::uint64_t> byteCount(const SafetensorsEntry& entry, std::uint64_t width)
{
    std::uint64_t bytes = width;
    for (const std::int64_t size : entry.shape) {
        if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
            return std::nullopt;
        }
    }
    return bytes;
}

} // namespace

std::optional<NumberType> numberTypeOf(std::string_view type)
{
    static const std::map<std::string_view, NumberType> types{{"F16", NumberType::Float16},
                                                              {"BF16", NumberType::BFloat16},
                                                              {"F32", NumberType::Float32},
                                                              {"F64", NumberType::Float64},
                                                              {"U8", NumberType::UInt8}};
    const auto found = types.find(type);
    return found == types.end() ? std::nullopt : std::optional(found->second);
}

void throwTypeNotRead(const SafetensorsEntry& entry, const std::filesystem::path& path)
{
    throw Error(ErrorCode::WeightsInvalid, path,
                "tensor " + shownName(entry.name) + " is of type " + shownName(entry.type) +
                    ", which is not read",
                "save it as F32");
}

std::string shownName(std::string_view name, std::size_t longest)
{
    std::string shown(name.substr(0, longest));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; },
        '?');
    return name.size() > longest ? shown + "…" : shown;
}

SafetensorsHeader parseSafetensorsHeader(std::string_view json, std::uint64_t dataSize,
                                         const std::filesystem::path& path)
{
    HeaderReader reader(path);
    nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
    SafetensorsHeader header = reader.take();
    std::stable_sort(header.entries.begin(), header.entries.end(),
                     [](const auto& a, const auto& b) { return a.begin < b.begin; });
    std::uint64_t expected = 0;
    for (const SafetensorsEntry& entry : header.entries) {
        const auto width = widthOf(entry.type);
        if (!width) {
            throwTypeNotRead(entry, path);
        }
        if (entry.begin > entry.end || entry.end > dataSize) {
            invalid(path,
                    "tensor " + shownName(entry.name) + " lies outside the file, which may be cut short");
        }
        if (byteCount(entry, *width) != entry.end - entry.begin) {
            invalid(path, "tensor " + shownName(entry.name) + " has other bytes than its shape asks for");
        }
        if (entry.begin != expected) {
            invalid(path, "tensor " + shownName(entry.name) + " overlaps another or leaves a hole before it");
        }
        expected = entry.end;
    }
    if (expected != dataSize) {
        invalid(path, "the file goes on behind its last tensor");
    }
    return header;
}

} // namespace thaw
