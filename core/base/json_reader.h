#pragma once

#include "core/base/error.h"

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace thaw {

/// Reads members of a JSON object, each strictly of its type: the library behind it would convert 1e300 to an
/// int without a word. Every fault is an Error that names the file and the member ("dataset.classes must be
/// …"). read() leaves its target alone where the member is absent; require() does not accept that.
class JsonReader
{
public:
    /// @param code of all errors @param file for messages, may be empty @param advice of all errors, may be
    /// empty
    /// @throws Error where `text` is no JSON object, see requireJsonObject()
    static JsonReader parse(std::string_view text, ErrorCode code, const std::filesystem::path& file = {},
                            const std::string& advice = {});

    bool has(const char* key) const;
    bool isNull(const char* key) const; ///< absent counts as null
    std::vector<std::string> keys() const;

    void read(const char* key, std::string& target) const;
    void read(const char* key, bool& target) const;
    /// null is `ifNull`, by default not-a-number: JSON has no other way to write it.
    void read(const char* key, double& target) const;
    void read(const char* key, double& target, double ifNull) const;
    template <std::integral Whole>
    void read(const char* key, Whole& target) const
    {
        if (has(key)) {
            std::visit(
                [&](auto value) {
                    requireThat(std::in_range<Whole>(value), key, "a whole number in range");
                    target = static_cast<Whole>(value);
                },
                whole(key));
        }
    }
    void read(const char* key, std::vector<std::string>& target) const;
    void read(const char* key, std::vector<std::size_t>& target) const;
    void read(const char* key, std::vector<std::vector<int>>& target) const; ///< lists of counts

    template <typename Value>
    void require(const char* key, Value& target) const
    {
        requireThat(has(key), key, "there");
        read(key, target);
    }

    /// Calls `each` with a reader for every object of a list; absent and null are an empty list.
    template <typename Each>
    void readList(const char* key, Each each) const
    {
        for (std::size_t i = 0; i < size(key); ++i) {
            each(element(key, i));
        }
    }

    /// Calls `then` with a reader for a member that is an object; null counts as absent.
    template <typename Then>
    void readObject(const char* key, Then then) const
    {
        if (!isNull(key)) {
            then(object(key));
        }
    }

    /// A member that must be an object.
    JsonReader object(const char* key) const;
    /// A member as JSON text; "null" where it is absent.
    std::string textOf(const char* key) const;

    /// "KEY must be RULE", with the path of the object before the key.
    [[noreturn]] void fail(const std::string& key, const std::string& rule) const;
    void requireThat(bool good, const char* key, const char* rule) const
    {
        if (!good) {
            fail(key, rule);
        }
    }

private:
    struct Node;
    explicit JsonReader(std::shared_ptr<const Node> node) : m_node(std::move(node)) {}

    std::variant<std::int64_t, std::uint64_t> whole(const char* key) const;
    std::size_t size(const char* key) const;
    JsonReader element(const char* key, std::size_t index) const;

    std::shared_ptr<const Node> m_node;
};

} // namespace thaw
