#include "app/cli/dataset_report.h"

#include "app/cli/text.h"

#include <algorithm>
#include <set>

namespace thaw::cli {

namespace {

constexpr std::size_t handful = 5; ///< of one kind; of more only the first are printed
constexpr std::size_t examples = 3;

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
    bool isWhole = true;
    std::set<ProblemCode> told;
    for (const Problem& first : problems) {
        if (!told.insert(first.code).second) {
            continue;
        }
        const auto isLike = [&first](const Problem& problem) { return problem.code == first.code; };
        const auto count = static_cast<std::size_t>(std::ranges::count_if(problems, isLike));
        std::size_t printed = 0;
        for (const Problem& problem : problems) {
            if (isLike(problem) && (count <= handful || printed < examples)) {
                status.print("  " + (problem.path.empty() ? "" : problem.path + ": ") + problem.message);
                ++printed;
            }
        }
        if (printed < count) {
            status.print("  … and " + std::to_string(count - printed) + " more like these (" +
                         nameOf(first.code) + ")");
            isWhole = false;
        }
    }
    if (!isWhole) {
        status.print("  thaw-cli scan " + shellWord(name) + " lists all");
    }
}

} // namespace thaw::cli
