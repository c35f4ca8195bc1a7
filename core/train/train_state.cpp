#include "core/train/train_state.h"

#include "core/base/error.h"

#include <nlohmann/json.hpp>

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
    return json{{"version", formatVersion},
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
                {"history", history},
                {"best", best}}
        .dump();
}

TrainState parseTrainState(const std::string& text)
{
    try {
        const json root = json::parse(text);
        if (root.at("version").get<int>() > formatVersion) {
            throw Error(ErrorCode::RunInvalid, {}, "the checkpoint was written by a newer version of Thaw",
                        "update Thaw");
        }
        constexpr double unmeasured = std::numeric_limits<double>::quiet_NaN();
        TrainState state;
        root.at("phase").get_to(state.phase);
        root.at("epoch").get_to(state.epoch);
        root.at("step").get_to(state.step);
        state.lossSum = numberOr(root.at("loss_sum"), unmeasured);
        root.at("correct").get_to(state.correct);
        root.at("images").get_to(state.images);
        root.at("epoch_seconds").get_to(state.epochSeconds);
        root.at("training_seconds").get_to(state.trainingSeconds);
        root.at("total_seconds").get_to(state.totalSeconds);
        root.at("waited_seconds").get_to(state.waitedSeconds);
        for (const json& row : root.at("history")) {
            EpochMetrics metrics;
            row.at("phase").get_to(metrics.phase);
            row.at("epoch").get_to(metrics.epoch);
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
            row.at("phase").get_to(best.phase);
            row.at("epoch").get_to(best.epoch);
            best.valLoss = numberOr(row.at("val_loss"), std::numeric_limits<double>::infinity());
            best.valAccuracy = numberOr(row.at("val_accuracy"), unmeasured);
            state.best.push_back(best);
        }
        if (state.phase < 1 || state.epoch < 1 || state.step < 0 || state.correct < 0 || state.images < 0) {
            throw Error(ErrorCode::RunInvalid, {}, "the checkpoint's position makes no sense");
        }
        return state;
    } catch (const json::exception& error) {
        throw Error(ErrorCode::RunInvalid, {},
                    std::string("the checkpoint's state cannot be read: ") + error.what());
    }
}

} // namespace thaw
