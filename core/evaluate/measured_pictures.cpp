#include "core/evaluate/measured_pictures.h"

#include "core/base/error.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace thaw {

namespace {

constexpr const char* all = "all";

using Splits = std::vector<std::optional<Split>>;

/// As many pictures as the run has, each at its place, of its class and with its contents.
bool isTheRuns(const DatasetIndex& dataset, const std::vector<SplitEntry>& entries)
{
    std::map<std::string_view, const SplitEntry*> places;
    for (const SplitEntry& entry : entries) {
        if (!entry.isGone) {
            places[entry.path] = &entry;
        }
    }
    return places.size() == dataset.samples.size() &&
           std::all_of(dataset.samples.begin(), dataset.samples.end(), [&](const Sample& sample) {
               const auto found = places.find(sample.path);
               return found != places.end() && found->second->contentHash == sample.contentHash &&
                      found->second->label == dataset.classes[static_cast<std::size_t>(sample.label)];
           });
}

bool isSeen(const std::optional<Split>& split)
{
    return split == Split::Train || split == Split::Validation;
}

/// The split that a run is tested on.
std::optional<Split> standardSplit(const auto& has)
{
    for (const Split split : {Split::Test, Split::Validation}) {
        if (has(split)) {
            return split;
        }
    }
    return std::nullopt;
}

/// Takes the pictures of one part. @param splits that count for it
void take(MeasuredPictures& result, const Splits& splits, const std::optional<Split>& part)
{
    result.part = part ? nameOf(*part) : all;
    for (std::size_t i = 0; i < splits.size(); ++i) {
        if (!part || splits[i] == part) {
            result.samples.push_back(i);
        }
    }
}

/// Without what the run has seen, where anything is left then.
void leaveOutSeen(MeasuredPictures& result, const Splits& inRun)
{
    std::vector<std::size_t> unseen;
    std::copy_if(result.samples.begin(), result.samples.end(), std::back_inserter(unseen),
                 [&](std::size_t i) { return !isSeen(inRun[i]); });
    if (!unseen.empty() && unseen.size() < result.samples.size()) {
        result.leftOut = result.samples.size() - unseen.size();
        result.samples = std::move(unseen);
        result.part = result.part == all ? "unseen" : result.part;
    }
}

} // namespace

std::vector<std::optional<Split>> splitsInRun(const DatasetIndex& dataset,
                                              const std::vector<SplitEntry>& entries)
{
    std::map<std::pair<std::string_view, std::string_view>, Split> places;
    std::map<std::string_view, Split> contents;
    for (const SplitEntry& entry : entries) {
        if (entry.contentHash.empty()) {
            continue;
        }
        places.try_emplace({entry.path, entry.contentHash}, entry.split);
        const auto [known, isNew] = contents.try_emplace(entry.contentHash, entry.split);
        known->second = std::min(known->second, entry.split); // Train comes first
    }
    Splits splits;
    for (const Sample& sample : dataset.samples) {
        const auto place = places.find({sample.path, sample.contentHash});
        const auto content = contents.find(sample.contentHash);
        splits.push_back(place != places.end()       ? std::optional(place->second)
                         : content != contents.end() ? std::optional(content->second)
                                                     : std::nullopt);
    }
    return splits;
}

MeasuredPictures picturesToMeasure(const DatasetIndex& dataset, const PicturesOfRun& run,
                                   const std::string& asked)
{
    const bool isNoted = !run.entries.empty();
    const bool isOwn = isNoted ? isTheRuns(dataset, run.entries)
                               : !run.fingerprint.empty() && run.fingerprint == dataset.fingerprint;
    Splits own; // as the data set says or the rule deals
    for (const Sample& sample : dataset.samples) {
        own.emplace_back(sample.split);
    }
    const Splits inRun = isOwn && !isNoted ? own : splitsInRun(dataset, run.entries);
    const bool isMixedOrRuns =
        std::any_of(inRun.begin(), inRun.end(), [](const auto& s) { return s.has_value(); });
    const bool isGiven = std::find(dataset.given.begin(), dataset.given.end(), true) != dataset.given.end();
    // The run's word counts where the data set has none of its own.
    Splits splits = own;
    if (isOwn || !isGiven) {
        for (std::size_t i = 0; i < splits.size(); ++i) {
            splits[i] = inRun[i] ? inRun[i] : splits[i];
        }
    }
    const auto has = [&](Split split) {
        return std::find(splits.begin(), splits.end(), split) != splits.end();
    };

    MeasuredPictures result;
    const bool isAll = std::all_of(inRun.begin(), inRun.end(), [](const auto& s) { return s.has_value(); });
    if (!asked.empty()) {
        take(result, splits, asked == all ? std::nullopt : splitFromName(asked));
    } else if (isOwn || (isAll && !isGiven)) {
        // The run's pictures, or some of them: its test split, else what there is.
        take(result, splits, standardSplit(has).value_or(Split::Train));
    } else {
        take(result, splits,
             standardSplit([&](Split split) { return dataset.given[static_cast<std::size_t>(split)]; }));
        leaveOutSeen(result, inRun);
    }
    if (result.samples.empty()) {
        throw Error(ErrorCode::DatasetInvalid, dataset.root,
                    "has no pictures in its " + result.part + " split", "measure all of them",
                    Remedy::MeasureAll);
    }
    for (const std::size_t i : result.samples) {
        result.trained += inRun[i] == Split::Train ? 1 : 0;
        result.chosenBy += inRun[i] == Split::Validation ? 1 : 0;
        result.isDealt =
            result.isDealt || (result.part != all && result.part != "unseen" && !inRun[i] && !isGiven);
    }
    result.isRunsOwn = isOwn && standardSplit(has) && result.part == nameOf(*standardSplit(has));
    result.isUncertain = !isOwn && !isNoted && !isMixedOrRuns;
    return result;
}

} // namespace thaw
