#include "core/export/export_facts.h"

#include "core/base/error.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/run_split.h"

#include <system_error>

namespace thaw {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> picturesOf(const std::vector<SplitEntry>& entries, Split split, const fs::path& root)
{
    std::vector<fs::path> pictures;
    for (const SplitEntry& entry : entries) {
        if (entry.split == split && !entry.isGone) {
            pictures.push_back(root / entry.path);
        }
    }
    pictures = spread(pictures, parityPictures);
    std::erase_if(pictures, [](const fs::path& picture) {
        std::error_code ignored;
        return !fs::is_regular_file(picture, ignored);
    });
    return pictures;
}

std::vector<fs::path> picturesOfRun(const SavedRun& run)
{
    const RunFiles files{run.folder};
    std::error_code ignored;
    if (run.record.datasetPath.empty() || !fs::exists(files.split(), ignored)) {
        return {};
    }
    const fs::path dataset = run.record.datasetPath;
    const fs::path root = fs::is_directory(dataset, ignored) ? dataset : dataset.parent_path();
    const std::vector<SplitEntry> entries = readRunSplit(files.split());
    for (const Split split : {Split::Test, Split::Validation, Split::Train}) {
        if (auto pictures = picturesOf(entries, split, root); !pictures.empty()) {
            return pictures;
        }
    }
    return {};
}

std::string licenceOf(const std::string& weights)
{
    for (const CatalogEntry& entry : weightsCatalog()) {
        if (entry.name == weights) {
            return entry.licence;
        }
    }
    return {};
}

} // namespace

ExportFacts exportFactsOf(const ModelSource& source)
{
    ExportFacts facts;
    facts.licence = licenceOf(source.recipe.weights);
    if (!source.run) {
        // An export of ours says itself what it knows.
        const auto noted = [&](const char* key) {
            const auto found = source.model.otherMetadata.find(key);
            return found == source.model.otherMetadata.end() ? std::string() : found->second;
        };
        facts.dataFingerprint = noted("data_fingerprint");
        return facts;
    }
    facts.dataFingerprint = source.run->record.datasetFingerprint;
    facts.pictures = picturesOfRun(*source.run);
    if (const auto kept = readEvaluation(source.run->folder); kept && kept->evaluation.threshold) {
        facts.threshold = kept->evaluation.threshold->value;
        facts.thresholdFrom = kept->evaluation.threshold->chosenOn;
    }
    return facts;
}

} // namespace thaw
