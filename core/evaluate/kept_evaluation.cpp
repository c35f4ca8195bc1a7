#include "core/evaluate/kept_evaluation.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_reader.h"
#include "core/run/run_files.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <system_error>

namespace thaw {

namespace {

/// A number from 0 to `largest`; not-a-number for null, which is how one is written.
double shareIn(const JsonReader& json, const char* key, double largest)
{
    double share = std::numeric_limits<double>::quiet_NaN();
    json.read(key, share);
    json.requireThat(std::isnan(share) || (share >= 0 && share <= largest), key,
                     largest == 1 ? "between 0 and 1" : "at least 0");
    return share;
}

int countIn(const JsonReader& json, const char* key)
{
    int count = 0;
    json.require(key, count);
    json.requireThat(count >= 0, key, "at least 0");
    return count;
}

void readDataset(const JsonReader& dataset, KeptEvaluation& kept)
{
    std::string path;
    std::string root;
    dataset.read("path", path);
    dataset.read("root", root);
    dataset.read("fingerprint", kept.fingerprint);
    kept.dataset = path;
    kept.root = root;
    if (root.empty()) { // a file of before
        std::error_code ignored;
        kept.root = std::filesystem::is_regular_file(kept.dataset, ignored) ? kept.dataset.parent_path()
                                                                            : kept.dataset;
    }
}

void readConfusion(const JsonReader& json, Evaluation& evaluation)
{
    const std::size_t classes = evaluation.classes.size();
    json.require("confusion", evaluation.confusion);
    const bool isSquare =
        evaluation.confusion.size() == classes &&
        std::ranges::all_of(evaluation.confusion, [&](const auto& row) { return row.size() == classes; });
    json.requireThat(isSquare, "confusion", "a row for each class with a count for each");
    std::int64_t images = 0;
    for (const std::vector<int>& row : evaluation.confusion) {
        for (const int count : row) {
            images += count;
        }
    }
    evaluation.score.images = countIn(json, "images");
    json.requireThat(images == evaluation.score.images, "images", "the sum of the confusion");
}

void readLeftOut(const JsonReader& entry, Evaluation& evaluation)
{
    ExcludedImage image;
    std::string kind = leftOutKinds.lost;
    entry.require("path", image.path);
    entry.read("error", image.reason);
    entry.read("kind", kind);
    auto& list = kind == leftOutKinds.unknownClass ? evaluation.notKnown
                 : kind == leftOutKinds.unreadable ? evaluation.unreadable
                                                   : evaluation.leftOut;
    list.push_back(std::move(image));
}

KeptEvaluation keptIn(const JsonReader& json)
{
    KeptEvaluation kept;
    Evaluation& evaluation = kept.evaluation;
    json.read("evaluated_at", kept.evaluatedAt);
    json.readObject("dataset", [&](const JsonReader& dataset) { readDataset(dataset, kept); });
    json.require("split", evaluation.split);
    json.require("classes", evaluation.classes);
    json.requireThat(!evaluation.classes.empty(), "classes", "at least one");
    readConfusion(json, evaluation);
    evaluation.score.loss = shareIn(json, "loss", std::numeric_limits<double>::max());
    evaluation.score.accuracy = shareIn(json, "accuracy", 1);
    json.readList("unknown_classes", [&](const JsonReader& entry) {
        UnknownClass unknown;
        entry.require("class", unknown.name);
        unknown.images = countIn(entry, "images");
        entry.read("near", unknown.near);
        evaluation.unknownClasses.push_back(std::move(unknown));
    });
    json.readList("left_out", [&](const JsonReader& entry) { readLeftOut(entry, evaluation); });
    evaluation.total = json.has("total")
                           ? countIn(json, "total")
                           : evaluation.score.images + static_cast<int>(evaluation.leftOut.size());
    json.requireThat(evaluation.total >= evaluation.score.images, "total", "as many as were measured");
    json.readObject("threshold", [&](const JsonReader& threshold) {
        ChosenThreshold chosen{shareIn(threshold, "value", 1), "given"};
        threshold.requireThat(!std::isnan(chosen.value), "value", "a number");
        threshold.read("chosen_on", chosen.chosenOn);
        evaluation.threshold = std::move(chosen);
    });
    return kept;
}

} // namespace

std::optional<KeptEvaluation> readEvaluation(const std::filesystem::path& run)
{
    const std::filesystem::path file = RunFiles{run}.evaluation();
    std::string text;
    try {
        text = readTextFile(file, maxEvaluationSize);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::FileNotFound) {
            return std::nullopt;
        }
        throw Error(ErrorCode::RunInvalid, file, error.detail(), error.advice());
    }
    return keptIn(JsonReader::parse(text, ErrorCode::RunInvalid, file, "evaluate the run again"));
}

} // namespace thaw
