#include "core/train/start/picture_losses.h"

#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace thaw {

namespace {

/// Whether training will find what the scan found. One look at the file: on a network that is what a run of
/// many thousand pictures can wait for.
bool isThere(const std::filesystem::path& file, const Sample& sample)
{
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    return !error && size == sample.byteSize && access(file.c_str(), R_OK) == 0;
}

/// Pictures of a class, of a split where folders or a list say it.
using Group = std::pair<std::string, std::optional<Split>>;

/// Groups of which the scan could use nothing, though it knows what they were meant for. Files that are no
/// pictures count for classes that have some elsewhere: a folder of films beside those of the classes is
/// none.
std::set<Group> lostGroups(const DatasetIndex& dataset)
{
    std::set<Group> lost;
    for (const Problem& problem : dataset.problems) {
        const bool isClass = std::ranges::binary_search(dataset.classes, problem.label);
        const bool isLost =
            isLeftOutPicture(problem.code) || (problem.code == ProblemCode::Unrecognised && isClass);
        if (isLost && !problem.label.empty()) {
            lost.emplace(problem.label, problem.split);
        }
    }
    for (const Sample& sample : dataset.samples) {
        const std::string& label = dataset.classes[static_cast<std::size_t>(sample.label)];
        lost.erase({label, sample.split});
        lost.erase({label, std::nullopt});
    }
    return lost;
}

} // namespace

bool PictureLosses::areSerious() const
{
    constexpr std::size_t oneIn = 20;
    return !groups.empty() || (count > 1 && count * oneIn > of);
}

std::string PictureLosses::text() const
{
    std::string words = std::to_string(count) + " of " + std::to_string(of) +
                        (count == 1 ? " pictures is" : " pictures are") +
                        " missing, changed or cannot be read" + (pictures.empty() ? "" : ": ") +
                        someOf(pictures);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        words += (i == 0 ? "; among them " : ", ") + groups[i];
    }
    return words;
}

PictureLosses lossesAtStart(const DatasetIndex& dataset)
{
    PictureLosses losses;
    for (const Problem& problem : dataset.problems) {
        if (isLeftOutPicture(problem.code)) {
            losses.pictures.push_back(problem.path);
        }
    }
    losses.of = losses.pictures.size() + dataset.samples.size();
    for (const auto& [label, split] : lostGroups(dataset)) {
        losses.groups.push_back("all " + (split ? nameOf(*split) + std::string(" ") : "") + "pictures of " +
                                label);
    }

    std::array<std::vector<std::size_t>, 3> left;
    left.fill(std::vector<std::size_t>(dataset.classes.size()));
    for (const Sample& sample : dataset.samples) {
        if (isThere(dataset.pathOf(sample), sample)) {
            ++left[static_cast<std::size_t>(sample.split)][static_cast<std::size_t>(sample.label)];
        } else {
            losses.pictures.push_back(sample.path);
        }
    }
    for (const Split split : allSplits) {
        const std::vector<std::size_t> had = dataset.countsOf(split);
        for (std::size_t label = 0; label < had.size(); ++label) {
            if (had[label] > 0 && left[static_cast<std::size_t>(split)][label] == 0) {
                losses.groups.push_back(std::string("all ") + nameOf(split) + " pictures of " +
                                        dataset.classes[label]);
            }
        }
    }
    losses.count = losses.pictures.size();
    return losses;
}

void requireNoSeriousLosses(const DatasetIndex& dataset)
{
    if (const PictureLosses losses = lossesAtStart(dataset); losses.areSerious()) {
        throw Error(ErrorCode::PicturesLost, dataset.source, losses.text(),
                    "put them back, or start all the same", Remedy::AcceptLosses);
    }
}

std::string someOf(const std::vector<std::string>& names)
{
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, names.size()); ++i) {
        text += (text.empty() ? "" : ", ") + names[i];
    }
    const std::size_t more = names.size() - std::min(shown, names.size());
    return more > 0 ? text + " and " + std::to_string(more) + " more" : text;
}

} // namespace thaw
