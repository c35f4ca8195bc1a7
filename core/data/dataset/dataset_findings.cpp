#include "core/data/dataset/dataset_findings.h"

#include "core/data/dataset/class_lines.h"
#include "core/data/dataset/dataset_listing.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/dataset/folder_names.h"
#include "core/data/dataset/trainable.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace thaw {

namespace {

constexpr std::size_t fewSamples = 10;
constexpr std::size_t imbalance = 5;
constexpr int darkShare = 16;
constexpr std::size_t oddShare = 20; ///< at most one in so many is an odd one

/// Compares one sample with those before it that hold the same bytes.
void addCopyFindings(DatasetIndex& index, const std::vector<std::size_t>& earlier, std::size_t copy)
{
    const Sample& sample = index.samples[copy];
    const auto nameOfSample = [&](std::size_t i) { return "'" + printable(index.samples[i].path) + "'"; };
    const auto find = [&](auto differs) {
        return std::find_if(earlier.begin(), earlier.end(),
                            [&](std::size_t i) { return differs(index.samples[i]); });
    };
    const auto otherClass = find([&](const Sample& other) { return other.label != sample.label; });
    const auto otherSplit = find([&](const Sample& other) { return other.split != sample.split; });
    if (otherClass != earlier.end()) {
        const int label = index.samples[*otherClass].label;
        index.problems.push_back({sample.path, ProblemCode::LabelConflict, ProblemSeverity::Warning,
                                  "the same picture as " + nameOfSample(*otherClass) +
                                      ", which is in class '" +
                                      printable(index.classes[static_cast<std::size_t>(label)]) + "'"});
    }
    if (otherSplit != earlier.end()) {
        index.problems.push_back({sample.path, ProblemCode::Leak, ProblemSeverity::Warning,
                                  "the same picture as " + nameOfSample(*otherSplit) + ", which is in the " +
                                      nameOf(index.samples[*otherSplit].split) + " split"});
    }
    if (otherClass == earlier.end() && otherSplit == earlier.end()) {
        index.problems.push_back({sample.path, ProblemCode::DuplicateContent, ProblemSeverity::Info,
                                  "the same picture as " + nameOfSample(earlier.front())});
    }
}

void addDuplicates(DatasetIndex& index)
{
    std::unordered_map<std::string_view, std::vector<std::size_t>> byContent;
    for (std::size_t i = 0; i < index.samples.size(); ++i) {
        if (!index.samples[i].contentHash.empty()) {
            auto& same = byContent[index.samples[i].contentHash];
            if (!same.empty()) {
                addCopyFindings(index, same, i);
            }
            same.push_back(i);
        }
    }
}

void addEmptyClasses(DatasetIndex& index, const std::set<std::string>& labels)
{
    for (const std::string& label : labels) {
        if (!std::binary_search(index.classes.begin(), index.classes.end(), label)) {
            index.problems.push_back(
                {index.layout == DatasetLayout::ClassFolders ? label : "", ProblemCode::EmptyClass,
                 ProblemSeverity::Warning,
                 "class '" + printable(label) + "' has no usable picture and is left out"});
        }
    }
}

void addFewSamples(DatasetIndex& index)
{
    constexpr std::size_t handful = 5;
    const std::vector<std::size_t> training = index.countsOf(Split::Train);
    std::vector<std::size_t> few;
    for (std::size_t label = 0; label < training.size(); ++label) {
        if (training[label] > 0 && training[label] < fewSamples) {
            few.push_back(label);
        }
    }
    const auto nameOfClass = [&](std::size_t label) { return "'" + printable(index.classes[label]) + "'"; };
    const auto add = [&](const std::string& message) {
        index.problems.push_back({"", ProblemCode::FewSamples, ProblemSeverity::Warning, message});
    };
    if (few.size() > handful) {
        const std::size_t least =
            *std::ranges::min_element(few, {}, [&](std::size_t label) { return training[label]; });
        return add(std::to_string(few.size()) + " classes have fewer than " + std::to_string(fewSamples) +
                   " training pictures; fewest has " + nameOfClass(least) + ": " +
                   std::to_string(training[least]));
    }
    for (const std::size_t label : few) {
        const std::string count = std::to_string(training[label]);
        add("class " + nameOfClass(label) + " has only " + count + " training " +
            (training[label] == 1 ? "picture" : "pictures"));
    }
}

/// A split that has pictures says nothing of a class that it lacks: the result, where that is measured on it,
/// and the choice of the best epoch, which validation makes.
void addUnmeasured(DatasetIndex& index, Split split, const std::string& consequence)
{
    const std::vector<std::size_t> counts = index.countsOf(split);
    const std::vector<std::size_t> training = index.countsOf(Split::Train);
    if (std::ranges::all_of(counts, [](std::size_t count) { return count == 0; })) {
        return; // nothing is measured, which no result can hide
    }
    std::vector<std::string> missing;
    for (std::size_t label = 0; label < counts.size(); ++label) {
        if (counts[label] == 0 && training[label] > 0) {
            missing.push_back(index.classes[label]);
        }
    }
    const std::string none = std::string(" no ") + nameOf(split) + " pictures";
    for (const std::string& line : linesOfClasses(missing, {" has" + none, " classes have" + none})) {
        index.problems.push_back(
            {"", ProblemCode::Unmeasured, ProblemSeverity::Warning,
             line + ": " + consequence + " " + (line.starts_with("class ") ? "it" : "them")});
    }
}

void addUnmeasured(DatasetIndex& index)
{
    const std::string result = "the accuracy will say nothing of";
    if (index.indicesOf(Split::Test).empty()) {
        addUnmeasured(index, Split::Validation, result);
        return;
    }
    addUnmeasured(index, Split::Test, result);
    addUnmeasured(index, Split::Validation, "the best epoch is chosen without");
}

void addSimilarNames(DatasetIndex& index, const std::set<std::string>& labels)
{
    std::map<std::string, std::string> seen;
    const bool isList = index.layout == DatasetLayout::SplitCsv;
    for (const std::string& label : labels) {
        const auto [first, isNew] = seen.emplace(foldedName(label), label);
        if (!isNew) {
            index.problems.push_back(
                {"", ProblemCode::SimilarNames, ProblemSeverity::Warning,
                 "the names of classes '" + printable(first->second) + "' and '" + printable(label) +
                     "' differ only " + differenceOf(first->second, label) + "; if they are one class, " +
                     (isList ? "give both the same label in the list" : "give their folders the same name")});
        }
    }
}

void addSizes(DatasetIndex& index)
{
    std::vector<std::size_t> totals(index.classes.size());
    for (const Sample& sample : index.samples) {
        ++totals[static_cast<std::size_t>(sample.label)];
    }
    const auto [least, most] = std::minmax_element(totals.begin(), totals.end());
    if (*most > imbalance * *least) {
        const auto nameOfClass = [&](auto at) {
            return "'" + printable(index.classes[static_cast<std::size_t>(at - totals.begin())]) + "'";
        };
        index.problems.push_back({"", ProblemCode::Imbalanced, ProblemSeverity::Warning,
                                  "class " + nameOfClass(most) + " has " + std::to_string(*most) +
                                      " pictures, " + nameOfClass(least) + " only " +
                                      std::to_string(*least)});
    }
}

void addOddOnes(DatasetIndex& index, const std::map<std::string, int>& fewColours)
{
    if (fewColours.size() > index.samples.size() / oddShare) {
        return;
    }
    for (const auto& [path, colours] : fewColours) {
        index.problems.push_back({path, ProblemCode::FewColours, ProblemSeverity::Info,
                                  "has only " + std::to_string(colours) +
                                      " colours: perhaps a drawing or a placeholder, not a photograph"});
    }
}

/// Cameras and microscopes write 10, 12 or 14 bits into 16 without stretching them.
void addDark(DatasetIndex& index, const std::map<std::string, int>& dark)
{
    if (dark.empty()) {
        return;
    }
    constexpr int levels = 256;
    int part = levels; // the smallest that holds all of them
    std::vector<std::string> paths;
    for (const auto& [path, brightest] : dark) {
        paths.push_back(path);
        while (part > darkShare && brightest * part > levels) {
            part /= 2;
        }
    }
    const std::string share = "1/" + std::to_string(part);
    const std::string first = "'" + printable(paths.front()) + "'";
    index.problems.push_back(
        {"", ProblemCode::LowRange, ProblemSeverity::Warning,
         (paths.size() == 1 ? "1 picture of 16 bits uses " + share + " of its range or less and is"
                            : std::to_string(paths.size()) + " pictures of 16 bits use " + share +
                                  " of their range or less and are") +
             " nearly black: " + first + (paths.size() == 1 ? "" : " and others") +
             "; where fewer bits than 16 were measured, stretch them to the whole range",
         paths});
}

void addEndless(DatasetIndex& index, const std::vector<std::string>& paths)
{
    if (paths.empty()) {
        return;
    }
    const std::string first = "'" + printable(paths.front()) + "'";
    index.problems.push_back(
        {"", ProblemCode::NoEndMarker, ProblemSeverity::Info,
         paths.size() == 1 ? "the JPEG " + first + " lacks its end marker; its picture is whole and is used"
                           : std::to_string(paths.size()) + " JPEGs lack their end marker, such as " + first +
                                 "; their pictures are whole and are used",
         paths});
}

} // namespace

void addFindings(DatasetIndex& index, const std::set<std::string>& labels, const PictureNotes& notes,
                 ScanPurpose purpose)
{
    addDuplicates(index);
    addOddOnes(index, notes.fewColours);
    addDark(index, notes.dark);
    addEndless(index, notes.endless);
    addEmptyClasses(index, labels);
    addSimilarNames(index, labels);
    if (purpose == ScanPurpose::Training) {
        const std::vector<Problem> obstacles = obstaclesToTraining(index);
        index.problems.insert(index.problems.end(), obstacles.begin(), obstacles.end());
        addFewSamples(index);
        addUnmeasured(index);
        addSizes(index);
    }
    // Stable: several findings of one kind about one file stay in the order of the manifest's lines.
    std::stable_sort(index.problems.begin(), index.problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.path, a.code) < std::tie(b.path, b.code);
    });
}

} // namespace thaw
