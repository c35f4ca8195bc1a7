#pragma once

#include "core/base/file_system.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace thaw::test {

enum class FileAction { Create, Write, Sync, Close, Rename, Link, Remove, MakeFolder, SyncFolder };

const char* nameOf(FileAction action);

/// One call as it was made, successful ones only.
struct FileEvent
{
    FileAction action = FileAction::Write;
    std::filesystem::path path;  ///< for Write, Sync and Close: the file's name when it was created
    std::filesystem::path other; ///< Rename: the new name; Link: the added one
    std::string bytes;           ///< Write
};

/// Passes every call on to the real file system, unless told to make it fail. Counts calls from 0 and records
/// what succeeded.
class FaultyFileSystem : public FileSystem
{
public:
    /// Calls `first` … `first` + `count` − 1 fail with this errno.
    void failFrom(std::size_t first, std::size_t count, int number);
    /// Only calls of this kind fail, in what failFrom says (counted among all calls).
    void failOnly(FileAction action) { m_only = action, m_hasOnly = true; }
    /// Every other write takes one byte to half of what it is given, every third call of any kind that may be
    /// interrupted is.
    void hamper() { m_hampers = true; }
    void record() { m_records = true; }

    std::size_t calls() const { return m_calls; }
    std::size_t failures() const { return m_failures; }
    const std::vector<FileEvent>& events() const { return m_events; }
    /// What the call with this number was.
    FileAction actionOf(std::size_t call) const { return m_actions.at(call); }

    int createTemporary(std::string& pattern) override;
    std::ptrdiff_t write(int descriptor, const void* data, std::size_t size) override;
    int sync(int descriptor) override;
    int close(int descriptor) override;
    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    int link(const std::filesystem::path& existing, const std::filesystem::path& added) override;
    int remove(const std::filesystem::path& path) override;
    int makeFolder(const std::filesystem::path& path) override;
    int syncFolder(const std::filesystem::path& path) override;

private:
    /// Counts the call. @return true with errno set when it is to fail
    bool fails(FileAction action);
    template <typename Result>
    Result noted(Result result, FileEvent event);

    std::size_t m_first = 0;
    std::size_t m_count = 0;
    int m_number = 0;
    FileAction m_only = FileAction::Write;
    bool m_hasOnly = false;
    bool m_hampers = false;
    bool m_records = false;
    bool m_interruptedLast = false;
    std::size_t m_calls = 0;
    std::size_t m_failures = 0;
    std::vector<FileAction> m_actions;
    std::vector<FileEvent> m_events;
    std::map<int, std::filesystem::path> m_open;
};

/// The states in which a power cut can leave the files of `events`, by POSIX's promises alone: bytes that
/// were not synced may be missing, and names that were made, moved or removed since their folder was last
/// synced may or may not have been.
class PowerCut
{
public:
    /// Content by path; what is not there has no name. Folders are not listed: writing a state makes them.
    using Files = std::map<std::filesystem::path, std::string>;

    /// @param moment so many of the events had happened
    /// @param key decides which of the promises that were not made were kept all the same
    static Files after(const std::vector<FileEvent>& events, std::size_t moment, std::uint64_t key);
};

} // namespace thaw::test
