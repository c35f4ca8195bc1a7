#include "core/run/run_record_json.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_reader.h"
#include "core/base/json_text.h"
#include "core/base/utf8.h"
#include "core/data/dataset/split.h"
#include "core/model/weights/format/safetensors_file.h"
#include "core/run/percent_path.h"
#include "core/run/run_store.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace thaw {

namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int recordVersion = 1;
constexpr std::uint64_t recordLimit = 64 << 20;

constexpr const char* pathEncodingKey = "path_encoding";
constexpr const char* percentEncoding = "percent";

void putPath(OrderedJson& object, const std::string& path)
{
    const bool isText = isUtf8(path);
    object["path"] = isText ? path : percentEncoded(path);
    if (!isText) {
        object[pathEncodingKey] = percentEncoding;
    }
}

OrderedJson countsToJson(const RunRecord& record)
{
    auto counts = OrderedJson::object();
    for (const Split split : allSplits) {
        const auto& ofSplit = record.counts[static_cast<std::size_t>(split)];
        auto& byClass = counts[nameOf(split)] = OrderedJson::object();
        for (std::size_t i = 0; i < std::min(record.classes.size(), ofSplit.size()); ++i) {
            byClass[record.classes[i]] = ofSplit[i];
        }
    }
    return counts;
}

// Not-a-number and infinity become null in the JSON library's output.
OrderedJson toJson(const RunRecord& record)
{
    OrderedJson json;
    json["version"] = record.version;
    json["state"] = nameOf(record.state);
    json["name"] = record.name;
    json["notes"] = record.notes;
    json["started_at"] = record.startedAt;
    json["ended_at"] = record.endedAt;
    json["trained_seconds"] = record.trainedSeconds;
    json["thaw_version"] = record.thawVersion;
    json["torch_version"] = record.torchVersion;
    json["onednn_version"] = record.onednnVersion;
    json["machine"] = record.machine;
    json["device"] = record.device;
    json["precision"] = record.precision;
    json["threads"] = record.threads;
    json["asked"] = nullptr;
    if (record.asked) {
        json["asked"] = {{"device", record.asked->device},
                         {"precision", record.asked->precision},
                         {"trained_precision", record.asked->trainedPrecision},
                         {"threads", record.asked->threads}};
    }
    auto& dataset = json["dataset"] = OrderedJson::object();
    putPath(dataset, record.datasetPath);
    dataset["fingerprint"] = record.datasetFingerprint;
    dataset["classes"] = record.classes;
    dataset["counts"] = countsToJson(record);
    json["excluded"] = OrderedJson::array();
    for (const ExcludedImage& image : record.excluded) {
        auto excluded = OrderedJson::object();
        putPath(excluded, image.path);
        excluded["reason"] = image.reason;
        json["excluded"].push_back(std::move(excluded));
    }
    json["weights_source"] = record.weightsSource;
    json["weights_hash"] = record.weightsHash;
    json["weights_input"] = record.weightsInput;
    json["feature_bank"] = record.featureBank;
    json["best"] = OrderedJson::array();
    for (const BestEpoch& best : record.best) {
        json["best"].push_back({{"phase", best.phase},
                                {"epoch", best.epoch},
                                {"val_loss", best.valLoss},
                                {"val_accuracy", best.valAccuracy},
                                {"images", best.images},
                                {"measured_again", best.measuredAgain},
                                {contentHashKey, best.contentHash}});
    }
    json["test"] = nullptr;
    if (record.test) {
        json["test"] = {{"split", record.test->split},
                        {"images", record.test->score.images},
                        {"split_images", record.test->splitImages},
                        {"unmeasured", record.test->unmeasured},
                        {"images_by_class", record.test->imagesByClass},
                        {"correct_by_class", record.test->correctByClass},
                        {"loss", record.test->score.loss},
                        {"accuracy", record.test->score.accuracy},
                        {"phase", record.test->phase}};
    }
    json["finished_early"] = record.finishedEarly;
    json["rate_changes"] = OrderedJson::array();
    for (const RateChange& change : record.rateChanges) {
        json["rate_changes"].push_back(
            {{"phase", change.phase}, {"epoch", change.epoch}, {"factor", change.factor}});
    }
    json["network_wait_share"] = record.networkWaitShare;
    json["error"] = record.error;
    json["error_code"] = record.errorCode;
    return json;
}

