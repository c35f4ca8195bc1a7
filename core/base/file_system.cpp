#include "core/base/file_system.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thaw {

namespace {

std::atomic<FileSystem*>& current()
{
    static FileSystem real;
    static std::atomic<FileSystem*> inUse{&real};
    return inUse;
}

} // namespace

int FileSystem::createTemporary(std::string& pattern)
{
    return mkostemp(pattern.data(), O_CLOEXEC);
}

std::ptrdiff_t FileSystem::write(int descriptor, const void* data, std::size_t size)
{
    return ::write(descriptor, data, size);
}

int FileSystem::sync(int descriptor)
{
    return fsync(descriptor);
}

int FileSystem::close(int descriptor)
{
    return ::close(descriptor);
}

int FileSystem::rename(const std::filesystem::path& from, const std::filesystem::path& to)
{
    return std::rename(from.c_str(), to.c_str());
}

int FileSystem::link(const std::filesystem::path& existing, const std::filesystem::path& added)
{
    return ::link(existing.c_str(), added.c_str());
}

int FileSystem::remove(const std::filesystem::path& path)
{
    return unlink(path.c_str());
}

int FileSystem::makeFolder(const std::filesystem::path& path)
{
    return mkdir(path.c_str(), 0777);
}

int FileSystem::syncFolder(const std::filesystem::path& path)
{
    const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return -1;
    }
    const int result = fsync(descriptor);
    const int number = errno;
    ::close(descriptor);
    errno = number;
    return result;
}

FileSystem& fileSystem()
{
    return *current().load();
}

void allowManyOpenFiles()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

FileSystemScope::FileSystemScope(FileSystem& replacement) : m_before(current().exchange(&replacement)) {}

FileSystemScope::~FileSystemScope()
{
    current() = m_before;
}

} // namespace thaw
