#include "core/train/checkpoint/train_state.h"

#include "core/base/error.h"
#include "core/base/json_reader.h"
#include "core/model/weights/format/safetensors_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace thaw {

using nlohmann::json;

namespace {

constexpr int formatVersion = 1;

/// JSON has no infinities; null stands for what was not measured.
json number(double value)
{
    return std::isfinite(value) ? json(value) : json(nullptr);
}

} // namespace

int TrainState::epochsBefore() const
{
    return static_cast<int>(std::count_if(history.begin(), history.end(),
                                          [this](const EpochMetrics& row) { return row.phase < phase; }));
}

std::string formatTrainState(const TrainState& state)
{
    json history = json::array();
    for (const EpochMetrics& row : state.history) {
        history.push_back({{"phase", row.phase},
                           {"epoch", row.epoch},
                           {"loss", number(row.loss)},
                           {"accuracy", number(row.accuracy)},
                           {"val_loss", number(row.valLoss)},
                           {"val_accuracy", number(row.valAccuracy)},
                           {"learning_rate", row.learningRate},
                           {"seconds", row.seconds},
                           {"images_per_second", row.imagesPerSecond}});
    }
    json best = json::array();
    for (const BestEpoch& row : state.best) {
        best.push_back({{"phase", row.phase},
                        {"epoch", row.epoch},
                        {"val_loss", number(row.valLoss)},
                        {"val_accuracy", number(row.valAccuracy)},
                        {"images", row.images},
                        {"measured_again", row.measuredAgain},
                        {contentHashKey, row.contentHash}});
    }
    return json{
        {"version", formatVersion},
        {"phase", state.phase},
        {"epoch", state.epoch},
        {"step", state.step},
        {"loss_sum", number(state.lossSum)},
        {"correct", state.correct},
        {"images", state.images},
        {"epoch_seconds", state.epochSeconds},
        {"training_seconds", state.trainingSeconds},
        {"total_seconds", state.totalSeconds},
        {"waited_seconds", state.waitedSeconds},
        {"part_size", state.partSize},
        {"loss_scale", {{"factor", state.lossScale.factor}, {"good_steps", state.lossScale.goodSteps}}},
        {"averaged_steps", state.averagedSteps ? json(*state.averagedSteps) : json(nullptr)},
        {"optimizer_steps", state.optimizerSteps ? json(*state.optimizerSteps) : json(nullptr)},
        {"rules", state.rules},
        {"history", history},
        {"best", best},
        {"steps", state.steps},
        {"train_pictures", state.trainPictures},
        {"validation_pictures", state.validationPictures}}
        .dump();
}

namespace {

EpochMetrics metricsFrom(const JsonReader& row)
{
    EpochMetrics metrics;
    row.require("phase", metrics.phase);
    row.require("epoch", metrics.epoch);
    row.require("loss", metrics.loss);
    row.require("accuracy", metrics.accuracy);
    row.require("val_loss", metrics.valLoss);
    row.require("val_accuracy", metrics.valAccuracy);
    row.require("learning_rate", metrics.learningRate);
    row.require("seconds", metrics.seconds);
    row.require("images_per_second", metrics.imagesPerSecond);
    return metrics;
}

BestEpoch bestFrom(const JsonReader& row)
{
    BestEpoch best;
    row.require("phase", best.phase);
    row.require("epoch", best.epoch);
    row.requireThat(row.has("val_loss"), "val_loss", "there");
    row.read("val_loss", best.valLoss, std::numeric_limits<double>::infinity());
    row.require("val_accuracy", best.valAccuracy);
    row.read("images", best.images);
    row.read("measured_again", best.measuredAgain);
    row.read(contentHashKey, best.contentHash);
    return best;
}

template <typename Whole>
void readOptional(const JsonReader& reader, const char* key, std::optional<Whole>& target)
{
    if (!reader.isNull(key)) {
        reader.read(key, target.emplace());
    }
}

bool makesSense(const TrainState& state)
{
    const auto isTime = [](double seconds) { return seconds >= 0; };
    return state.phase >= 1 && state.epoch >= 1 && state.step >= 0 && state.correct >= 0 &&
           state.images >= 0 && state.partSize >= 0 && state.lossScale.factor > 0 &&
           state.lossScale.goodSteps >= 0 && state.averagedSteps.value_or(0) >= 0 &&
           state.optimizerSteps.value_or(0) >= 0 && state.steps >= 0 && state.correct <= state.images &&
           isTime(state.epochSeconds) && isTime(state.trainingSeconds) && isTime(state.totalSeconds) &&
           isTime(state.waitedSeconds);
}

} // namespace

