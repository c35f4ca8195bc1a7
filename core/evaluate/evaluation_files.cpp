#include "core/evaluate/evaluation_files.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/printable.h"
#include "core/base/timestamp.h"
#include "core/data/dataset/csv.h"
#include "core/evaluate/evaluation_figures.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/evaluate/metrics/confusion_order.h"
#include "core/run/run_files.h"
#include "core/run/run_store.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <optional>

namespace thaw {

namespace {

using Json = nlohmann::ordered_json;

constexpr int evaluationVersion = 1;

/// Nine digits bring a float32 back exactly. Not by printf, whose decimal point follows the locale.
std::string exact(double number)
{
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number, std::chars_format::general, 9).ptr};
}

Json pairOf(const AccuracyInterval& interval)
{
    return {interval.low, interval.high};
}

Json classesOf(const Evaluation& evaluation, const EvaluationFigures& figures)
{
    Json list = Json::array();
    for (std::size_t i = 0; i < figures.classes.size(); ++i) {
        const ClassMetrics& metrics = figures.classes[i];
        const std::optional<std::size_t> other = mostConfusedWith(evaluation.confusion, i);
        list.push_back({{"class", evaluation.classes.at(i)},
                        {"images", metrics.images},
                        {"precision", metrics.precision},
                        {"precision_interval", pairOf(metrics.precisionInterval)},
                        {"recall", metrics.recall},
                        {"recall_interval", pairOf(metrics.recallInterval)},
                        {"f1", metrics.f1},
                        {"average_precision", figures.ranking.averagePrecision.at(i)},
                        {"auc", figures.ranking.auc.at(i)},
                        {"most_confused_with", other ? Json(evaluation.classes.at(*other)) : Json()}});
    }
    return list;
}

Json thresholdOf(const std::optional<FiguresAtThreshold>& at)
{
    if (!at) {
        return nullptr;
    }
    return {{"value", at->chosen.value},         {"chosen_on", at->chosen.chosenOn},
            {"coverage", at->figures.coverage},  {"precision", at->figures.precision},
            {"recall", at->figures.recall},      {"f1", at->figures.f1},
            {"confusion", at->counts.confusion}, {"uncertain", at->counts.uncertain}};
}

void addMeasured(Json& object, const Evaluation& evaluation)
{
    object["split"] = evaluation.split;
    object["images"] = evaluation.score.images;
    object["total"] = evaluation.total;
    object["loss"] = evaluation.score.loss;
    object["accuracy"] = evaluation.score.accuracy;
    const EvaluationFigures figures = figuresOf(evaluation);
    object["accuracy_interval"] = pairOf(figures.accuracyInterval);
    object["balanced_accuracy"] = figures.balancedAccuracy;
    object["baseline"] = figures.baseline;
    object["top5"] = figures.topFive;
    object["ece"] = figures.calibration.expected;
    object["mce"] = figures.calibration.largest;
    object["brier"] = figures.brier;
    object["macro"] = {{"precision", figures.macro.precision},
                       {"recall", figures.macro.recall},
                       {"f1", figures.macro.f1},
                       {"average_precision", figures.ranking.macroAveragePrecision},
                       {"auc", figures.ranking.macroAuc}};
    object["weighted"] = {{"precision", figures.weighted.precision},
                          {"recall", figures.weighted.recall},
                          {"f1", figures.weighted.f1},
                          {"auc", figures.ranking.weightedAuc}};
    object["classes"] = evaluation.classes;
    object["confusion"] = evaluation.confusion;
    object["by_class"] = classesOf(evaluation, figures);
    object["threshold"] = thresholdOf(figures.atThreshold);
    object["unmeasured"] = Json::array();
    for (std::size_t i = 0; i < figures.classes.size(); ++i) {
        if (figures.classes[i].images == 0) {
            object["unmeasured"].push_back(evaluation.classes.at(i));
        }
    }
    object["unknown_classes"] = Json::array();
    for (const UnknownClass& unknown : evaluation.unknownClasses) {
        object["unknown_classes"].push_back(
            {{"class", unknown.name}, {"images", unknown.images}, {"near", unknown.near}});
    }
    object["left_out"] = Json::array();
    const auto addLeftOut = [&](const std::vector<ExcludedImage>& images, const char* kind) {
        for (const ExcludedImage& image : images) {
            object["left_out"].push_back({{"path", image.path}, {"error", image.reason}, {"kind", kind}});
        }
    };
    addLeftOut(evaluation.leftOut, leftOutKinds.lost);
    addLeftOut(evaluation.notKnown, leftOutKinds.unknownClass);
    addLeftOut(evaluation.unreadable, leftOutKinds.unreadable);
}

