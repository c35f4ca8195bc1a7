#include "core/data/dataset_findings.h"

#include "core/data/dataset_listing.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace thaw {

namespace {

constexpr std::size_t fewSamples = 10;
constexpr std::size_t imbalance = 5;
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

void addSizes(DatasetIndex& index)
{
    const std::vector<std::size_t> training = index.countsOf(Split::Train);
    std::vector<std::size_t> totals(index.classes.size());
    for (const Sample& sample : index.samples) {
        ++totals[static_cast<std::size_t>(sample.label)];
    }
    for (std::size_t label = 0; label < training.size(); ++label) {
        const std::string name = "class '" + printable(index.classes[label]) + "'";
        if (training[label] == 0) {
            index.problems.push_back(
                {"", ProblemCode::EmptyClass, ProblemSeverity::Error, name + " has no training pictures"});
        } else if (training[label] < fewSamples) {
            index.problems.push_back(
                {"", ProblemCode::FewSamples, ProblemSeverity::Warning,
                 name + " has only " + std::to_string(training[label]) + " training pictures"});
        }
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

} // namespace

void addFindings(DatasetIndex& index, const std::set<std::string>& labels,
                 const std::map<std::string, int>& fewColours, ScanPurpose purpose)
{
    addDuplicates(index);
    addOddOnes(index, fewColours);
    addEmptyClasses(index, labels);
    if (purpose == ScanPurpose::Training) {
        addSizes(index);
    }
    // Stable: several findings of one kind about one file stay in the order of the manifest's lines.
    std::stable_sort(index.problems.begin(), index.problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.path, a.code) < std::tie(b.path, b.code);
    });
}

} // namespace thaw
