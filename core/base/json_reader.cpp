#include "core/base/json_reader.h"

#include "core/base/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace thaw {

using ReadJson = nlohmann::json;

/// A part of a document, which lives as long as one of its parts is read.
struct JsonReader::Node
{
    struct Document
    {
        ReadJson root;
        ErrorCode code;
        std::filesystem::path file;
        std::string advice;
    };

    std::shared_ptr<const Document> document;
    const ReadJson* object = nullptr;
    std::string prefix; ///< "dataset.": before a key in messages

    const ReadJson* find(const char* key) const
    {
        const auto found = object->find(key);
        return found == object->end() ? nullptr : &*found;
    }

    JsonReader part(const char* key, const ReadJson& member) const
    {
        JsonReader reader(std::make_shared<const Node>(Node{document, &member, prefix + key + "."}));
        if (!member.is_object()) {
            reader.fail("", "an object");
        }
        return reader;
    }
};

JsonReader JsonReader::parse(std::string_view text, ErrorCode code, const std::filesystem::path& file,
                             const std::string& advice)
{
    requireJsonObject(text, code, file);
    auto document =
        std::make_shared<const Node::Document>(Node::Document{ReadJson::parse(text), code, file, advice});
    const ReadJson* root = &document->root;
    return JsonReader(std::make_shared<const Node>(Node{std::move(document), root, {}}));
}

bool JsonReader::has(const char* key) const
{
    return m_node->find(key) != nullptr;
}

bool JsonReader::isNull(const char* key) const
{
    const ReadJson* member = m_node->find(key);
    return member == nullptr || member->is_null();
}

std::vector<std::string> JsonReader::keys() const
{
    std::vector<std::string> names;
    for (const auto& [key, value] : m_node->object->items()) {
        names.push_back(key);
    }
    return names;
}

void JsonReader::read(const char* key, std::string& target) const
{
    if (const ReadJson* member = m_node->find(key)) {
        requireThat(member->is_string(), key, "a text");
        target = member->get<std::string>();
    }
}

void JsonReader::read(const char* key, bool& target) const
{
    if (const ReadJson* member = m_node->find(key)) {
        requireThat(member->is_boolean(), key, "true or false");
        target = member->get<bool>();
    }
}

void JsonReader::read(const char* key, double& target) const
{
    read(key, target, std::numeric_limits<double>::quiet_NaN());
}

void JsonReader::read(const char* key, double& target, double ifNull) const
{
    if (const ReadJson* member = m_node->find(key)) {
        requireThat(member->is_number() || member->is_null(), key, "a number or null");
        target = member->is_null() ? ifNull : member->get<double>();
    }
}

void JsonReader::read(const char* key, std::vector<std::string>& target) const
{
    if (const ReadJson* member = m_node->find(key)) {
        const bool areTexts = member->is_array() && std::ranges::all_of(*member, [](const ReadJson& each) {
                                  return each.is_string();
                              });
        requireThat(areTexts, key, "a list of texts");
        target = member->get<std::vector<std::string>>();
    }
}

void JsonReader::read(const char* key, std::vector<std::size_t>& target) const
{
    if (const ReadJson* member = m_node->find(key)) {
        const bool areCounts =
            member->is_array() && std::ranges::all_of(*member, [](const ReadJson& each) {
                return each.is_number_unsigned() && std::in_range<std::size_t>(each.get<std::uint64_t>());
            });
        requireThat(areCounts, key, "a list of counts");
        target = member->get<std::vector<std::size_t>>();
    }
}

void JsonReader::read(const char* key, std::vector<std::vector<int>>& target) const
{
    const ReadJson* member = m_node->find(key);
    if (member == nullptr) {
        return;
    }
    const auto isCount = [](const ReadJson& each) {
        return each.is_number_unsigned() && std::in_range<int>(each.get<std::uint64_t>());
    };
    const bool areCounts = member->is_array() && std::ranges::all_of(*member, [&](const ReadJson& row) {
                               return row.is_array() && std::ranges::all_of(row, isCount);
                           });
    requireThat(areCounts, key, "lists of counts");
    target = member->get<std::vector<std::vector<int>>>();
}

JsonReader JsonReader::object(const char* key) const
{
    const ReadJson* member = m_node->find(key);
    requireThat(member != nullptr, key, "an object");
    return m_node->part(key, *member);
}

std::string JsonReader::textOf(const char* key) const
{
    const ReadJson* member = m_node->find(key);
    return member == nullptr ? "null" : member->dump();
}

void JsonReader::fail(const std::string& key, const std::string& rule) const
{
    std::string field = m_node->prefix + key;
    if (field.ends_with('.')) {
        field.pop_back();
    }
    const Node::Document& document = *m_node->document;
    throw Error(document.code, document.file, field + " must be " + rule, document.advice);
}

std::variant<std::int64_t, std::uint64_t> JsonReader::whole(const char* key) const
{
    const ReadJson& member = *m_node->find(key);
    requireThat(member.is_number_integer(), key, "a whole number in range");
    if (member.is_number_unsigned()) {
        return member.get<std::uint64_t>();
    }
    return member.get<std::int64_t>();
}

std::size_t JsonReader::size(const char* key) const
{
    if (isNull(key)) {
        return 0;
    }
    const ReadJson& member = *m_node->find(key);
    requireThat(member.is_array(), key, "a list");
    return member.size();
}

JsonReader JsonReader::element(const char* key, std::size_t index) const
{
    return m_node->part(key, (*m_node->find(key))[index]);
}

} // namespace thaw
