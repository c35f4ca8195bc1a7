#pragma once

// Internal to core/model: the bytes of a pickle as instructions, for weights_pickle.cpp.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace thaw {

/// What a pickle's code asks for. Several opcodes that differ only in how they are written are one of these.
enum class PickleOperation {
    Mark,
    Stop,
    Plain,       ///< None, a truth value or a float
    Integer,     ///< number
    Text,        ///< text
    Tuple,       ///< of the latest `number` values
    TupleToMark, ///< of the values since the latest mark
    EmptyList,
    Append,
    AppendToMark,
    EmptyDict,
    SetItem,
    SetItemsToMark,
    Global,          ///< text: module, second: name
    GlobalFromStack, ///< the same two, as values
    Call,
    SetState,
    PersistentId,
    Put,     ///< under `number`
    Memoize, ///< under the next number
    Get      ///< of `number`
};

/// Texts are parts of the pickle.
struct PickleInstruction
{
    PickleOperation operation = PickleOperation::Stop;
    std::int64_t number = 0;
    std::string_view text = {};
    std::string_view second = {};
};

/// Reads one instruction after another, each with its operands; those for a reader's convenience alone
/// (protocol, frames) are passed over.
class PickleCode
{
public:
    /// Both must outlive this. @param path named in errors
    PickleCode(std::string_view pickle, const std::filesystem::path& path) : m_rest(pickle), m_path(path) {}

    /// @throws Error WeightsInvalid at the pickle's end, and for an opcode that no dictionary of tensors
    /// needs
    PickleInstruction next();
    bool isAtEnd() const { return m_rest.empty(); }

private:
    std::string_view take(std::uint64_t count);
    std::string_view takeLine();
    template <class Number>
    Number takeNumber();
    std::int64_t takeLong();
    void checkProtocol();

    std::string_view m_rest;
    const std::filesystem::path& m_path;
};

/// @throws Error WeightsInvalid
[[noreturn]] void throwPickleDamaged(const std::filesystem::path& path, const std::string& what);

} // namespace thaw
