#include "core/train/start/measuring_scan.h"

#include "core/train/start/former_split.h"

#include <system_error>

namespace thaw {

ScanOptions measuringScan(const Recipe& recipe, const SavedRun* run, const std::filesystem::path& dataset)
{
    ScanOptions options;
    options.shares = recipe.split;
    options.purpose = ScanPurpose::Measuring;
    std::error_code ignored;
    if (!run || std::filesystem::weakly_canonical(dataset, ignored) !=
                    std::filesystem::weakly_canonical(run->record.datasetPath, ignored))
    {
        return options;
    }
    const std::filesystem::path file = RunFiles{run->folder}.split();
    if (std::filesystem::exists(file, ignored)) {
        for (const SplitEntry& entry : readRunSplit(file)) {
            if (!entry.isGone) {
                options.assigned.emplace(entry.path, entry.split);
            }
        }
    }
    return options;
}

PicturesOfRun picturesOf(const SavedRun* run, const DatasetIndex& dataset)
{
    if (!run) {
        return {};
    }
    return {run->record.datasetFingerprint, formerSplitOf(*run, dataset).value_or(std::vector<SplitEntry>())};
}

} // namespace thaw
