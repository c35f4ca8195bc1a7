#include "core/run/run_event.h"

#include "core/base/enum_names.h"
#include "core/base/error.h"
#include "core/base/json_reader.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace thaw {

namespace {

using EventJson = nlohmann::ordered_json;

constexpr EnumNames<TrainStage, 5> stageNames{{{TrainStage::Preparing, "preparing"},
                                               {TrainStage::Storing, "storing"},
                                               {TrainStage::Training, "training"},
                                               {TrainStage::Validating, "validating"},
                                               {TrainStage::Testing, "testing"}}};
static_assert(isComplete(stageNames, TrainStage::Testing));

EventJson eventOf(const char* name)
{
    return {{"event", name}};
}

EventJson toJson(const RunStarted& started)
{
    EventJson json = eventOf("started");
    json["version"] = started.version;
    json["run"] = started.folder.string();
    json["resumed"] = started.resumed;
    json["record"] = EventJson::parse(formatRunRecord(started.record));
    return json;
}

EventJson toJson(const Notice& notice, const std::string& text)
{
    EventJson json = eventOf("message");
    json["level"] = nameOf(notice.level());
    json["code"] = nameOf(notice.code);
    json["arguments"] = EventJson::object();
    const auto& parameters = parametersOf(notice.code);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        std::visit([&](const auto& value) { json["arguments"][std::string(parameters[i].name)] = value; },
                   notice.arguments[i]);
    }
    if (!text.empty()) {
        json["text"] = text;
    }
    return json;
}

EventJson toJson(const NoticeEnded& ended)
{
    EventJson json = eventOf("message_ended");
    json["code"] = nameOf(ended.code);
    return json;
}

EventJson toJson(const BatchProgress& progress)
{
    EventJson json = eventOf("progress");
    json["stage"] = nameOf(progress.stage);
    json["phase"] = progress.phase;
    json["phases"] = progress.phases;
    json["epoch"] = progress.epoch;
    json["epochs"] = progress.epochs;
    json["step"] = progress.step;
    json["steps"] = progress.steps;
    json["loss"] = progress.loss;
    json["accuracy"] = progress.accuracy;
    json["images_per_second"] = progress.imagesPerSecond;
    json["fraction_done"] = progress.fractionDone;
    json["seconds_left"] = nullptr;
    if (progress.secondsLeft >= 0) {
        json["seconds_left"] = progress.secondsLeft;
    }
    return json;
}

EventJson toJson(const EpochDone& done)
{
    const EpochMetrics& metrics = done.metrics;
    EventJson json = eventOf("epoch");
    json["phase"] = metrics.phase;
    json["epoch"] = metrics.epoch;
    json["loss"] = metrics.loss;
    json["accuracy"] = metrics.accuracy;
    json["val_loss"] = metrics.valLoss;
    json["val_accuracy"] = metrics.valAccuracy;
    json["learning_rate"] = metrics.learningRate;
    json["seconds"] = metrics.seconds;
    json["images_per_second"] = metrics.imagesPerSecond;
    json["best"] = done.isBest;
    return json;
}

EventJson toJson(const RunEnded& ended)
{
    const RunRecord& record = ended.record;
    const bool isTest = record.test && record.test->split == nameOf(Split::Test);
    EventJson json = eventOf("finished");
    json["run"] = ended.folder.string();
    json["state"] = nameOf(record.state);
    json["test_accuracy"] = isTest ? record.test->score.accuracy : std::numeric_limits<double>::quiet_NaN();
    json["test_loss"] = isTest ? record.test->score.loss : std::numeric_limits<double>::quiet_NaN();
    json["finished_early"] = record.finishedEarly;
    if (record.test && !isTest) {
        // No test pictures: those that stood in for them are not called so.
        json[record.test->split + "_accuracy"] = record.test->score.accuracy;
        json[record.test->split + "_loss"] = record.test->score.loss;
    }
    if (record.test) {
        json["measured_split"] = record.test->split;
        json["measured_images"] = record.test->score.images;
        json["split_images"] = record.test->splitImages;
        json["unmeasured"] = record.test->unmeasured;
    }
    json["has_checkpoint"] = ended.hasCheckpoint;
    json["record"] = EventJson::parse(formatRunRecord(record));
    return json;
}

[[noreturn]] void badEvent(const std::string& what)
{
    throw Error(ErrorCode::RunInvalid, {}, "is no event of a run: " + what);
}

std::optional<NoticeCode> codeIn(const JsonReader& json)
{
    std::string name;
    json.require("code", name);
    return noticeCodeFromName(name);
}

NoticeValue valueOf(const JsonReader& arguments, const NoticeParameter& parameter)
{
    const std::string name(parameter.name);
    const auto taken = [&](auto value) -> NoticeValue {
        arguments.require(name.c_str(), value);
        return value;
    };
    switch (parameter.unit) {
    case NoticeUnit::Text:
    case NoticeUnit::Path:
        return taken(std::string());
    case NoticeUnit::Count:
        return taken(std::int64_t());
    default:
        return taken(double());
    }
}

