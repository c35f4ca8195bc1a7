#pragma once

#include "core/train/feature_file.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace thaw {

/// cacheFolder()/features: where banks lie, a folder each.
std::filesystem::path featureBanksFolder();

/// The stored features of one data set under one choice of all that they depend on: a FeatureFile for each
/// view of the pictures and each freeze boundary. Any number of processes may use the same bank at once.
class FeatureBank
{
public:
    /// Opens or creates ROOT/KEY, where KEY is the SHA-256 of `content`, and marks it as in use.
    /// @param content what the features depend on, in words; kept beside them for the curious
    /// @throws Error WriteFailed, DiskFull
    FeatureBank(const std::filesystem::path& root, const std::string& content);
    ~FeatureBank();
    FeatureBank(const FeatureBank&) = delete;
    FeatureBank& operator=(const FeatureBank&) = delete;

    const std::filesystem::path& folder() const { return m_folder; }

    /// Opened, and checked, when first asked for. @throws Error WriteFailed, DiskFull
    FeatureFile& file(int view, int boundary, const FeatureLayout& layout);

    /// Removes other banks that nobody uses, the longest unused first, until all of them take at most
    /// `othersLimit` bytes and `needed` bytes are free.
    /// @return false when that much cannot be made free
    bool makeRoom(std::uint64_t needed, std::uint64_t othersLimit) const;

private:
    std::filesystem::path m_folder;
    std::string m_key;
    int m_lock = -1;
    std::map<std::pair<int, int>, std::unique_ptr<FeatureFile>> m_files;
};

/// Removes all banks under `root` that nobody uses. @return bytes that became free
std::uint64_t removeFeatureBanks(const std::filesystem::path& root);

/// Bytes that all banks under `root` take.
std::uint64_t featureBanksBytes(const std::filesystem::path& root);

} // namespace thaw
