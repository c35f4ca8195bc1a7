#include "core/train/loop/run_pictures.h"

#include "core/base/hash.h"

#include <algorithm>

namespace thaw {

namespace {

SplitPictures picturesOf(const DatasetIndex& dataset, Split split)
{
    SplitPictures pictures;
    std::vector<std::string> described;
    for (const std::size_t index : dataset.indicesOf(split)) {
        const Sample& sample = dataset.samples[index];
        LoadItem& item = pictures.items.emplace_back(LoadItem{dataset.pathOf(sample), sample.label});
        // Hashing costs the loader a hundredth of what decoding does.
        if (!sample.contentHash.empty()) {
            item.contentKey = std::stoull(sample.contentHash.substr(0, 16), nullptr, 16);
        }
        pictures.contentHashes.push_back(sample.contentHash);
        described.push_back(std::to_string(sample.label) + ' ' +
                            (sample.contentHash.empty() ? sample.path : sample.contentHash));
    }
    std::sort(described.begin(), described.end());
    Hasher hasher(HashKind::Sha256);
    for (const std::string& picture : described) {
        hasher.add(picture.c_str(), picture.size() + 1);
    }
    pictures.fingerprint = hasher.hex();
    return pictures;
}

} // namespace

const SplitPictures& RunPictures::of(Split split) const
{
    switch (split) {
    case Split::Train:
        return train;
    case Split::Validation:
        return validation;
    case Split::Test:
        break;
    }
    return test;
}

RunPictures picturesOf(const DatasetIndex& dataset)
{
    return {picturesOf(dataset, Split::Train), picturesOf(dataset, Split::Validation),
            picturesOf(dataset, Split::Test)};
}

} // namespace thaw
