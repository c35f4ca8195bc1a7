#include "core/base/atomic_file.h"

#include "core/base/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace thaw {

namespace {

[[noreturn]] void throwWriteError(const std::filesystem::path& path, int number)
{
    if (number == ENOSPC || number == EDQUOT) {
        throw Error(ErrorCode::DiskFull, path, "the disk is full", "make room, or choose another folder");
    }
    throw Error(ErrorCode::WriteFailed, path,
                std::string("cannot be written (") + std::strerror(number) + ")",
                "choose a folder that you may write to");
}

void syncFolder(const std::filesystem::path& folder)
{
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        // Some file systems cannot sync a folder; the rename has happened all the same.
        fsync(descriptor);
        close(descriptor);
    }
}

std::filesystem::path folderOf(const std::filesystem::path& path)
{
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

} // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : m_target(std::move(target))
{
    std::string pattern = (folderOf(m_target) / ("." + m_target.filename().string() + ".XXXXXX")).string();
    m_descriptor = mkostemp(pattern.data(), O_CLOEXEC);
    if (m_descriptor < 0) {
        throwWriteError(m_target, errno);
    }
    m_temporary = pattern;
    // mkstemp makes private files; what a user saves follows the umask like any other file.
    const mode_t mask = umask(0);
    umask(mask);
    fchmod(m_descriptor, 0666 & ~mask);
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor >= 0) {
        close(m_descriptor);
        unlink(m_temporary.c_str());
    }
}

void AtomicFile::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            throwWriteError(m_target, errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
}

void AtomicFile::write(std::string_view text)
{
    write(std::as_bytes(std::span(text.data(), text.size())));
}

void AtomicFile::commit()
{
    if (fsync(m_descriptor) != 0) {
        throwWriteError(m_target, errno);
    }
    const int closed = close(std::exchange(m_descriptor, -1));
    if (closed != 0 || rename(m_temporary.c_str(), m_target.c_str()) != 0) {
        const int number = errno;
        unlink(m_temporary.c_str());
        throwWriteError(m_target, number);
    }
    syncFolder(folderOf(m_target));
}

void writeFileAtomically(const std::filesystem::path& target, std::string_view text)
{
    AtomicFile file(target);
    file.write(text);
    file.commit();
}

std::vector<std::byte> readFile(const std::filesystem::path& path, std::uint64_t limit)
{
    // Non-blocking, so that opening a pipe does not hang.
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        const int number = errno;
        throw Error(number == ENOENT || number == ENOTDIR ? ErrorCode::FileNotFound
                                                          : ErrorCode::FileUnreadable,
                    path, number == ENOENT ? "there is no such file" : std::strerror(number));
    }
    struct Closer
    {
        int descriptor;
        ~Closer() { close(descriptor); }
    } closer{descriptor};

    struct stat status
    {
    };
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::FileUnreadable, path, "is not a file");
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > limit) {
        throw Error(ErrorCode::FileUnreadable, path,
                    "is " + std::to_string(size) + " bytes long, more than the " + std::to_string(limit) +
                        " allowed");
    }
    std::vector<std::byte> bytes(size);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = read(descriptor, bytes.data() + done, bytes.size() - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw Error(ErrorCode::FileUnreadable, path, std::strerror(errno));
        }
        if (count == 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
}

std::string readTextFile(const std::filesystem::path& path, std::uint64_t limit)
{
    const std::vector<std::byte> bytes = readFile(path, limit);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t freeSpace(const std::filesystem::path& path)
{
    std::error_code error;
    std::filesystem::path existing = std::filesystem::absolute(path, error);
    while (!std::filesystem::exists(existing, error) && existing.has_relative_path()) {
        existing = existing.parent_path();
    }
    const auto space = std::filesystem::space(existing, error);
    return error ? 0 : space.available;
}

void ensureWritableFolder(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throwWriteError(folder, error.value());
    }
    std::string pattern = (folder / ".thaw-probe-XXXXXX").string();
    const int descriptor = mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor < 0) {
        throwWriteError(folder, errno);
    }
    close(descriptor);
    unlink(pattern.c_str());
}

} // namespace thaw
