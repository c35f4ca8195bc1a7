#include "core/data/dataset/dataset_check.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/image/image_header.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <fstream>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

namespace thaw {

namespace {

/// How much of a file the header check reads, in steps: nearly always the first is enough. The last step is
/// the whole file, for a TIFF with its directory at the end.
constexpr std::array<std::uint64_t, 3> headerSteps{16 << 10, 256 << 10, maxImageFileSize};

std::vector<std::byte> readStart(const std::filesystem::path& path, std::uint64_t size)
{
    std::vector<std::byte> bytes(size);
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (file.bad() || !file.is_open()) {
        throw Error(ErrorCode::FileUnreadable, path, "cannot be read", "check that you may read it");
    }
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

void checkHeader(const std::filesystem::path& path, CheckedFile& file)
{
    for (const std::uint64_t step : headerSteps) {
        const std::uint64_t size = std::min(step, file.byteSize);
        try {
            const ImageInspection image = inspectImage(readStart(path, size), path);
            requireDecodable(image, path);
            file.width = image.width;
            file.height = image.height;
            return;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::ImageUnreadable || size == file.byteSize) {
                throw;
            }
        }
    }
}

/// Photographs, grey ones too, have hundreds of colours; drawings and placeholders a handful. How many, or 0
/// for a picture that has many or is too small to tell.
int fewColoursIn(const RgbImage& image)
{
    constexpr std::size_t most = 64;
    constexpr std::size_t leastPixels = std::size_t(64) * 64;
    if (image.pixels.size() / 3 < leastPixels) {
        return 0;
    }
    std::set<std::uint32_t> colours;
    std::uint32_t last = 0xFFFFFFFF;
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        const std::uint32_t colour = static_cast<std::uint32_t>(image.pixels[i]) << 16 |
                                     static_cast<std::uint32_t>(image.pixels[i + 1]) << 8 |
                                     image.pixels[i + 2];
        if (colour != last && colours.insert(colour).second && colours.size() > most) {
            return 0;
        }
        last = colour;
    }
    return static_cast<int>(colours.size());
}

void checkDeeply(const std::filesystem::path& path, CheckedFile& file)
{
    const std::vector<std::byte> bytes = readFile(path, maxImageFileSize);
    file.byteSize = bytes.size();
    const ImageInspection header = inspectImage(bytes, path);
    const RgbImage image = decodeImage(bytes, path, {.applyOrientation = false});
    file.colours = fewColoursIn(image);
    const bool hasDepth = header.format == ImageFormat::Png || header.format == ImageFormat::Tiff;
    if (hasDepth && header.bitDepth == 16) {
        file.brightest = *std::ranges::max_element(image.pixels);
    }
    file.lacksEnd = header.format == ImageFormat::Jpeg && !jpegReachesItsEnd(bytes);
    file.width = header.width;
    file.height = header.height;
    file.contentHash = hashHex(HashKind::Sha256, bytes);
}

void requireFile(const std::filesystem::path& path, CheckedFile& file)
{
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        const bool link = std::filesystem::is_symlink(path, error);
        throw Error(ErrorCode::FileNotFound, path,
                    link ? "the link leads nowhere" : "the file is not there any more", "remove it");
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw Error(ErrorCode::FileUnreadable, path, "is not a file");
    }
    file.byteSize = std::filesystem::file_size(path, error);
    if (error) {
        throw Error(ErrorCode::FileUnreadable, path, error.message());
    }
    if (file.byteSize > maxImageFileSize) {
        throw Error(ErrorCode::ImageTooLarge, path,
                    "the file is larger than the " + std::to_string(maxImageFileSize >> 20) + " MiB allowed",
                    "make it smaller, or remove it if it is not a photograph");
    }
}

std::optional<ProblemCode> problemOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::FileNotFound:
    case ErrorCode::FileUnreadable:
    case ErrorCode::ImageUnreadable:
        return ProblemCode::Unreadable;
    case ErrorCode::ImageFormatUnsupported:
        return ProblemCode::FormatUnsupported;
    case ErrorCode::ImageTooLarge:
        return ProblemCode::TooLarge;
    default:
        return std::nullopt;
    }
}

CheckedFile checkFile(const std::filesystem::path& root, const std::string& path, bool deep)
{
    CheckedFile file;
    try {
        requireFile(root / path, file);
        (deep ? checkDeeply : checkHeader)(root / path, file);
    } catch (const Error& error) {
        const auto code = problemOf(error.code());
        if (!code) {
            throw;
        }
        const std::string advice = error.advice().empty() ? "" : "; " + error.advice();
        file.problem = Problem{path, *code, ProblemSeverity::Warning, "left out: " + error.detail() + advice};
    }
    return file;
}

/// Hands out the files' numbers to worker threads and tells the caller how far they are.
class Work
{
public:
    Work(const DatasetListing& listing, bool deep) : m_listing(listing), m_deep(deep)
    {
        m_files.resize(listing.candidates.size());
    }

    void run(const std::stop_token& own, const std::stop_token& stop)
    {
        try {
            std::size_t i = 0;
            while (!own.stop_requested() && !stop.stop_requested() && (i = m_next++) < m_files.size()) {
                m_files[i] = checkFile(m_listing.root, m_listing.candidates[i].path, m_deep);
                ++m_done;
            }
        } catch (...) {
            const std::lock_guard lock(m_mutex);
            m_failure = std::make_exception_ptr(currentError());
            m_next = m_files.size();
        }
        const std::lock_guard lock(m_mutex);
        ++m_finished;
        m_changed.notify_all();
    }

    /// Waits for `threads` calls of run() to end, reporting meanwhile.
    void wait(std::size_t threads, const ProgressCallback& progress)
    {
        std::unique_lock lock(m_mutex);
        const auto ended = [&] { return m_finished == threads; };
        while (!m_changed.wait_for(lock, std::chrono::milliseconds(100), ended)) {
            lock.unlock();
            report(progress);
            lock.lock();
        }
        if (m_failure) {
            std::rethrow_exception(m_failure);
        }
    }

    void report(const ProgressCallback& progress) const
    {
        if (progress) {
            progress({static_cast<std::int64_t>(m_done.load()), static_cast<std::int64_t>(m_files.size())});
        }
    }

    std::vector<CheckedFile>& files() { return m_files; }

private:
    const DatasetListing& m_listing;
    bool m_deep;
    std::vector<CheckedFile> m_files;
    std::atomic<std::size_t> m_next = 0;
    std::atomic<std::size_t> m_done = 0;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::size_t m_finished = 0;
    std::exception_ptr m_failure;
};

} // namespace

std::optional<std::vector<CheckedFile>> checkCandidates(const DatasetListing& listing,
                                                        const ScanOptions& options,
                                                        const ProgressCallback& progress,
                                                        const std::stop_token& stop)
{
    Work work(listing, options.deep);
    const std::size_t wanted = options.threads > 0 ? static_cast<std::size_t>(options.threads)
                                                   : std::max(std::thread::hardware_concurrency(), 1u);
    const std::size_t count = std::clamp<std::size_t>(listing.candidates.size(), 1, wanted);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < count; ++i) {
            threads.emplace_back([&](const std::stop_token& own) { work.run(own, stop); });
        }
        work.wait(count, progress);
    }
    if (stop.stop_requested()) {
        return std::nullopt;
    }
    work.report(progress);
    return std::move(work.files());
}

} // namespace thaw
