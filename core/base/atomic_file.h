#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// Writes a file that appears whole or not at all: bytes go to a hidden file beside it, which is synced and
/// renamed over the target by commit(), and then the folder is synced. Destroyed without commit, it leaves
/// the old file untouched and no trace. Short and interrupted writes are gone on with.
///
/// A link to a file, or to nothing, is replaced by the file and not followed: in a folder of a stranger's it
/// may lead to one of the user's. What is no regular file is never replaced: a pipe, a terminal, /dev/null or
/// an open descriptor (/dev/stdout) is written into as the bytes come, the rest is refused (openStream()).
///
///     AtomicFile file(folder / "run.json");
///     file.write(text);
///     file.commit();
class AtomicFile
{
public:
    /// @throws Error WriteFailed (folder missing or read-only; a folder, socket, device or unread pipe),
    /// DiskFull
    explicit AtomicFile(std::filesystem::path target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// Appends. @throws Error WriteFailed, DiskFull
    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);
    /// After an error the target is the old file or, when only the folder could not be synced, the new one:
    /// whole in either case. @throws Error WriteFailed, DiskFull
    void commit();

private:
    std::filesystem::path m_target;
    std::filesystem::path m_temporary; ///< empty: written into, not replaced
    int m_descriptor = -1;
};

/// One call for small files. @throws as AtomicFile
void writeFileAtomically(const std::filesystem::path& target, std::string_view text);

/// Puts a file that was written and checked elsewhere on the same disk where a user wants it: renamed over
/// `to`, or its bytes written into what AtomicFile would write into. @throws as AtomicFile
void placeFile(const std::filesystem::path& from, const std::filesystem::path& to);

/// Renames a file that was committed, over `to` if that exists, and syncs the folder of both.
/// @throws Error WriteFailed, DiskFull
void moveFile(const std::filesystem::path& from, const std::filesystem::path& to);

/// Makes `target`, which is replaced whole, the same bytes as `source`: a second name for the same file where
/// the file system has such, else a copy.
/// @throws Error FileNotFound, FileUnreadable, WriteFailed, DiskFull
void shareFile(const std::filesystem::path& source, const std::filesystem::path& target);

/// Removes what AtomicFile and shareFile left in `folder` when their process was killed. Only while nobody
/// else writes there.
void removeLeftovers(const std::filesystem::path& folder);

/// The whole file. Refuses before allocating when it is longer than `limit` bytes or is not a regular file.
/// @throws Error FileNotFound, FileUnreadable
std::vector<std::byte> readFile(const std::filesystem::path& path, std::uint64_t limit);
std::string readTextFile(const std::filesystem::path& path, std::uint64_t limit);

/// The error for an errno with which writing `path` failed. @throws Error WriteFailed, DiskFull
[[noreturn]] void throwWriteError(const std::filesystem::path& path, int number);

/// Bytes free to this user on the file system that holds `path` or its nearest existing parent.
std::uint64_t freeSpace(const std::filesystem::path& path);

/// Creates `folder` with its parents, all synced, and proves that it can be written to.
/// @throws Error WriteFailed, DiskFull
void ensureWritableFolder(const std::filesystem::path& folder);

} // namespace thaw
