#pragma once

#include "core/base/error.h"
#include "core/data/input/preprocessing.h"
#include "core/data/input/transform.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// A file to load, with what goes beside it.
struct LoadItem
{
    std::filesystem::path path;
    int label = 0;
    /// contentKey() of the file when the data set was read, for callers that store results computed from it:
    /// a changed file fails. Absent: the file is not compared.
    std::optional<std::uint64_t> contentKey = std::nullopt;
};

/// Whether it is there with anything in it that can be listed: a mount point that lost its drive is an empty
/// folder, and a drive that fails may still know the name.
bool isPictureFolderThere(const std::filesystem::path& folder);

struct BatchLoaderOptions
{
    TransformSpec transform;
    std::optional<AugmentationKey> augmentation; ///< for every item, or none
    Preprocessing preprocessing;
    int batchSize = 32;
    int threads = 1;  ///< decoding threads, ≥ 1
    int prefetch = 3; ///< batches kept ready at most; bounds the memory
    /// A picture whose folder is gone (a drive pulled out, a share lost) ends the pass, where it would count
    /// as broken otherwise.
    bool foldersMustStay = false;
    /// Augmented pictures come as resized, in RGB on the 0–255 scale, with their draws beside them: whoever
    /// takes the batch varies and preprocesses them.
    bool leaveVariation = false;
};

/// One batch, ready for the network.
struct Batch
{
    std::size_t index = 0;               ///< of this batch in the epoch, from 0
    std::size_t first = 0;               ///< position of its first item in the list
    std::vector<float> inputs;           ///< [N, H, W, 3], channel order of the convention
    std::vector<int> labels;             ///< N
    std::vector<AugmentationDraw> draws; ///< N where the variation was left, else none
    std::vector<std::size_t> items;      ///< N positions in the list: an item that failed is not among them
    /// Items of this batch that could not be read; they are left out of the tensors.
    struct Failure
    {
        std::size_t item;
        Error error;
    };
    std::vector<Failure> failures;

    std::size_t size() const { return labels.size(); }
};

/// Decodes, warps and batches ahead of the network on threads of its own. Batches come in the list's order,
/// the last one may be smaller; which thread did the work never shows. Bounded memory. One object for one
/// pass over the list.
///
///     BatchLoader loader(items, options);
///     while (auto batch = loader.next(stop)) …
class BatchLoader
{
public:
    /// @param firstBatch number of whole batches to skip (resume)
    BatchLoader(std::vector<LoadItem> items, const BatchLoaderOptions& options, std::size_t firstBatch = 0);
    ~BatchLoader(); ///< stops and joins its threads
    BatchLoader(const BatchLoader&) = delete;
    BatchLoader& operator=(const BatchLoader&) = delete;

    /// The next batch; nothing at the end, or when `stop` was requested.
    /// @throws Error for anything but a broken picture (OutOfMemory …); DatasetInvalid, and never for
    /// anything
    ///         else, where a folder did not stay
    std::optional<Batch> next(const std::stop_token& stop = {});

    std::size_t batchCount() const; ///< of the whole list
    double waitedSeconds() const;   ///< how long next() had to wait in all

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace thaw
