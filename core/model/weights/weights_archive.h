#pragma once

// Internal to core/model: zip archives, with every size bounded. Nothing is ever unpacked to disk.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct zip;

namespace thaw {

class WeightsArchive
{
public:
    /// @throws Error WeightsInvalid
    explicit WeightsArchive(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return m_path; }
    std::size_t size() const;
    std::string name(std::size_t entry) const;
    std::optional<std::size_t> find(const std::string& name) const;
    /// Unpacked, as the archive says; nothing where it does not say.
    std::optional<std::uint64_t> unpackedSize(std::size_t entry) const;

    /// A whole entry, its checksum compared. Read piece by piece, because what an archive says of its sizes
    /// may be a lie; an entry that unfolds to more than `limit` bytes or many times the archive's size is
    /// refused.
    /// @throws Error WeightsInvalid
    std::vector<std::byte> read(std::size_t entry, std::uint64_t limit) const;

private:
    std::filesystem::path m_path;
    std::unique_ptr<zip, void (*)(zip*)> m_archive;
};

} // namespace thaw
