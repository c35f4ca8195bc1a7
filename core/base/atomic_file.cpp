#include "core/base/atomic_file.h"

#include "core/base/error.h"
#include "core/base/file_system.h"
#include "core/base/stream_target.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <ios>
#include <limits>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace thaw {

void throwWriteError(const std::filesystem::path& path, int number)
{
    if (number == ENOSPC || number == EDQUOT) {
        throw Error(ErrorCode::DiskFull, path,
                    number == ENOSPC ? "the disk is full" : "your share (quota) of this disk is used up",
                    "make room, or choose another folder");
    }
    if (number == EFBIG) {
        throw Error(ErrorCode::DiskFull, path,
                    "a file of this length is not allowed (ulimit -f, or the disk's own limit)",
                    "raise the limit, or choose another folder");
    }
    if (number == EPIPE) {
        throw Error(ErrorCode::WriteFailed, path, "nobody reads from this pipe any more",
                    "look at the program that reads from it");
    }
    throw Error(ErrorCode::WriteFailed, path,
                std::string("cannot be written (") + std::strerror(number) + ")",
                "choose a folder that you may write to");
}

namespace {

/// Between a file's name and the six characters that make its temporary's name unlike any other.
constexpr std::string_view temporaryMark = ".part-";
constexpr std::string_view uniquePattern = "XXXXXX";

template <typename Call>
auto againWhenInterrupted(Call call)
{
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

/// @param path named in the error
void syncFolder(const std::filesystem::path& folder, const std::filesystem::path& path)
{
    if (againWhenInterrupted([&] { return fileSystem().syncFolder(folder); }) != 0) {
        // Some file systems cannot sync a folder, and some folders may be written to but not opened.
        const bool isImpossible = errno == EINVAL || errno == ENOTSUP || errno == EACCES || errno == EPERM;
        if (!isImpossible) {
            throwWriteError(path, errno);
        }
    }
}

std::filesystem::path folderOf(const std::filesystem::path& path)
{
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::string temporaryPattern(const std::filesystem::path& target)
{
    std::string name = ".";
    name += target.filename().string();
    name += temporaryMark;
    name += uniquePattern;
    return (folderOf(target) / name).string();
}

void renameOver(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (againWhenInterrupted([&] { return fileSystem().rename(from, to); }) != 0) {
        const int number = errno;
        fileSystem().remove(from);
        throwWriteError(to, number);
    }
}

void copyFile(const std::filesystem::path& source, const std::filesystem::path& target)
{
    std::ifstream input(source, std::ios::binary);
    AtomicFile copy(target);
    std::vector<char> block(1 << 20);
    while (input.read(block.data(), static_cast<std::streamsize>(block.size())) || input.gcount() > 0) {
        copy.write(std::string_view(block.data(), static_cast<std::size_t>(input.gcount())));
    }
    if (!input.eof()) {
        throw Error(ErrorCode::FileUnreadable, source, "cannot be read to its end");
    }
    copy.commit();
}

/// What new files do not allow. umask() tells it only by setting another one, with which other threads' files
/// would come to be meanwhile; Linux tells it in /proc too.
mode_t currentUmask()
{
    std::ifstream lines("/proc/self/status");
    for (std::string word; lines >> word; lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
        unsigned int mask = 0;
        if (word == "Umask:" && lines >> std::oct >> mask) {
            return mask;
        }
    }
    // Without /proc: one at a time, lest one takes the other's for the user's, and files that come to be
    // meanwhile are nobody else's rather than everybody's.
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const mode_t mask = umask(077);
    umask(mask);
    return mask;
}

} // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : m_target(std::move(target))
{
    m_descriptor = openStream(m_target);
    if (m_descriptor >= 0) {
        return;
    }
    const mode_t mask = currentUmask();
    std::string pattern = temporaryPattern(m_target);
    m_descriptor = fileSystem().createTemporary(pattern);
    if (m_descriptor < 0) {
        throwWriteError(m_target, errno);
    }
    m_temporary = pattern;
    // mkstemp makes private files; what a user saves follows the umask like any other file.
    fchmod(m_descriptor, 0666 & ~mask);
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor >= 0) {
        fileSystem().close(m_descriptor);
        if (!m_temporary.empty()) {
            fileSystem().remove(m_temporary);
        }
    }
}

void AtomicFile::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const std::ptrdiff_t written = againWhenInterrupted(
            [&] { return fileSystem().write(m_descriptor, bytes.data(), bytes.size()); });
        if (written < 0 && errno == EAGAIN) {
            waitForReader(m_descriptor, m_target);
            continue;
        }
        if (written <= 0) {
            throwWriteError(m_target, written < 0 ? errno : EIO);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void AtomicFile::write(std::string_view text)
{
    write(std::as_bytes(std::span(text.data(), text.size())));
}

void AtomicFile::commit()
{
    if (m_temporary.empty()) {
        if (fileSystem().close(std::exchange(m_descriptor, -1)) != 0 && errno != EINTR) {
            throwWriteError(m_target, errno);
        }
        return;
    }
    if (againWhenInterrupted([&] { return fileSystem().sync(m_descriptor); }) != 0) {
        throwWriteError(m_target, errno);
    }
    // Linux has closed the descriptor even where it says that it was interrupted, and all is synced.
    if (fileSystem().close(std::exchange(m_descriptor, -1)) != 0 && errno != EINTR) {
        const int number = errno;
        fileSystem().remove(m_temporary);
        throwWriteError(m_target, number);
    }
    renameOver(m_temporary, m_target);
    syncFolder(folderOf(m_target), m_target);
}

void writeFileAtomically(const std::filesystem::path& target, std::string_view text)
{
    AtomicFile file(target);
    file.write(text);
    file.commit();
}

void placeFile(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (!isStream(to)) {
        moveFile(from, to);
        return;
    }
    copyFile(from, to);
    fileSystem().remove(from);
}

void moveFile(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (againWhenInterrupted([&] { return fileSystem().rename(from, to); }) != 0) {
        throwWriteError(to, errno);
    }
    syncFolder(folderOf(to), to);
    if (folderOf(from) != folderOf(to)) {
        syncFolder(folderOf(from), from);
    }
}

void shareFile(const std::filesystem::path& source, const std::filesystem::path& target)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(source, error)) {
        throw Error(ErrorCode::FileNotFound, source, "there is no such file");
    }
    if (std::filesystem::equivalent(source, target, error)) {
        return;
    }
    // One writer a folder, so a fixed name will do; one left behind by a killed process is in the way.
    std::string next = temporaryPattern(target);
    next.replace(next.size() - uniquePattern.size(), uniquePattern.size(), "shared");
    fileSystem().remove(next);
    if (againWhenInterrupted([&] { return fileSystem().link(source, next); }) == 0) {
        renameOver(next, target);
        syncFolder(folderOf(target), target);
        return;
    }
    if (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EROFS) {
        throwWriteError(target, errno);
    }
    copyFile(source, target);
}