TrainState parseTrainState(const std::string& text)
{
    const JsonReader root = JsonReader::parse(text, ErrorCode::RunInvalid);
    int version = 0;
    root.require("version", version);
    if (version > formatVersion) {
        throw Error(ErrorCode::RunInvalid, {}, "the checkpoint was written by a newer version of Thaw",
                    "update Thaw");
    }
    TrainState state;
    root.require("phase", state.phase);
    root.require("epoch", state.epoch);
    root.require("step", state.step);
    root.require("loss_sum", state.lossSum);
    root.require("correct", state.correct);
    root.require("images", state.images);
    root.require("epoch_seconds", state.epochSeconds);
    root.require("training_seconds", state.trainingSeconds);
    root.require("total_seconds", state.totalSeconds);
    root.require("waited_seconds", state.waitedSeconds);
    // Thaw 0.1.0 wrote none of the next three.
    root.read("part_size", state.partSize);
    root.readObject("loss_scale", [&](const JsonReader& scale) {
        scale.require("factor", state.lossScale.factor);
        scale.require("good_steps", state.lossScale.goodSteps);
    });
    readOptional(root, "averaged_steps", state.averagedSteps);
    // Thaw 0.2 and before wrote neither of these.
    readOptional(root, "optimizer_steps", state.optimizerSteps);
    root.readObject("rules", [&](const JsonReader& rules) {
        for (const std::string& rule : rules.keys()) {
            const JsonReader values = rules.object(rule.c_str());
            for (const std::string& name : values.keys()) {
                values.requireThat(!values.isNull(name.c_str()), name.c_str(), "a number");
                values.read(name.c_str(), state.rules[rule][name]);
            }
        }
    });
    for (const char* list : {"history", "best"}) {
        root.requireThat(!root.isNull(list), list, "a list");
    }
    root.readList("history", [&](const JsonReader& row) { state.history.push_back(metricsFrom(row)); });
    root.readList("best", [&](const JsonReader& row) { state.best.push_back(bestFrom(row)); });
    if (root.has("steps")) {
        root.read("steps", state.steps);
        root.require("train_pictures", state.trainPictures);
        root.require("validation_pictures", state.validationPictures);
    }
    if (!makesSense(state)) {
        throw Error(ErrorCode::RunInvalid, {}, "the checkpoint's position makes no sense");
    }
    return state;
}

void requirePossible(const TrainState& state, const Recipe& recipe, std::size_t trainImages)
{
    const auto fail = [](const std::string& what) {
        throw Error(ErrorCode::RunInvalid, {}, "the checkpoint's position makes no sense: " + what);
    };
    const auto requireWithin = [&](const std::string& what, std::int64_t value, std::int64_t highest) {
        if (value < 0 || value > highest) {
            fail(what + " " + std::to_string(value) + " of " + std::to_string(highest));
        }
    };
    const auto phases = static_cast<std::int64_t>(recipe.phases.size());
    if (state.phase > phases + 1) {
        requireWithin("phase", state.phase, phases);
    }
    const bool isTrained = state.phase > phases;
    const int epochs = isTrained ? 0 : recipe.phases[static_cast<std::size_t>(state.phase - 1)].epochs;
    // One past the last where only the end of the phase remains.
    if (state.epoch > epochs + 1) {
        requireWithin("epoch", state.epoch, epochs);
    }
    const auto batch = static_cast<std::int64_t>(recipe.batchSize);
    const auto steps =
        state.steps > 0 ? state.steps : (static_cast<std::int64_t>(trainImages) + batch - 1) / batch;
    if (steps > 0) {
        requireWithin("step", state.step, isTrained ? 0 : steps);
    }
    // An int counts the steps of an epoch.
    requireWithin("step", std::max(steps, state.step), std::numeric_limits<int>::max());
    constexpr std::int64_t largestBatch = 1024; // whatever was written into the recipe since
    if (state.images / largestBatch > state.step) {
        fail(std::to_string(state.images) + " pictures in " + std::to_string(state.step) + " steps");
    }
    requireWithin("phase", static_cast<std::int64_t>(state.best.size()), phases);
    for (std::size_t i = 0; i < state.best.size(); ++i) {
        const BestEpoch& best = state.best[i];
        if (best.phase != static_cast<int>(i) + 1) {
            fail("a best epoch of phase " + std::to_string(best.phase) + " in place " +
                 std::to_string(i + 1));
        }
        requireWithin("best epoch", best.epoch, mostEpochs);
    }
    std::int64_t ended = 0;
    for (const EpochMetrics& row : state.history) {
        requireWithin("phase", row.phase, std::min<std::int64_t>(state.phase, phases));
        requireWithin("epoch", row.epoch, mostEpochs);
        ended += row.phase == state.phase;
    }
    if (!isTrained && ended != state.epoch - 1) {
        fail("epoch " + std::to_string(state.epoch) + " after " + std::to_string(ended));
    }
}

} // namespace thaw
