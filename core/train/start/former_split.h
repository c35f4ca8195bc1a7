#pragma once

#include "core/run/run_split.h"
#include "core/run/run_store.h"
#include "core/train/start/picture_losses.h"

#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// What became of a run's pictures since it noted its split.
struct PictureChanges
{
    std::vector<std::string> added;
    std::vector<std::string> removed;   ///< or not to be read any more
    std::vector<std::string> changed;   ///< other contents under the name
    std::vector<std::string> moved;     ///< the same contents under another name; the new name
    std::vector<std::string> regrouped; ///< in another class than before

    bool any() const;
    /// "30 added (a.png, b.png, c.png and 27 more), 2 removed (…)"; empty when there are none.
    std::string text() const;
};

PictureChanges changesSince(const std::vector<SplitEntry>& former, const DatasetIndex& dataset);

/// What the run had and would no longer get.
PictureLosses lossesSince(const std::vector<SplitEntry>& former, const DatasetIndex& dataset);
/// The same by the counts of a record, for want of names.
PictureLosses lossesSince(const RunRecord& record, const DatasetIndex& dataset);

/// Gives each picture of a data set that was scanned again the split that it had: what it holds decides,
/// wherever it lies now, and else its name. Pictures that the run never had are dealt where no folder or list
/// says their split; one that holds what a test or validation picture held is not trained on. The
/// fingerprint follows.
void keepFormerSplit(DatasetIndex& dataset, const std::vector<SplitEntry>& former, const Recipe& recipe);

/// The split of a run, from split.csv. Older runs have none: for these, the split by the recipe, of all
/// pictures or of those older than the run, if it has the fingerprint in the record. Nothing where neither
/// has it, since the record alone does not contain the split.
/// @param dataset scanned as the recipe says
/// @throws Error RunInvalid
std::optional<std::vector<SplitEntry>> formerSplitOf(const SavedRun& run, const DatasetIndex& dataset);

/// Contents of split.csv when a run is resumed: the present pictures, and earlier ones that are gone.
std::vector<SplitEntry> splitEntriesOf(const DatasetIndex& dataset, const std::vector<SplitEntry>& former);

} // namespace thaw