std::optional<RunEvent> noticeFrom(const JsonReader& json)
{
    const auto code = codeIn(json);
    if (!code) {
        return std::nullopt;
    }
    const JsonReader arguments = json.object("arguments");
    std::vector<NoticeValue> values;
    for (const NoticeParameter& parameter : parametersOf(*code)) {
        values.push_back(valueOf(arguments, parameter));
    }
    return Notice{*code, std::move(values)};
}

std::optional<RunEvent> noticeEndedFrom(const JsonReader& json)
{
    const auto code = codeIn(json);
    return code ? std::optional<RunEvent>(NoticeEnded{*code}) : std::nullopt;
}

void requireCount(const JsonReader& json, const char* key, int& target)
{
    json.require(key, target);
    json.requireThat(target >= 0, key, "a whole number in range");
}

std::optional<RunEvent> progressFrom(const JsonReader& json)
{
    std::string name;
    json.require("stage", name);
    const auto stage = trainStageFromName(name);
    if (!stage) {
        return std::nullopt;
    }
    constexpr double unmeasured = std::numeric_limits<double>::quiet_NaN();
    BatchProgress progress;
    progress.stage = *stage;
    requireCount(json, "phase", progress.phase);
    requireCount(json, "phases", progress.phases);
    requireCount(json, "epoch", progress.epoch);
    requireCount(json, "epochs", progress.epochs);
    requireCount(json, "step", progress.step);
    requireCount(json, "steps", progress.steps);
    progress.loss = progress.accuracy = unmeasured;
    progress.secondsLeft = -1;
    json.read("loss", progress.loss);
    json.read("accuracy", progress.accuracy);
    json.read("images_per_second", progress.imagesPerSecond, 0);
    json.read("fraction_done", progress.fractionDone, 0);
    progress.fractionDone = std::clamp(progress.fractionDone, 0.0, 1.0);
    json.read("seconds_left", progress.secondsLeft, -1);
    return progress;
}

EpochDone epochFrom(const JsonReader& json)
{
    constexpr double unmeasured = std::numeric_limits<double>::quiet_NaN();
    EpochDone done;
    EpochMetrics& metrics = done.metrics;
    metrics.loss = metrics.accuracy = metrics.valLoss = metrics.valAccuracy = unmeasured;
    requireCount(json, "phase", metrics.phase);
    requireCount(json, "epoch", metrics.epoch);
    json.read("loss", metrics.loss);
    json.read("accuracy", metrics.accuracy);
    json.read("val_loss", metrics.valLoss);
    json.read("val_accuracy", metrics.valAccuracy);
    json.read("learning_rate", metrics.learningRate, 0);
    json.read("seconds", metrics.seconds, 0);
    json.read("images_per_second", metrics.imagesPerSecond, 0);
    json.read("best", done.isBest);
    return done;
}

RunRecord recordFrom(const JsonReader& json)
{
    return parseRunRecord(json.textOf("record"));
}

std::filesystem::path folderIn(const JsonReader& json)
{
    std::string folder;
    json.require("run", folder);
    return folder;
}

} // namespace

const char* nameOf(TrainStage stage)
{
    return nameIn(stageNames, stage);
}

std::optional<TrainStage> trainStageFromName(std::string_view name)
{
    return valueIn(stageNames, name);
}

std::string toJsonLine(const RunEvent& event, const std::string& text)
{
    const EventJson json = std::visit(
        [&text](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Notice>) {
                return toJson(value, text);
            } else {
                return toJson(value);
            }
        },
        event);
    return json.dump(-1, ' ', false, EventJson::error_handler_t::replace);
}

std::optional<RunEvent> parseRunEvent(std::string_view line)
{
    if (line.size() > runEventLineLimit) {
        badEvent("a line of more than 64 MiB");
    }
    const JsonReader json = JsonReader::parse(line, ErrorCode::RunInvalid);
    std::string kind;
    json.require("event", kind);
    if (kind == "started") {
        bool isResumed = false;
        json.require("resumed", isResumed);
        int version = runEventVersion;
        json.read("version", version);
        return RunStarted{folderIn(json), recordFrom(json), isResumed, version};
    }
    if (kind == "message") {
        return noticeFrom(json);
    }
    if (kind == "message_ended") {
        return noticeEndedFrom(json);
    }
    if (kind == "progress") {
        return progressFrom(json);
    }
    if (kind == "epoch") {
        return epochFrom(json);
    }
    if (kind == "finished") {
        RunEnded ended{folderIn(json), recordFrom(json)};
        json.read("has_checkpoint", ended.hasCheckpoint);
        return ended;
    }
    return std::nullopt;
}

} // namespace thaw
