#include "app/cli/dataset_report.h"

#include "app/cli/text.h"

#include <algorithm>

namespace thaw::cli {

namespace {

constexpr std::size_t shown = 20;

bool isLeftOut(const Problem& problem)
{
    return problem.code == ProblemCode::Unreadable || problem.code == ProblemCode::FormatUnsupported ||
           problem.code == ProblemCode::TooLarge;
}

} // namespace

void reportProblems(const DatasetIndex& dataset, const std::string& name, StatusLine& status)
{
    std::vector<Problem> problems = dataset.problems;
    if (problems.empty()) {
        return;
    }
    std::stable_partition(problems.begin(), problems.end(), isLeftOut);
    status.print(
        counted(static_cast<std::int64_t>(problems.size()), "problem", "problems") + " in the data set, " +
        counted(static_cast<std::int64_t>(dataset.unreadableCount()), "picture", "pictures") + " left out:");
    for (std::size_t i = 0; i < std::min(shown, problems.size()); ++i) {
        status.print("  " + (problems[i].path.empty() ? "" : problems[i].path + ": ") + problems[i].message);
    }
    if (problems.size() > shown) {
        status.print("  … thaw-cli scan " + shellWord(name) + " lists all");
    }
}

} // namespace thaw::cli
