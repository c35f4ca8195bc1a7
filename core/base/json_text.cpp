#include "core/base/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace thaw {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// Walks the text without building anything, so that hostile nesting costs nothing.
class Checker : public nlohmann::json_sax<Json>
{
public:
    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool key(string_t&) override { return true; }
    bool start_object(std::size_t) override { return enter(); }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override { return value() && enter(); }
    bool end_array() override { return leave(); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override
    {
        m_position = position;
        m_problem = "is not valid JSON";
        return false;
    }

    const std::string& problem() const { return m_problem; }
    std::size_t position() const { return m_position; }

private:
    bool value()
    {
        if (m_depth == 0) {
            m_problem = "is not a JSON object";
        }
        return m_depth > 0;
    }
    bool enter()
    {
        if (++m_depth > maxJsonDepth) {
            m_problem = "is nested more than " + std::to_string(maxJsonDepth) + " levels deep";
        }
        return m_depth <= maxJsonDepth;
    }
    bool leave()
    {
        --m_depth;
        return true;
    }

    int m_depth = 0;
    std::string m_problem;
    std::size_t m_position = 0;
};

std::string place(std::string_view text, std::size_t position)
{
    const std::string_view before = text.substr(0, std::min(position > 0 ? position - 1 : 0, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto lineStart = before.rfind('\n');
    const auto column = lineStart == std::string_view::npos ? before.size() + 1 : before.size() - lineStart;
    return " (line " + std::to_string(line) + ", column " + std::to_string(column) + ")";
}

Json unknownIn(const Json& value, const Json& skeleton)
{
    Json unknown;
    if (value.is_object() && skeleton.is_object()) {
        for (const auto& [key, member] : value.items()) {
            const auto known = skeleton.find(key);
            if (known == skeleton.end()) {
                unknown[key] = member;
            } else if (Json inner = unknownIn(member, *known); !inner.is_null()) {
                unknown[key] = std::move(inner);
            }
        }
    } else if (value.is_array() && skeleton.is_array() && !skeleton.empty()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (Json inner = unknownIn(value[i], skeleton[0]); !inner.is_null()) {
                unknown[std::to_string(i)] = std::move(inner);
            }
        }
    }
    return unknown;
}

void addUnknown(OrderedJson& target, const Json& unknown)
{
    if (target.is_array()) {
        for (const auto& [key, inner] : unknown.items()) {
            std::size_t index = 0;
            const auto end = key.data() + key.size();
            const auto parsed = std::from_chars(key.data(), end, index);
            if (parsed.ec == std::errc() && parsed.ptr == end && index < target.size() && inner.is_object()) {
                addUnknown(target[index], inner);
            }
        }
    } else if (target.is_object()) {
        // The ordered object looks keys up one by one: look only among those it had, and append blindly, or a
        // file of a hundred thousand unknown keys would take minutes.
        auto& members = target.get_ref<OrderedJson::object_t&>();
        const auto known = static_cast<std::ptrdiff_t>(members.size());
        for (const auto& [key, inner] : unknown.items()) {
            const auto end = members.begin() + known;
            const auto found = std::find_if(
                members.begin(), end, [&name = key](const auto& member) { return member.first == name; });
            if (found == end) {
                members.emplace_back(key, OrderedJson(inner));
            } else if (inner.is_object()) {
                addUnknown(found->second, inner);
            }
        }
    }
}

} // namespace

void requireJsonObject(std::string_view text, ErrorCode code, const std::filesystem::path& path)
{
    Checker checker;
    if (!Json::sax_parse(text, &checker)) {
        const bool placed = checker.position() > 0;
        throw Error(code, path, checker.problem() + (placed ? place(text, checker.position()) : ""));
    }
}

std::string unknownKeysOf(std::string_view text, std::string_view skeleton)
{
    const Json unknown = unknownIn(Json::parse(text), Json::parse(skeleton));
    return unknown.is_null() ? std::string() : unknown.dump();
}

std::string withUnknownKeys(std::string_view text, std::string_view unknown)
{
    try {
        requireJsonObject(unknown, ErrorCode::Internal);
    } catch (const Error&) {
        return std::string(text);
    }
    auto merged = OrderedJson::parse(text);
    addUnknown(merged, Json::parse(unknown));
    return merged.dump(2);
}

std::string jsonQuoted(std::string_view text)
{
    constexpr std::size_t longest = 60;
    const std::string shown =
        text.size() > longest ? std::string(text.substr(0, longest)) + "…" : std::string(text);
    return Json(shown).dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace thaw
