#pragma once

// Internal to core/model: the fields of a protobuf message where they lie, without making an object of any.

#include <cstddef>
#include <optional>
#include <span>

namespace thaw {

struct ProtobufField
{
    int number = 0;
    bool isCounted = false; ///< a text, bytes, numbers in a row or a message: what has a length before it
    std::span<const std::byte> bytes; ///< what the field holds
};

/// Goes through one message's fields; what is in them is not looked at. Groups, which protobuf has given up,
/// are damage.
class ProtobufFields
{
public:
    /// @param message must outlive this and every field
    explicit ProtobufFields(std::span<const std::byte> message) : m_rest(message) {}

    /// Nothing at the end, and where the message is damaged.
    std::optional<ProtobufField> next();
    /// Whether everything was gone through.
    bool isAtEnd() const { return m_rest.empty(); }

private:
    std::span<const std::byte> m_rest;
};

} // namespace thaw
