#include "core/train/features/feature_file.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/file_system.h"
#include "core/base/hash.h"
#include "core/base/random.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace thaw {

namespace {

constexpr std::string_view magic = "thawfeatures 1\n";
constexpr std::size_t headerBytes = 128;
constexpr std::size_t checksumBytes = sizeof(std::uint64_t);

std::uint64_t checksumOf(std::span<const std::byte> bytes, std::size_t unit)
{
    return mixKey({contentKey(bytes), unit});
}

/// @return how many bytes there were; fewer at the end of the file or when the disk fails
std::size_t readAt(int descriptor, std::uint64_t offset, std::span<std::byte> to)
{
    std::size_t done = 0;
    while (done < to.size()) {
        const ssize_t count =
            pread(descriptor, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    return done;
}

[[noreturn]] void throwOpenError(const std::filesystem::path& path, int number)
{
    if (number == EMFILE) {
        throw Error(ErrorCode::Internal, path, "cannot be opened beside all the files that are open already",
                    "choose fewer views, or permit the program more open files (ulimit -n)");
    }
    throwWriteError(path, number);
}

} // namespace

std::size_t FeatureLayout::rowsOf(std::size_t unit) const
{
    return std::min(unitRows, rows - unit * unitRows);
}

std::uint64_t FeatureLayout::fileBytes() const
{
    return headerBytes + std::uint64_t(rows) * rowBytes + units() * checksumBytes;
}

FeatureFile::FeatureFile(const std::filesystem::path& folder, const std::string& name, const std::string& key,
                         const FeatureLayout& layout)
    : m_target(folder / (name + ".features")), m_key(key), m_layout(layout)
{
    if (open(m_target, O_RDONLY)) {
        countReadyUnits();
        if (isComplete()) {
            m_isPublished = true;
            return;
        }
        // Damaged: another one takes its place.
        close();
        m_ready = 0;
        fileSystem().remove(m_target);
    }
    if (open(partial(), O_RDWR)) {
        if (flock(m_descriptor, LOCK_EX | LOCK_NB) == 0) {
            countReadyUnits();
        } else {
            close();
        }
    }
}

FeatureFile::~FeatureFile()
{
    if (!m_absent.empty() || m_ready == 0) {
        discard();
    }
    close();
}

std::uint64_t FeatureFile::presentBytes(const std::filesystem::path& folder, const std::string& name)
{
    std::error_code error;
    std::uintmax_t size = std::filesystem::file_size(folder / (name + ".features"), error);
    if (error) {
        size = std::filesystem::file_size(folder / (name + ".partial"), error);
    }
    return error ? 0 : size;
}

void FeatureFile::discard()
{
    if (m_descriptor >= 0 && !m_isPublished) {
        fileSystem().remove(m_path);
        close();
        m_ready = 0;
        m_absent.clear();
    }
}

void FeatureFile::close()
{
    if (m_descriptor >= 0) {
        fileSystem().close(m_descriptor);
        m_descriptor = -1;
    }
}

std::filesystem::path FeatureFile::partial() const
{
    return m_target.parent_path() / (m_target.stem().string() + ".partial");
}

void FeatureFile::create()
{
    if (m_descriptor < 0 && !open(partial(), O_RDWR | O_CREAT)) {
        throwOpenError(partial(), errno);
    }
    if (flock(m_descriptor, LOCK_EX | LOCK_NB) != 0) {
        close();
        std::string own = partial().string() + "-XXXXXX";
        m_descriptor = fileSystem().createTemporary(own);
        if (m_descriptor < 0) {
            throwOpenError(partial(), errno);
        }
        flock(m_descriptor, LOCK_EX | LOCK_NB); // so that nobody takes it for abandoned
        m_path = own;
    }
    const std::string text = header();
    writeAt(0, std::as_bytes(std::span(text.data(), text.size())));
}

bool FeatureFile::open(const std::filesystem::path& file, int flags)
{
    m_path = file;
    m_descriptor = ::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    struct stat status
    {
    };
    if (m_descriptor >= 0 && (fstat(m_descriptor, &status) != 0 || !S_ISREG(status.st_mode))) {
        close();
        errno = EINVAL;
    }
    return m_descriptor >= 0;
}

std::string FeatureFile::header() const
{
    std::string text(magic);
    text += m_key + ' ' + std::to_string(m_layout.rows) + ' ' + std::to_string(m_layout.rowBytes) + ' ' +
            std::to_string(m_layout.unitRows) + '\n';
    text.resize(headerBytes, ' ');
    return text;
}

std::uint64_t FeatureFile::offsetOf(std::size_t unit) const
{
    return headerBytes + unit * (std::uint64_t(m_layout.unitRows) * m_layout.rowBytes + checksumBytes);
}

void FeatureFile::countReadyUnits()
{
    m_ready = 0;
    std::array<std::byte, headerBytes> found{};
    const std::string expected = header();
    if (readAt(m_descriptor, 0, found) != headerBytes ||
        std::memcmp(found.data(), expected.data(), headerBytes) != 0)
    {
        return;
    }
    std::vector<std::byte> unit;
    for (std::size_t i = 0; i < m_layout.units(); ++i) {
        const std::size_t size = m_layout.rowsOf(i) * m_layout.rowBytes;
        unit.resize(size + checksumBytes);
        std::uint64_t checksum = 0;
        if (readAt(m_descriptor, offsetOf(i), unit) != unit.size()) {
            return;
        }
        std::memcpy(&checksum, unit.data() + size, checksumBytes);
        if (checksum != checksumOf(std::span(unit).first(size), i)) {
            return;
        }
        ++m_ready;
    }
}

void FeatureFile::append(std::span<const std::byte> rows, std::span<const std::size_t> absent)
{
    if (m_ready == 0) {
        create();
    }
    for (const std::size_t row : absent) {
        m_absent.insert(m_ready * m_layout.unitRows + row);
    }
    std::uint64_t checksum = checksumOf(rows, m_ready);
    if (!m_absent.empty()) {
        // Whoever finds the file after a kill must not take these rows for features.
        checksum = ~checksum;
    }
    writeAt(offsetOf(m_ready), rows);
    writeAt(offsetOf(m_ready) + rows.size(), std::as_bytes(std::span(&checksum, 1)));
    ++m_ready;
    if (isComplete() && m_absent.empty()) {
        publish();
    }
}

std::uint64_t FeatureFile::offsetOfRow(std::size_t row) const
{
    return offsetOf(row / m_layout.unitRows) + row % m_layout.unitRows * m_layout.rowBytes;
}

void FeatureFile::expect(std::size_t row) const noexcept
{
    posix_fadvise(m_descriptor, static_cast<off_t>(offsetOfRow(row)), static_cast<off_t>(m_layout.rowBytes),
                  POSIX_FADV_WILLNEED);
}

void FeatureFile::read(std::size_t row, std::span<std::byte> to) const
{
    if (readAt(m_descriptor, offsetOfRow(row), to) != to.size()) {
        throw Error(ErrorCode::FileUnreadable, m_path, "stored features can no longer be read",
                    "resume the run: they are computed again");
    }
}

void FeatureFile::writeAt(std::uint64_t offset, std::span<const std::byte> bytes)
{
    if (lseek(m_descriptor, static_cast<off_t>(offset), SEEK_SET) < 0) {
        throwWriteError(m_path, errno);
    }
    while (!bytes.empty()) {
        const std::ptrdiff_t count = fileSystem().write(m_descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            throwWriteError(m_path, count < 0 ? errno : EIO);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

void FeatureFile::publish()
{
    // Without the name it serves this run all the same.
    if (fileSystem().rename(m_path, m_target) == 0) {
        m_path = m_target;
        m_isPublished = true;
    }
}

} // namespace thaw
