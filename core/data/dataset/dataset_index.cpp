#include "core/data/dataset/dataset_index.h"

#include <algorithm>

namespace thaw {

const char* nameOf(ProblemSeverity severity)
{
    switch (severity) {
    case ProblemSeverity::Info:
        return "info";
    case ProblemSeverity::Warning:
        return "warning";
    case ProblemSeverity::Error:
        return "error";
    }
    return "warning";
}

const char* nameOf(ProblemCode code)
{
    switch (code) {
    case ProblemCode::Unreadable:
        return "unreadable";
    case ProblemCode::FormatUnsupported:
        return "format-unsupported";
    case ProblemCode::TooLarge:
        return "too-large";
    case ProblemCode::ListedMissing:
        return "listed-missing";
    case ProblemCode::Unlisted:
        return "unlisted";
    case ProblemCode::BadRow:
        return "bad-row";
    case ProblemCode::OutsideRoot:
        return "outside-root";
    case ProblemCode::DuplicateEntry:
        return "duplicate-entry";
    case ProblemCode::DuplicateContent:
        return "duplicate-content";
    case ProblemCode::Leak:
        return "leak";
    case ProblemCode::LabelConflict:
        return "label-conflict";
    case ProblemCode::EmptyClass:
        return "empty-class";
    case ProblemCode::Imbalanced:
        return "imbalanced";
    case ProblemCode::FewSamples:
        return "few-samples";
    case ProblemCode::FewColours:
        return "few-colours";
    case ProblemCode::Unrecognised:
        return "unrecognised";
    case ProblemCode::Unmeasured:
        return "unmeasured";
    case ProblemCode::NotTrained:
        return "not-trained";
    case ProblemCode::SplitLikeFolders:
        return "split-like-folders";
    case ProblemCode::SimilarNames:
        return "similar-names";
    case ProblemCode::NoTest:
        return "no-test";
    case ProblemCode::BadName:
        return "bad-name";
    case ProblemCode::InnerFolder:
        return "inner-folder";
    case ProblemCode::ListColumns:
        return "list-columns";
    case ProblemCode::NoEndMarker:
        return "no-end-marker";
    case ProblemCode::LowRange:
        return "low-range";
    }
    return "unreadable";
}

bool isLeftOutPicture(ProblemCode code)
{
    switch (code) {
    case ProblemCode::Unreadable:
    case ProblemCode::FormatUnsupported:
    case ProblemCode::TooLarge:
    case ProblemCode::ListedMissing:
        return true;
    default:
        return false;
    }
}

std::vector<std::size_t> DatasetIndex::indicesOf(Split split) const
{
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (samples[i].split == split) {
            indices.push_back(i);
        }
    }
    return indices;
}

SplitCounts DatasetIndex::counts() const
{
    SplitCounts counts;
    for (const Sample& sample : samples) {
        switch (sample.split) {
        case Split::Train:
            ++counts.train;
            break;
        case Split::Validation:
            ++counts.validation;
            break;
        case Split::Test:
            ++counts.test;
            break;
        }
    }
    return counts;
}

std::vector<std::size_t> DatasetIndex::countsOf(Split split) const
{
    std::vector<std::size_t> counts(classes.size());
    for (const Sample& sample : samples) {
        if (sample.split == split) {
            ++counts[static_cast<std::size_t>(sample.label)];
        }
    }
    return counts;
}

std::size_t DatasetIndex::unreadableCount() const
{
    return static_cast<std::size_t>(
        std::count_if(problems.begin(), problems.end(), [](const Problem& problem) {
            return problem.code == ProblemCode::Unreadable ||
                   problem.code == ProblemCode::FormatUnsupported || problem.code == ProblemCode::TooLarge;
        }));
}

} // namespace thaw