std::string textOf(const Json& object)
{
    return printableLines(object.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

/// Every key that is ours, for unknownKeysOf.
constexpr const char* knownKeys =
    R"({"version":0,"evaluated_at":0,"dataset":{"path":0,"root":0,"fingerprint":0},"split":0,"images":0,
        "total":0,"loss":0,"accuracy":0,"accuracy_interval":0,"balanced_accuracy":0,"baseline":0,"top5":0,
        "ece":0,"mce":0,"brier":0,"macro":0,"weighted":0,"classes":0,"confusion":0,"by_class":0,"threshold":0,
        "unmeasured":0,"unknown_classes":0,"left_out":0})";

/// What other programs have put into the file that is about to be replaced; "" where it is none of ours.
std::string unknownKeysIn(const std::filesystem::path& file)
{
    try {
        const std::string text = readTextFile(file, maxEvaluationSize);
        requireJsonObject(text, ErrorCode::RunInvalid, file);
        return unknownKeysOf(text, knownKeys);
    } catch (const Error&) {
        return "";
    }
}

/// What other programs have put into the file stays.
void replaceEvaluation(const std::filesystem::path& file, std::string text)
{
    if (const std::string unknown = unknownKeysIn(file); !unknown.empty()) {
        text = withUnknownKeys(text, unknown) + "\n";
    }
    writeFileAtomically(file, text);
}

} // namespace

std::string formatMeasured(const Evaluation& evaluation)
{
    Json object;
    addMeasured(object, evaluation);
    return textOf(object);
}

std::string formatEvaluation(const Evaluation& evaluation, const DatasetIndex& dataset,
                             const std::string& timestamp)
{
    Json object;
    object["version"] = evaluationVersion;
    object["evaluated_at"] = timestamp;
    object["dataset"] = {{"path", dataset.source.string()},
                         {"root", dataset.root.string()},
                         {"fingerprint", dataset.fingerprint}};
    addMeasured(object, evaluation);
    return textOf(object);
}

std::string formatPredictions(const Evaluation& evaluation, const std::filesystem::path& root)
{
    std::string text = "path,truth,label,probability";
    for (const std::string& name : evaluation.classes) {
        text += "," + csvName("p:" + name);
    }
    text += "\r\n";
    for (const Prediction& prediction : evaluation.predictions) {
        const std::filesystem::path path = prediction.path;
        const std::filesystem::path inside = path.lexically_relative(root);
        const bool isInside = !inside.empty() && *inside.begin() != "..";
        const auto label = static_cast<std::size_t>(prediction.label);
        const auto truth = static_cast<std::size_t>(prediction.truth);
        text += csvPath((isInside ? inside : path).string()) + "," + csvName(evaluation.classes.at(truth)) +
                "," + csvName(evaluation.classes.at(label)) + "," + exact(prediction.probabilities.at(label));
        for (const double probability : prediction.probabilities) {
            text += "," + exact(probability);
        }
        text += "\r\n";
    }
    return text;
}

void writeEvaluation(const std::filesystem::path& run, const Evaluation& evaluation,
                     const DatasetIndex& dataset)
{
    const RunFiles files{run};
    writeFileAtomically(files.predictions(), formatPredictions(evaluation, dataset.root));
    replaceEvaluation(files.evaluation(), formatEvaluation(evaluation, dataset, timestampNow()));
}

void keepThreshold(const std::filesystem::path& run, const std::optional<ChosenThreshold>& threshold)
{
    const RunFiles files{run};
    std::optional<KeptEvaluation> kept = readEvaluation(run);
    auto predictions = kept ? readPredictions(run, *kept) : std::nullopt;
    if (!predictions) {
        throw Error(ErrorCode::RunInvalid, kept ? files.predictions() : files.evaluation(), "is not there",
                    "evaluate the run first");
    }
    kept->evaluation.predictions = std::move(*predictions);
    kept->evaluation.threshold = threshold;
    DatasetIndex dataset;
    dataset.source = kept->dataset;
    dataset.root = kept->root;
    dataset.fingerprint = kept->fingerprint;
    replaceEvaluation(files.evaluation(), formatEvaluation(kept->evaluation, dataset, kept->evaluatedAt));
}

} // namespace thaw
