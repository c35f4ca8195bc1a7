#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace thaw {

/// The system calls by which files of ours come to be, one function each: all writing passes through here, so
/// that a test can make any of them fail, fall short or be forgotten. Each returns what the call returns,
/// with errno set. Internal to core/base and its tests.
class FileSystem
{
public:
    virtual ~FileSystem() = default;

    /// mkostemp. @param pattern ends in XXXXXX; becomes the name made
    virtual int createTemporary(std::string& pattern);
    virtual std::ptrdiff_t write(int descriptor, const void* data, std::size_t size);
    virtual int sync(int descriptor);
    virtual int close(int descriptor);
    virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to);
    virtual int link(const std::filesystem::path& existing, const std::filesystem::path& added);
    virtual int remove(const std::filesystem::path& path);
    virtual int makeFolder(const std::filesystem::path& path);
    virtual int syncFolder(const std::filesystem::path& path);
};

/// The one in use: the system's own unless a FileSystemScope is alive.
FileSystem& fileSystem();

/// Lets this process have as many files open at once as the system permits it: programs are started with
/// fewer, usually 1,024.
void allowManyOpenFiles();

/// Puts another file system in place for as long as it lives; for tests.
class FileSystemScope
{
public:
    explicit FileSystemScope(FileSystem& replacement);
    ~FileSystemScope();
    FileSystemScope(const FileSystemScope&) = delete;
    FileSystemScope& operator=(const FileSystemScope&) = delete;

private:
    FileSystem* m_before;
};

} // namespace thaw
