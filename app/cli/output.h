#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string_view>

namespace thaw::cli {

/// Keys keep the order in which they were added.
using Json = nlohmann::ordered_json;

/// Before the work, not after it. @throws Error Usage where what is to be written is a folder
void refuseFolder(const std::filesystem::path& file);
/// The same for a folder to write into. @throws Error OutputExists unless it is absent or an empty folder
void refuseUsedFolder(const std::filesystem::path& folder);

/// Standard output, where results go. When its reader has gone away, everything more is dropped silently.
class Output
{
public:
    /// Whatever is in the text, nothing in it speaks to the terminal: see printableLines().
    /// @throws Error WriteFailed, DiskFull
    void write(std::string_view text);
    /// One indented object; not-a-number becomes null, bytes that are not UTF-8 become U+FFFD.
    void writeObject(const Json& object);
    /// One line of JSON Lines, flushed.
    void writeLine(const Json& object);
    /// @throws Error WriteFailed, DiskFull
    void flush();
    bool isClosed() const { return m_closed; } ///< nobody reads any more

private:
    void check(bool written);

    bool m_closed = false;
};

} // namespace thaw::cli
