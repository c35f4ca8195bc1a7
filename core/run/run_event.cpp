#include "core/run/run_event.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"

#include <nlohmann/json.hpp>

#include <array>
#include <limits>
#include <utility>

namespace thaw {

namespace {

using EventJson = nlohmann::ordered_json;

constexpr std::array<std::pair<TrainStage, const char*>, 5> stageNames{
    {{TrainStage::Preparing, "preparing"},
     {TrainStage::Storing, "storing"},
     {TrainStage::Training, "training"},
     {TrainStage::Validating, "validating"},
     {TrainStage::Testing, "testing"}}};
/// Lines hold a record with its list of pictures left out at most.
constexpr std::size_t lineLimit = 64 << 20;

EventJson eventOf(const char* name)
{
    return {{"event", name}};
}

EventJson toJson(const RunStarted& started)
{
    EventJson json = eventOf("started");
    json["version"] = runEventVersion;
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
    json["record"] = EventJson::parse(formatRunRecord(record));
    return json;
}

[[noreturn]] void badEvent(const std::string& what)
{
    throw Error(ErrorCode::RunInvalid, {}, "is no event of a run: " + what);
}

double numberIn(const EventJson& json, const char* key, double missing)
{
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) {
        return missing;
    }
    return found->is_number() ? found->get<double>() : (badEvent(std::string(key) + " is not a number"), 0.0);
}

int countIn(const EventJson& json, const char* key)
{
    const EventJson& value = json.at(key);
    if (!value.is_number_integer() || value.get<double>() < 0 ||
        value.get<double>() > std::numeric_limits<int>::max())
    {
        badEvent(std::string(key) + " is not a whole number in range");
    }
    return value.get<int>();
}

NoticeCode codeIn(const EventJson& json)
{
    const auto code = noticeCodeFromName(json.at("code").get_ref<const std::string&>());
    if (!code) {
        badEvent("a code that is not known");
    }
    return *code;
}

NoticeValue valueOf(NoticeUnit unit, const EventJson& json)
{
    if (unit == NoticeUnit::Text || unit == NoticeUnit::Path) {
        return json.get<std::string>();
    }
    if (unit == NoticeUnit::Count && json.is_number_integer()) {
        return json.get<std::int64_t>();
    }
    return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

Notice noticeFrom(const EventJson& json)
{
    const NoticeCode code = codeIn(json);
    std::vector<NoticeValue> arguments;
    for (const NoticeParameter& parameter : parametersOf(code)) {
        arguments.push_back(valueOf(parameter.unit, json.at("arguments").at(std::string(parameter.name))));
    }
    if (!suits(code, arguments)) {
        badEvent("arguments that do not suit " + std::string(nameOf(code)));
    }
    return {code, std::move(arguments)};
}

BatchProgress progressFrom(const EventJson& json)
{
    const auto stage = trainStageFromName(json.at("stage").get_ref<const std::string&>());
    if (!stage) {
        badEvent("a stage that is not known");
    }
    constexpr double unmeasured = std::numeric_limits<double>::quiet_NaN();
    return {*stage,
            countIn(json, "phase"),
            countIn(json, "phases"),
            countIn(json, "epoch"),
            countIn(json, "epochs"),
            countIn(json, "step"),
            countIn(json, "steps"),
            numberIn(json, "loss", unmeasured),
            numberIn(json, "accuracy", unmeasured),
            numberIn(json, "images_per_second", 0),
            numberIn(json, "fraction_done", 0),
            numberIn(json, "seconds_left", -1)};
}

EpochDone epochFrom(const EventJson& json)
{
    constexpr double unmeasured = std::numeric_limits<double>::quiet_NaN();
    EpochDone done;
    done.metrics = {countIn(json, "phase"),
                    countIn(json, "epoch"),
                    numberIn(json, "loss", unmeasured),
                    numberIn(json, "accuracy", unmeasured),
                    numberIn(json, "val_loss", unmeasured),
                    numberIn(json, "val_accuracy", unmeasured),
                    numberIn(json, "learning_rate", 0),
                    numberIn(json, "seconds", 0),
                    numberIn(json, "images_per_second", 0)};
    done.isBest = json.value("best", false);
    return done;
}

RunRecord recordFrom(const EventJson& json)
{
    return parseRunRecord(json.at("record").dump());
}

} // namespace

const char* nameOf(TrainStage stage)
{
    for (const auto& [value, name] : stageNames) {
        if (value == stage) {
            return name;
        }
    }
    return "";
}

std::optional<TrainStage> trainStageFromName(std::string_view name)
{
    for (const auto& [value, known] : stageNames) {
        if (name == known) {
            return value;
        }
    }
    return std::nullopt;
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
    if (line.size() > lineLimit) {
        badEvent("a line of more than 64 MiB");
    }
    try {
        requireJsonObject(std::string(line), ErrorCode::RunInvalid, {});
        const EventJson json = EventJson::parse(line);
        const std::string& kind = json.at("event").get_ref<const std::string&>();
        if (kind == "started") {
            return RunStarted{json.at("run").get<std::string>(), recordFrom(json),
                              json.at("resumed").get<bool>()};
        }
        if (kind == "message") {
            return noticeFrom(json);
        }
        if (kind == "message_ended") {
            return NoticeEnded{codeIn(json)};
        }
        if (kind == "progress") {
            return progressFrom(json);
        }
        if (kind == "epoch") {
            return epochFrom(json);
        }
        if (kind == "finished") {
            return RunEnded{json.at("run").get<std::string>(), recordFrom(json)};
        }
        return std::nullopt;
    } catch (const nlohmann::json::exception& error) {
        badEvent(error.what());
    }
}

} // namespace thaw