void removeLeftovers(const std::filesystem::path& folder)
{
    std::error_code error;
    std::vector<std::filesystem::path> leftovers;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const auto mark = name.rfind(temporaryMark);
        if (name.starts_with('.') && mark != std::string::npos &&
            name.size() == mark + temporaryMark.size() + uniquePattern.size())
        {
            leftovers.push_back(entry->path());
        }
    }
    for (const std::filesystem::path& leftover : leftovers) {
        fileSystem().remove(leftover);
    }
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
    std::vector<std::filesystem::path> missing;
    std::filesystem::path existing = std::filesystem::absolute(folder, error).lexically_normal();
    if (!existing.has_filename()) {
        existing = existing.parent_path();
    }
    while (!std::filesystem::exists(existing, error) && existing.has_relative_path()) {
        missing.push_back(existing);
        existing = existing.parent_path();
    }
    std::reverse(missing.begin(), missing.end());
    for (const std::filesystem::path& each : missing) {
        if (fileSystem().makeFolder(each) != 0 && errno != EEXIST) {
            throwWriteError(folder, errno);
        }
        syncFolder(each.parent_path(), folder);
    }
    std::string pattern = temporaryPattern(folder / "probe");
    const int descriptor = fileSystem().createTemporary(pattern);
    if (descriptor < 0) {
        throwWriteError(folder, errno);
    }
    fileSystem().close(descriptor);
    fileSystem().remove(pattern);
}

} // namespace thaw