/// Every key that is ours, for unknownKeysOf. What lies in `counts` are the user's class names.
const std::string& knownKeys()
{
    static const std::string keys = [] {
        RunRecord record;
        const std::string notUtf8 = "\xFF"; // for the key that says so
        record.datasetPath = notUtf8;
        record.asked.emplace();
        record.excluded.push_back({notUtf8, {}});
        record.best.emplace_back();
        record.test.emplace();
        record.rateChanges.emplace_back();
        OrderedJson json = toJson(record);
        json["dataset"]["counts"] = nullptr;
        return json.dump();
    }();
    return keys;
}

/// "path", as putPath() writes it.
void readPath(const JsonReader& reader, std::string& target)
{
    reader.read("path", target);
    std::string encoding;
    reader.read(pathEncodingKey, encoding);
    if (encoding.empty()) {
        return;
    }
    const auto path = encoding == percentEncoding ? percentDecoded(target) : std::nullopt;
    reader.requireThat(path.has_value(), "path", "in percent encoding, as path_encoding says");
    target = *path;
}

RunState readState(const JsonReader& reader)
{
    std::string name;
    reader.read("state", name);
    for (const RunState state : {RunState::Running, RunState::Finished, RunState::Stopped, RunState::Failed})
    {
        if (name == nameOf(state)) {
            return state;
        }
    }
    reader.fail("state", "one of \"running\", \"finished\", \"stopped\", \"failed\"");
}

void readDataset(const JsonReader& reader, RunRecord& record)
{
    readPath(reader, record.datasetPath);
    reader.read("fingerprint", record.datasetFingerprint);
    reader.read("classes", record.classes);
    for (auto& ofSplit : record.counts) {
        ofSplit.assign(record.classes.size(), 0);
    }
    reader.readObject("counts", [&](const JsonReader& counts) {
        for (const Split split : allSplits) {
            counts.readObject(nameOf(split), [&](const JsonReader& byClass) {
                for (std::size_t i = 0; i < record.classes.size(); ++i) {
                    byClass.read(record.classes[i].c_str(),
                                 record.counts[static_cast<std::size_t>(split)][i]);
                }
            });
        }
    });
}

/// What a record of before it was noted tells by its counts: what the split had, and which classes had
/// nothing in it.
void deduceMeasured(const RunRecord& record, TestResult& test)
{
    const std::optional<Split> split = splitFromName(test.split);
    if (!split) {
        return;
    }
    const std::vector<std::size_t>& counts = record.counts[static_cast<std::size_t>(*split)];
    test.splitImages = std::accumulate(counts.begin(), counts.end(), std::size_t(0));
    for (std::size_t i = 0; test.splitImages > 0 && i < record.classes.size(); ++i) {
        if (counts[i] == 0) {
            test.unmeasured.push_back(record.classes[i]);
        }
    }
}

/// Whether the counts by class, where there are any, are of the record's classes.
bool areCountsOf(const RunRecord& record, const TestResult& test)
{
    const std::vector<std::size_t>& images = test.imagesByClass;
    const std::vector<std::size_t>& correct = test.correctByClass;
    return images.size() == correct.size() && (images.empty() || images.size() == record.classes.size()) &&
           std::equal(correct.begin(), correct.end(), images.begin(), std::less_equal<>());
}

