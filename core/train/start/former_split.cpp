#include "core/train/start/former_split.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace thaw {

namespace {

enum class Kind {
    Same,
    Known,   ///< contents that the run knows, elsewhere
    Changed, ///< contents that it does not know, under a name that it does
    New,
};

/// Looks pictures up among those that a run had.
class FormerPictures
{
public:
    explicit FormerPictures(const std::vector<SplitEntry>& entries)
    {
        for (const SplitEntry& entry : entries) {
            if (!entry.isGone) {
                m_byPath.emplace(entry.path, &entry);
            }
            if (!entry.contentHash.empty()) {
                m_byContent[entry.contentHash].push_back(&entry);
            }
        }
    }

    const SplitEntry* at(const std::string& path) const
    {
        const auto found = m_byPath.find(path);
        return found == m_byPath.end() ? nullptr : found->second;
    }

    const std::vector<const SplitEntry*>& holding(const std::string& contentHash) const
    {
        static const std::vector<const SplitEntry*> none;
        const auto found = m_byContent.find(contentHash);
        return found == m_byContent.end() ? none : found->second;
    }

    Kind kindOf(const Sample& sample) const
    {
        const SplitEntry* own = at(sample.path);
        if (own && (own->contentHash == sample.contentHash || own->contentHash.empty() ||
                    sample.contentHash.empty())) {
            return Kind::Same;
        }
        if (!holding(sample.contentHash).empty()) {
            return Kind::Known;
        }
        return own ? Kind::Changed : Kind::New;
    }

    /// Nothing for a new one.
    std::optional<Split> splitOf(const Sample& sample) const
    {
        switch (kindOf(sample)) {
        case Kind::Same:
        case Kind::Changed:
            return at(sample.path)->split;
        case Kind::Known: {
            // Had several splits the same picture, the one that must not be trained on counts.
            Split split = Split::Train;
            for (const SplitEntry* entry : holding(sample.contentHash)) {
                split = std::max(split, entry->split);
            }
            return split;
        }
        case Kind::New:
            break;
        }
        return std::nullopt;
    }

private:
    std::map<std::string, const SplitEntry*> m_byPath;
    std::map<std::string, std::vector<const SplitEntry*>> m_byContent;
};

std::map<std::string_view, const Sample*> byPath(const DatasetIndex& dataset)
{
    std::map<std::string_view, const Sample*> samples;
    for (const Sample& sample : dataset.samples) {
        samples.emplace(sample.path, &sample);
    }
    return samples;
}

/// Entries in use that the data set has neither by name nor by what they held.
std::vector<const SplitEntry*> missingFrom(const DatasetIndex& dataset, const std::vector<SplitEntry>& former)
{
    const FormerPictures pictures(former);
    const auto samples = byPath(dataset);
    std::set<std::string_view> contents;
    for (const Sample& sample : dataset.samples) {
        contents.insert(sample.contentHash);
    }
    std::vector<const SplitEntry*> missing;
    for (const SplitEntry& entry : former) {
        if (entry.isGone || (!entry.contentHash.empty() && contents.contains(entry.contentHash))) {
            continue;
        }
        const auto there = samples.find(entry.path);
        const Kind kind = there == samples.end() ? Kind::New : pictures.kindOf(*there->second);
        if (kind != Kind::Same && kind != Kind::Changed) {
            missing.push_back(&entry);
        }
    }
    return missing;
}

std::int64_t secondsOf(const std::string& timestamp)
{
    std::tm parts{};
    const char* end = strptime(timestamp.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return end && *end == '\0' ? static_cast<std::int64_t>(timegm(&parts))
                               : std::numeric_limits<std::int64_t>::min();
}

/// When a picture was written, and when its file came to be or was last touched in any way.
std::pair<std::int64_t, std::int64_t> timesOf(const std::filesystem::path& file)
{
    struct stat status
    {
    };
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    return stat(file.c_str(), &status) == 0
               ? std::pair<std::int64_t, std::int64_t>(status.st_mtime, status.st_ctime)
               : std::pair(never, never);
}

std::vector<Split> dealt(const std::vector<int>& labels, const DatasetIndex& dataset, const Recipe& recipe)
{
    return stratifiedSplit(labels, static_cast<int>(dataset.classes.size()), recipe.split);
}

/// The split by seed of the samples that `isMember` names alone, if it is the one of the fingerprint.
template <typename IsMember>
std::optional<std::vector<SplitEntry>> provenSplit(const SavedRun& run, const DatasetIndex& dataset,
                                                   IsMember isMember)
{
    DatasetIndex before = dataset;
    before.samples.clear();
    std::copy_if(dataset.samples.begin(), dataset.samples.end(), std::back_inserter(before.samples),
                 isMember);
    std::vector<int> labels;
    for (const Sample& sample : before.samples) {
        labels.push_back(sample.label);
    }
    const std::vector<Split> splits = dealt(labels, before, run.recipe);
    for (std::size_t i = 0; i < splits.size(); ++i) {
        before.samples[i].split = splits[i];
    }
    if (fingerprintOf(before) != run.record.datasetFingerprint) {
        return std::nullopt;
    }
    return splitEntriesOf(before);
}

void addWords(std::string& text, const std::vector<std::string>& names, const char* what)
{
    if (!names.empty()) {
        text += (text.empty() ? "" : ", ") + std::to_string(names.size()) + what + " (" + someOf(names) + ")";
    }
}

} // namespace

bool PictureChanges::any() const
{
    return !added.empty() || !removed.empty() || !changed.empty() || !moved.empty() || !regrouped.empty();
}

std::string PictureChanges::text() const
{
    std::string words;
    addWords(words, added, " added");
    addWords(words, removed, " removed");
    addWords(words, changed, " changed");
    addWords(words, moved, " moved or renamed");
    addWords(words, regrouped, " in another class");
    return words;
}

PictureChanges changesSince(const std::vector<SplitEntry>& former, const DatasetIndex& dataset)
{
    const FormerPictures pictures(former);
    const auto samples = byPath(dataset);
    const auto isAtItsPlace = [&](const SplitEntry* entry) {
        const auto there = samples.find(entry->path);
        return there != samples.end() && there->second->contentHash == entry->contentHash;
    };
    PictureChanges changes;
    for (const Sample& sample : dataset.samples) {
        const std::string& label = dataset.classes[static_cast<std::size_t>(sample.label)];
        const SplitEntry* own = pictures.at(sample.path);
        switch (pictures.kindOf(sample)) {
        case Kind::Same:
            if (own->label != label) {
                changes.regrouped.push_back(sample.path);
            }
            break;
        case Kind::Changed:
            changes.changed.push_back(sample.path);
            break;
        case Kind::New:
            changes.added.push_back(sample.path);
            break;
        case Kind::Known: {
            const auto& entries = pictures.holding(sample.contentHash);
            const bool isMoved = std::any_of(entries.begin(), entries.end(), [&](const SplitEntry* entry) {
                return !entry->isGone && !isAtItsPlace(entry);
            });
            const bool isRegrouped =
                isMoved && std::none_of(entries.begin(), entries.end(),
                                        [&](const SplitEntry* entry) { return entry->label == label; });
            (isRegrouped ? changes.regrouped
             : isMoved   ? changes.moved
                         : changes.added)
                .push_back(sample.path);
            break;
        }
        }
    }
    for (const SplitEntry* entry : missingFrom(dataset, former)) {
        changes.removed.push_back(entry->path);
    }
    return changes;
}

PictureLosses lossesSince(const std::vector<SplitEntry>& former, const DatasetIndex& dataset)
{
    PictureLosses losses;
    std::map<std::pair<Split, std::string>, std::int64_t> left;
    for (const SplitEntry& entry : former) {
        if (!entry.isGone) {
            ++left[{entry.split, entry.label}];
            ++losses.of;
        }
    }
    for (const SplitEntry* entry : missingFrom(dataset, former)) {
        --left[{entry->split, entry->label}];
        losses.pictures.push_back(entry->path);
    }
    losses.count = losses.pictures.size();
    for (const auto& [group, count] : left) {
        if (count == 0) {
            losses.groups.push_back(std::string("all ") + nameOf(group.first) + " pictures of " +
                                    group.second);
        }
    }
    return losses;
}

PictureLosses lossesSince(const RunRecord& record, const DatasetIndex& dataset)
{
    PictureLosses losses;
    std::size_t present = 0;
    for (const Split split : allSplits) {
        const std::vector<std::size_t>& had = record.counts[static_cast<std::size_t>(split)];
        const std::vector<std::size_t> has = dataset.countsOf(split);
        for (std::size_t label = 0; label < std::min(had.size(), has.size()); ++label) {
            losses.of += had[label];
            present += has[label];
            if (had[label] > 0 && has[label] == 0) {
                losses.groups.push_back(std::string("all ") + nameOf(split) + " pictures of " +
                                        dataset.classes[label]);
            }
        }
    }
    losses.count = losses.of - std::min(losses.of, present);
    return losses;
}

void keepFormerSplit(DatasetIndex& dataset, const std::vector<SplitEntry>& former, const Recipe& recipe)
{
    const FormerPictures pictures(former);
    std::vector<std::size_t> fresh;
    std::vector<int> labels;
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
        Sample& sample = dataset.samples[i];
        if (const std::optional<Split> split = pictures.splitOf(sample)) {
            sample.split = *split;
        } else if (dataset.layout == DatasetLayout::ClassFolders) {
            fresh.push_back(i);
            labels.push_back(sample.label);
        }
    }
    const std::vector<Split> splits = dealt(labels, dataset, recipe);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        dataset.samples[fresh[i]].split = splits[i];
    }
    dataset.fingerprint = fingerprintOf(dataset);
}

