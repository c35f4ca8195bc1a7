#pragma once

#include "core/train/features/feature_file.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace thaw {

/// cacheFolder()/features: where banks lie, a folder each.
std::filesystem::path featureBanksFolder();

/// ROOT/KEY, where the bank of that content lies or would lie: KEY is the SHA-256 of `content`.
std::filesystem::path featureBankFolder(const std::filesystem::path& root, const std::string& content);

/// Makes room for a bank, and writes nothing: removes banks beside it that nobody uses, the longest unused
/// first, until those take at most `othersLimit` bytes in all and `needed` bytes are free. Removes none where
/// even all of them would not be enough.
/// @param bank its folder; need not be there
/// @return false when that much cannot be made free
bool makeRoomFor(const std::filesystem::path& bank, std::uint64_t needed, std::uint64_t othersLimit);

class LockedFile;

/// The stored features of one data set under one choice of all that they depend on: a FeatureFile for each
/// view of the pictures and each freeze boundary. Any number of processes may use the same bank at once.
class FeatureBank
{
public:
    /// Opens or creates featureBankFolder(), and marks it as in use.
    /// @param content what the features depend on, in words; kept beside them for the curious
    /// @throws Error WriteFailed, DiskFull
    FeatureBank(const std::filesystem::path& root, const std::string& content);
    ~FeatureBank(); ///< from then on it is unused
    FeatureBank(const FeatureBank&) = delete;
    FeatureBank& operator=(const FeatureBank&) = delete;

    const std::filesystem::path& folder() const { return m_folder; }

    /// The name of such a file, without its ending.
    static std::string fileName(int view, int boundary);
    /// Opened, and checked, when first asked for; it stays open.
    FeatureFile& file(int view, int boundary, const FeatureLayout& layout);
    /// Removes files that are still partial: see FeatureFile::discard.
    void discardUnfinished();

private:
    std::filesystem::path m_folder;
    std::string m_key;
    std::unique_ptr<LockedFile> m_lock;
    std::map<std::pair<int, int>, std::unique_ptr<FeatureFile>> m_files;
};

/// Removes all banks under `root` that nobody uses. @return bytes that became free
std::uint64_t removeFeatureBanks(const std::filesystem::path& root);

/// Bytes that all banks under `root` take.
std::uint64_t featureBanksBytes(const std::filesystem::path& root);

} // namespace thaw