TestResult readTest(const JsonReader& reader, const RunRecord& record)
{
    TestResult test;
    reader.read("split", test.split);
    reader.read("images", test.score.images);
    reader.read("loss", test.score.loss);
    reader.read("accuracy", test.score.accuracy);
    reader.read("phase", test.phase);
    if (reader.has("split_images")) {
        reader.read("split_images", test.splitImages);
        reader.read("unmeasured", test.unmeasured);
    } else {
        deduceMeasured(record, test);
    }
    reader.read("images_by_class", test.imagesByClass);
    reader.read("correct_by_class", test.correctByClass);
    reader.requireThat(areCountsOf(record, test), "correct_by_class",
                       "as long as images_by_class and the classes, and no count above the one there");
    return test;
}

} // namespace

std::string formatRunRecord(const RunRecord& record)
{
    // Paths are encoded; an error's text, say, may still hold a name that is no UTF-8.
    const std::string text = toJson(record).dump(2, ' ', false, OrderedJson::error_handler_t::replace);
    return withUnknownKeys(text, record.unknownKeys) + "\n";
}

void writeRunRecord(const std::filesystem::path& file, const RunRecord& record)
{
    writeFileAtomically(file, formatRunRecord(record));
}

RunRecord readRunRecord(const std::filesystem::path& file)
{
    return parseRunRecord(readTextFile(file, recordLimit), file);
}

RunRecord parseRunRecord(const std::string& text, const std::filesystem::path& file)
{
    const JsonReader reader = JsonReader::parse(text, ErrorCode::RunInvalid, file);

    RunRecord record;
    reader.read("version", record.version);
    if (record.version > recordVersion) {
        throw Error(ErrorCode::RunInvalid, file,
                    "was written by a newer Thaw (version " + std::to_string(record.version) +
                        " of the file)",
                    "use a newer Thaw");
    }
    record.state = readState(reader);
    reader.read("name", record.name);
    reader.read("notes", record.notes);
    reader.read("started_at", record.startedAt);
    reader.read("ended_at", record.endedAt);
    reader.read("trained_seconds", record.trainedSeconds);
    reader.read("thaw_version", record.thawVersion);
    reader.read("torch_version", record.torchVersion);
    reader.read("onednn_version", record.onednnVersion);
    reader.read("machine", record.machine);
    reader.read("device", record.device);
    reader.read("precision", record.precision);
    reader.read("threads", record.threads);
    reader.readObject("asked", [&](const JsonReader& asked) {
        auto& settings = record.asked.emplace();
        asked.read("device", settings.device);
        asked.read("precision", settings.precision);
        asked.read("trained_precision", settings.trainedPrecision);
        asked.read("threads", settings.threads);
    });
    reader.readObject("dataset", [&](const JsonReader& dataset) { readDataset(dataset, record); });
    reader.readList("excluded", [&](const JsonReader& image) {
        auto& excluded = record.excluded.emplace_back();
        readPath(image, excluded.path);
        image.read("reason", excluded.reason);
    });
    reader.read("weights_source", record.weightsSource);
    reader.read("weights_hash", record.weightsHash);
    reader.read("weights_input", record.weightsInput);
    reader.read("feature_bank", record.featureBank);
    reader.readList("best", [&](const JsonReader& epoch) {
        auto& best = record.best.emplace_back();
        epoch.read("phase", best.phase);
        epoch.read("epoch", best.epoch);
        epoch.read("val_loss", best.valLoss);
        epoch.read("val_accuracy", best.valAccuracy);
        epoch.read("images", best.images);
        epoch.read("measured_again", best.measuredAgain);
        epoch.read(contentHashKey, best.contentHash);
    });
    reader.readObject("test", [&](const JsonReader& test) { record.test = readTest(test, record); });
    reader.read("finished_early", record.finishedEarly);
    reader.readList("rate_changes", [&](const JsonReader& change) {
        auto& changed = record.rateChanges.emplace_back();
        change.read("phase", changed.phase);
        change.read("epoch", changed.epoch);
        change.read("factor", changed.factor);
    });
    reader.read("network_wait_share", record.networkWaitShare);
    reader.read("error", record.error);
    reader.read("error_code", record.errorCode);
    record.unknownKeys = unknownKeysOf(text, knownKeys());
    return record;
}

} // namespace thaw