std::optional<std::vector<SplitEntry>> formerSplitOf(const SavedRun& run, const DatasetIndex& dataset)
{
    const std::filesystem::path file = RunFiles{run.folder}.split();
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        return readRunSplit(file);
    }
    if (dataset.fingerprint == run.record.datasetFingerprint) {
        return splitEntriesOf(dataset);
    }
    if (dataset.layout != DatasetLayout::ClassFolders) {
        return std::nullopt; // what was dealt of it, and what the folders or the list said, is not known
    }
    const std::int64_t started = secondsOf(run.record.startedAt);
    const auto isOlder = [&](const Sample& sample) {
        return timesOf(dataset.pathOf(sample)).first <= started;
    };
    const auto wasThere = [&](const Sample& sample) {
        return timesOf(dataset.pathOf(sample)).second <= started;
    };
    auto proven = provenSplit(run, dataset, wasThere);
    return proven ? std::move(proven) : provenSplit(run, dataset, isOlder);
}

std::vector<SplitEntry> splitEntriesOf(const DatasetIndex& dataset, const std::vector<SplitEntry>& former)
{
    std::vector<SplitEntry> entries = splitEntriesOf(dataset);
    std::set<std::pair<std::string, std::string>> known;
    for (const SplitEntry& entry : entries) {
        known.emplace(entry.path, entry.contentHash);
    }
    for (SplitEntry entry : former) {
        if (!entry.contentHash.empty() && known.emplace(entry.path, entry.contentHash).second) {
            entry.isGone = true;
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

} // namespace thaw
