#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>

namespace thaw {

/// Contents of a FeatureFile: rows of one size, written in units of `unitRows` rows.
struct FeatureLayout
{
    std::size_t rows = 0;     ///< > 0
    std::size_t rowBytes = 0; ///< > 0
    std::size_t unitRows = 1; ///< > 0; the last unit may be smaller

    std::size_t units() const { return (rows + unitRows - 1) / unitRows; }
    std::size_t rowsOf(std::size_t unit) const; ///< of unit 0 … units()−1
    std::uint64_t fileBytes() const;
};

/// Features of many pictures in one file of the cache: computed once, unit after unit, and read row by row.
///
/// FOLDER/NAME.features is whole and never changes. While units are still missing it is called NAME.partial;
/// whoever opens it first goes on with it, and a second process at the same time fills a file of its own,
/// which ends under the same name with the same bytes. Each unit ends in a checksum: what a killed process or
/// a power cut left damaged is found as the file is opened, and is computed again. Nothing is synced: losing
/// a cache costs time only.
///
/// Read with pread(), through the system's page cache: as quick as a mapping for rows of this size, and a
/// disk that fails is an error instead of a signal.
class FeatureFile
{
public:
    /// Opens what is there, and reads and checks all of its units. Writes nothing.
    /// @param key of what the features depend on; a file of another key or layout is begun anew
    FeatureFile(const std::filesystem::path& folder, const std::string& name, const std::string& key,
                const FeatureLayout& layout);
    ~FeatureFile(); ///< a partial file stays for the next run, if every row in it is present
    FeatureFile(const FeatureFile&) = delete;
    FeatureFile& operator=(const FeatureFile&) = delete;

    /// Bytes that NAME.features, or else NAME.partial, takes; 0 where there is neither.
    static std::uint64_t presentBytes(const std::filesystem::path& folder, const std::string& name);

    const FeatureLayout& layout() const { return m_layout; }
    /// Units 0 … readyUnits()−1 can be read.
    std::size_t readyUnits() const { return m_ready; }
    bool isComplete() const { return m_ready == m_layout.units(); }

    /// The next unit; the first one creates the file. May be called again after an error.
    /// @param rows rowsOf(readyUnits()) · rowBytes bytes
    /// @param absent rows of the unit, from 0, for which there are no features; a file with such rows is used
    ///        in this run and not kept for another
    /// @throws Error WriteFailed, DiskFull; Internal, for which waiting is no help, when the process may not
    ///         open any more files
    void append(std::span<const std::byte> rows, std::span<const std::size_t> absent);
    /// Removes what is still partial; the next unit is the first one again.
    void discard();

    /// @pre row in a unit that is ready
    bool has(std::size_t row) const { return !m_absent.contains(row); }
    /// @param to rowBytes bytes @throws Error FileUnreadable
    void read(std::size_t row, std::span<std::byte> to) const;
    /// Tells the system that the row is read soon: a disk fetches it meanwhile. @pre as has()
    void expect(std::size_t row) const noexcept;

private:
    std::uint64_t offsetOfRow(std::size_t row) const;
    std::uint64_t offsetOf(std::size_t unit) const;
    bool open(const std::filesystem::path& file, int flags);
    void close();
    std::filesystem::path partial() const;
    void create();
    std::string header() const;
    void countReadyUnits();
    void writeAt(std::uint64_t offset, std::span<const std::byte> bytes);
    void publish();

    std::filesystem::path m_target;
    std::filesystem::path m_path; ///< of what is open, if anything is
    std::string m_key;
    FeatureLayout m_layout;
    int m_descriptor = -1;
    bool m_isPublished = false;
    std::size_t m_ready = 0;
    std::set<std::size_t> m_absent;
};

} // namespace thaw
