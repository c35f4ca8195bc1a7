#pragma once

// Internal to core/model: the values that a pickle builds, for weights_pickle.cpp.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace thaw {

enum class PickleKind {
    Plain, ///< None, a truth value or a float, none of which matters
    Int,
    Text,
    Tuple,
    List,
    Dict,
    StorageType,
    OrderedDictType,
    RebuildTensor,
    Storage,
    Tensor
};

/// Values refer to one another by place, so that a value may occur in many others, or in itself.
using PicklePlace = std::uint32_t;

struct PickleValue
{
    PickleKind kind = PickleKind::Plain;
    std::int64_t number = 0; ///< of an Int
    std::string_view text;   ///< of a Text; the name of a StorageType
    std::vector<PicklePlace>
        items; ///< of a Tuple or List; keys and values in turn; arguments of Storage and Tensor
};

/// A pickle's stack, with its marks, and its memory, in which values have numbers. Everything here that finds
/// what it needs missing or of another kind throws Error WeightsInvalid.
class PickleStack
{
public:
    /// @param path named in errors; must outlive this
    explicit PickleStack(const std::filesystem::path& path) : m_path(path) {}

    void push(PickleValue value);
    /// Never reaches below the latest mark.
    PicklePlace pop();
    void mark() { m_marks.push_back(m_stack.size()); }
    std::vector<PicklePlace> popToMark();
    /// The latest value, which stays.
    PickleValue& top(PickleKind kind);

    /// Remembers the latest value.
    void put(std::uint64_t number);
    void putNext() { put(m_memo.size()); }
    /// Pushes a remembered value.
    void get(std::uint64_t number);

    const PickleValue& expect(PicklePlace place, PickleKind kind) const;
    /// All that were pushed, by place.
    const std::vector<PickleValue>& values() const { return m_values; }
    /// Whether one value alone is left.
    bool isSingle() const { return m_stack.size() == 1 && m_marks.empty(); }

private:
    const std::filesystem::path& m_path;
    std::vector<PickleValue> m_values;
    std::vector<PicklePlace> m_stack;
    std::vector<std::size_t> m_marks;
    std::vector<std::optional<PicklePlace>> m_memo;
};

} // namespace thaw
