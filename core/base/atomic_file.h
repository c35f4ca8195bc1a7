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
/// the old file untouched and no trace.
///
///     AtomicFile file(folder / "run.json");
///     file.write(text);
///     file.commit();
class AtomicFile
{
public:
    /// @throws Error WriteFailed (folder missing or read-only), DiskFull
    explicit AtomicFile(std::filesystem::path target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// Appends. @throws Error WriteFailed, DiskFull
    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);
    /// @throws Error WriteFailed, DiskFull
    void commit();

private:
    std::filesystem::path m_target;
    std::filesystem::path m_temporary;
    int m_descriptor = -1;
};

/// One call for small files. @throws as AtomicFile
void writeFileAtomically(const std::filesystem::path& target, std::string_view text);

/// The whole file. Refuses before allocating when it is longer than `limit` bytes or is not a regular file.
/// @throws Error FileNotFound, FileUnreadable
std::vector<std::byte> readFile(const std::filesystem::path& path, std::uint64_t limit);
std::string readTextFile(const std::filesystem::path& path, std::uint64_t limit);

/// Bytes free to this user on the file system that holds `path` or its nearest existing parent.
std::uint64_t freeSpace(const std::filesystem::path& path);

/// Creates `folder` with its parents and proves that it can be written to.
/// @throws Error WriteFailed, DiskFull
void ensureWritableFolder(const std::filesystem::path& folder);

} // namespace thaw
