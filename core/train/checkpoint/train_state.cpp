#include "core/train/checkpoint/train_state.h"

#include "core/base/error.h"
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

double numberOr(const json& value, double fallback)
{
    return value.is_null() ? fallback : value.get<double>();
}

/// The library would convert 1e300 to an int without a word.
template <typename Whole>
void readWhole(const json& object, const char* key, Whole& target)
{
    const json& value = object.at(key);
    const bool fits = value.is_number_unsigned()
                          ? std::in_range<Whole>(value.get<std::uint64_t>())
                          : value.is_number_integer() && std::in_range<Whole>(value.get<std::int64_t>());
    if (!fits) {
        throw Error(ErrorCode::RunInvalid, {},
                    std::string("the checkpoint's ") + key + " is not a whole number in range");
    }
    target = value.get<Whole>();
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

TrainState parseTrainState(const std::string& text)
{
    try {
        const json root = json::parse(text);
        int version = 0;
        readWhole(root, "version", version);
        if (version > formatVersion) {
            throw Error(ErrorCode::RunInvalid, {}, "the checkpoint was written by a newer version of Thaw",
                        "update Thaw");
        }
        constexpr double unmeasured = std::numeric_limits<double>::quiet_NaN();
        TrainState state;
        readWhole(root, "phase", state.phase);
        readWhole(root, "epoch", state.epoch);
        readWhole(root, "step", state.step);
        state.lossSum = numberOr(root.at("loss_sum"), unmeasured);
        readWhole(root, "correct", state.correct);
        readWhole(root, "images", state.images);
        root.at("epoch_seconds").get_to(state.epochSeconds);
        root.at("training_seconds").get_to(state.trainingSeconds);
        root.at("total_seconds").get_to(state.totalSeconds);
        root.at("waited_seconds").get_to(state.waitedSeconds);
        // Thaw 0.1.0 wrote none of the next three.
        if (root.contains("part_size")) {
            readWhole(root, "part_size", state.partSize);
        }
        if (root.contains("loss_scale")) {
            root.at("loss_scale").at("factor").get_to(state.lossScale.factor);
            readWhole(root.at("loss_scale"), "good_steps", state.lossScale.goodSteps);
        }
        if (root.contains("averaged_steps") && !root.at("averaged_steps").is_null()) {
            readWhole(root, "averaged_steps", state.averagedSteps.emplace());
        }
        // Thaw 0.2 and before wrote neither of these.
        if (root.contains("optimizer_steps") && !root.at("optimizer_steps").is_null()) {
            readWhole(root, "optimizer_steps", state.optimizerSteps.emplace());
        }
        if (root.contains("rules")) {
            root.at("rules").get_to(state.rules);
        }
        for (const json& row : root.at("history")) {
            EpochMetrics metrics;
            readWhole(row, "phase", metrics.phase);
            readWhole(row, "epoch", metrics.epoch);
            metrics.loss = numberOr(row.at("loss"), unmeasured);
            metrics.accuracy = numberOr(row.at("accuracy"), unmeasured);
            metrics.valLoss = numberOr(row.at("val_loss"), unmeasured);
            metrics.valAccuracy = numberOr(row.at("val_accuracy"), unmeasured);
            row.at("learning_rate").get_to(metrics.learningRate);
            row.at("seconds").get_to(metrics.seconds);
            row.at("images_per_second").get_to(metrics.imagesPerSecond);
            state.history.push_back(metrics);
        }
        for (const json& row : root.at("best")) {
            BestEpoch best;
            readWhole(row, "phase", best.phase);
            readWhole(row, "epoch", best.epoch);
            best.valLoss = numberOr(row.at("val_loss"), std::numeric_limits<double>::infinity());
            best.valAccuracy = numberOr(row.at("val_accuracy"), unmeasured);
            if (row.contains("images")) {
                readWhole(row, "images", best.images);
                row.at("measured_again").get_to(best.measuredAgain);
            }
            if (row.contains(contentHashKey)) {
                row.at(contentHashKey).get_to(best.contentHash);
            }
            state.best.push_back(best);
        }
        if (root.contains("steps")) {
            readWhole(root, "steps", state.steps);
            root.at("train_pictures").get_to(state.trainPictures);
            root.at("validation_pictures").get_to(state.validationPictures);
        }
        if (state.phase < 1 || state.epoch < 1 || state.step < 0 || state.correct < 0 || state.images < 0 ||
            state.partSize < 0 || !(state.lossScale.factor > 0) || state.lossScale.goodSteps < 0 ||
            state.averagedSteps.value_or(0) < 0 || state.optimizerSteps.value_or(0) < 0 || state.steps < 0 ||
            state.correct > state.images || !(state.epochSeconds >= 0) || !(state.trainingSeconds >= 0) ||
            !(state.totalSeconds >= 0) || !(state.waitedSeconds >= 0))
        {
            throw Error(ErrorCode::RunInvalid, {}, "the checkpoint's position makes no sense");
        }
        return state;
    } catch (const json::exception& error) {
        throw Error(ErrorCode::RunInvalid, {},
                    std::string("the checkpoint's state cannot be read: ") + error.what());
    }
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
