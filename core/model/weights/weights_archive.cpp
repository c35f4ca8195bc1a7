#include "core/model/weights/weights_archive.h"

#include "core/model/weights/format/weights_formats.h"

#include <zip.h>

#include <algorithm>

namespace thaw {

namespace {

constexpr std::size_t pieceSize = std::size_t(1) << 20;
// Weights hardly shrink when packed: what unfolds further is made to fill the memory.
constexpr std::uint64_t packingLimit = 8;

zip_t* opened(const std::filesystem::path& path)
{
    int code = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (!archive) {
        throwWeightsInvalid(path, "is a damaged archive, perhaps cut short");
    }
    return archive;
}

} // namespace

WeightsArchive::WeightsArchive(const std::filesystem::path& path)
    : m_path(path), m_archive(opened(path), zip_discard)
{
}

std::size_t WeightsArchive::size() const
{
    return static_cast<std::size_t>(std::max<zip_int64_t>(zip_get_num_entries(m_archive.get(), 0), 0));
}

std::string WeightsArchive::name(std::size_t entry) const
{
    const char* text = zip_get_name(m_archive.get(), entry, 0);
    return text ? text : "";
}

std::optional<std::size_t> WeightsArchive::find(const std::string& name) const
{
    const zip_int64_t entry = zip_name_locate(m_archive.get(), name.c_str(), 0);
    return entry < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(entry));
}

std::optional<std::uint64_t> WeightsArchive::unpackedSize(std::size_t entry) const
{
    zip_stat_t facts;
    zip_stat_init(&facts);
    const bool known =
        zip_stat_index(m_archive.get(), entry, 0, &facts) == 0 && (facts.valid & ZIP_STAT_SIZE) != 0;
    return known ? std::optional<std::uint64_t>(facts.size) : std::nullopt;
}

std::vector<std::byte> WeightsArchive::read(std::size_t entry, std::uint64_t limit) const
{
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(zip_fopen_index(m_archive.get(), entry, 0),
                                                                  zip_fclose);
    if (!file) {
        throwWeightsInvalid(m_path, "its entry " + name(entry) + " cannot be unpacked (" +
                                        zip_strerror(m_archive.get()) + ")");
    }
    const std::uint64_t bound =
        std::min(limit, pieceSize + packingLimit * std::filesystem::file_size(m_path));
    std::vector<std::byte> bytes;
    bytes.reserve(std::min(bound, unpackedSize(entry).value_or(0)) + pieceSize);
    for (;;) {
        const std::size_t done = bytes.size();
        bytes.resize(done + pieceSize);
        const zip_int64_t count = zip_fread(file.get(), bytes.data() + done, pieceSize);
        if (count < 0) {
            throwWeightsInvalid(m_path, "its entry " + name(entry) + " is damaged");
        }
        bytes.resize(done + static_cast<std::size_t>(count));
        if (count == 0) {
            return bytes;
        }
        if (bytes.size() > bound) {
            throwWeightsInvalid(m_path, "its entry " + name(entry) + " unfolds to more than weights would",
                                "choose another file");
        }
    }
}

} // namespace thaw
