#include "core/experiment/run_coverage.h"

#include "core/data/dataset/split.h"

#include <algorithm>

namespace thaw {

namespace {

/// Classes without a picture in a split that has some.
std::vector<std::string> missingIn(const RunRecord& record, Split split)
{
    const std::vector<std::size_t>& counts = record.counts[static_cast<std::size_t>(split)];
    std::vector<std::string> missing;
    const std::size_t known = std::min(counts.size(), record.classes.size());
    for (std::size_t label = 0; label < known; ++label) {
        if (counts[label] == 0) {
            missing.push_back(record.classes[label]);
        }
    }
    return missing.size() < known ? missing : std::vector<std::string>{};
}

} // namespace

std::vector<std::string> unmeasuredInResult(const RunRecord& record)
{
    if (!record.test) {
        return {};
    }
    if (!record.test->unmeasured.empty()) {
        return record.test->unmeasured;
    }
    // A record of before it was noted has the counts of the scan.
    const auto split = splitFromName(record.test->split);
    return split ? missingIn(record, *split) : std::vector<std::string>{};
}

std::vector<std::string> unmeasuredInValidation(const RunRecord& record)
{
    return missingIn(record, Split::Validation);
}

} // namespace thaw
