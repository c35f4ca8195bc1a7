#include "core/train/train_state.h"

#include "core/base/error.h"

#include <nlohmann/json.hpp>

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
                        {"val_accuracy", number(row.valAccuracy)}});
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
        {"history", history},
        {"best", best}}
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
            state.best.push_back(best);
        }
        if (state.phase < 1 || state.epoch < 1 || state.step < 0 || state.correct < 0 || state.images < 0 ||
            state.partSize < 0 || !(state.lossScale.factor > 0) || state.lossScale.goodSteps < 0 ||
            state.averagedSteps.value_or(0) < 0)
        {
            throw Error(ErrorCode::RunInvalid, {}, "the checkpoint's position makes no sense");
        }
        return state;
    } catch (const json::exception& error) {
        throw Error(ErrorCode::RunInvalid, {},
                    std::string("the checkpoint's state cannot be read: ") + error.what());
    }
}

} // namespace thaw
