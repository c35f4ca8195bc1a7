#include "core/train/picture_losses.h"

#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <set>
#include <system_error>
#include <unistd.h>

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

/// The folder that holds all pictures of a class, of a split where the data set has such folders: the first
/// folder on the way to the picture that is called as a class is, or the split's folder right within it.
/// Empty where there is none, and where a list decides.
std::string groupOf(const std::string& path, const DatasetIndex& dataset)
{
    if (dataset.layout == DatasetLayout::SplitCsv) {
        return {};
    }
    const auto isClass = [&](const std::string& name) {
        return std::binary_search(dataset.classes.begin(), dataset.classes.end(), name);
    };
    std::size_t begin = 0;
    for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', begin)) {
        if (isClass(path.substr(begin, end - begin))) {
            const std::size_t inside = path.find('/', end + 1);
            const bool isSplit = inside != std::string::npos &&
                                 dataset.layout == DatasetLayout::SplitFolders &&
                                 splitFromName(path.substr(end + 1, inside - end - 1));
            return path.substr(0, isSplit ? inside : end);
        }
        begin = end + 1;
    }
    return {};
}

/// Folders of which the scan could use nothing, though it knows their class.
void addLostFolders(const DatasetIndex& dataset, PictureLosses& losses)
{
    std::set<std::string> lost;
    for (const std::string& picture : losses.pictures) {
        lost.insert(groupOf(picture, dataset));
    }
    for (const Problem& problem : dataset.problems) {
        if (problem.code == ProblemCode::Unrecognised) {
            for (const std::string& file : problem.files) {
                lost.insert(groupOf(file, dataset));
            }
        }
    }
    for (const Sample& sample : dataset.samples) {
        lost.erase(groupOf(sample.path, dataset));
    }
    lost.erase(std::string());
    for (const std::string& folder : lost) {
        losses.groups.push_back("all pictures in " + folder);
    }
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
    addLostFolders(dataset, losses);

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
                    "put them back, or start all the same with --accept-losses");
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
