#include "app/cli/evaluation_text.h"

#include "app/cli/text.h"
#include "core/base/percent_text.h"
#include "core/evaluate/class_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>
#include <tuple>

namespace thaw::cli {

namespace {

constexpr std::size_t shownLines = 20;
constexpr std::size_t fewClasses = 20; ///< of which each has its line
constexpr std::size_t worstClasses = 15;
constexpr std::size_t shownConfusions = 10;
constexpr std::size_t widestName = 24;

using Order = std::vector<std::size_t>;

std::string nameOfClass(const Evaluation& evaluation, std::size_t label)
{
    return shortened(printable(evaluation.classes.at(label)), widestName);
}

std::vector<std::string> percentages(const ClassMetrics& metrics)
{
    return {accuracyText(metrics.precision, metrics.predicted), accuracyText(metrics.recall, metrics.images),
            accuracyText(metrics.f1, std::max(metrics.images, metrics.predicted))};
}

std::string matrixText(const Evaluation& evaluation, const std::vector<ClassMetrics>& metrics,
                       const Order& order)
{
    std::vector<Table::Column> columns{{"true \\ predicted"}};
    for (const std::size_t label : order) {
        columns.push_back({nameOfClass(evaluation, label), Align::Right});
    }
    for (const char* title : {"precision", "recall", "F1"}) {
        columns.push_back({title, Align::Right});
    }
    Table table(columns);
    for (const std::size_t truth : order) {
        std::vector<std::string> cells{nameOfClass(evaluation, truth)};
        for (const std::size_t label : order) {
            cells.push_back(grouped(evaluation.confusion[truth][label]));
        }
        const auto last = percentages(metrics[truth]);
        cells.insert(cells.end(), last.begin(), last.end());
        table.addRow(cells);
    }
    return table.text();
}

std::size_t widthOf(const std::string& text)
{
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
        widest = std::max(widest, displayWidth(line));
    }
    return widest;
}

/// The class that most pictures of `truth` were taken for; none where all were right.
std::string mostTakenFor(const Evaluation& evaluation, std::size_t truth)
{
    std::size_t other = truth;
    int most = 0;
    for (std::size_t label = 0; label < evaluation.classes.size(); ++label) {
        if (label != truth && evaluation.confusion[truth][label] > most) {
            most = evaluation.confusion[truth][label];
            other = label;
        }
    }
    return most == 0 ? "" : nameOfClass(evaluation, other) + " (" + grouped(most) + ")";
}

std::string classesText(const Evaluation& evaluation, const std::vector<ClassMetrics>& metrics,
                        const Order& order)
{
    Table table({{"class"},
                 {"pictures", Align::Right},
                 {"precision", Align::Right},
                 {"recall", Align::Right},
                 {"F1", Align::Right},
                 {"most often taken for"}});
    for (const std::size_t truth : order) {
        std::vector<std::string> cells{nameOfClass(evaluation, truth), grouped(metrics[truth].images)};
        const auto last = percentages(metrics[truth]);
        cells.insert(cells.end(), last.begin(), last.end());
        cells.push_back(mostTakenFor(evaluation, truth));
        table.addRow(cells);
    }
    return table.text();
}

/// Those with the lowest F1, the lowest first, of the classes that were measured.
Order worstOf(const std::vector<ClassMetrics>& metrics, Order order)
{
    std::erase_if(order, [&](std::size_t label) { return std::isnan(metrics[label].f1); });
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::tie(metrics[a].f1, metrics[b].images) < std::tie(metrics[b].f1, metrics[a].images);
    });
    order.resize(std::min(order.size(), worstClasses));
    return order;
}

std::string confusionsText(const Evaluation& evaluation, const Order& order)
{
    std::vector<std::tuple<int, std::size_t, std::size_t>> pairs;
    for (const std::size_t truth : order) {
        for (const std::size_t label : order) {
            if (truth != label && evaluation.confusion[truth][label] > 0) {
                pairs.emplace_back(evaluation.confusion[truth][label], truth, label);
            }
        }
    }
    if (pairs.empty()) {
        return {};
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const auto& a, const auto& b) { return std::get<0>(a) > std::get<0>(b); });
    pairs.resize(std::min(pairs.size(), shownConfusions));
    Table table({{"true"}, {"predicted"}, {"pictures", Align::Right}});
    for (const auto& [count, truth, label] : pairs) {
        table.addRow({nameOfClass(evaluation, truth), nameOfClass(evaluation, label), grouped(count)});
    }
    return "\nLargest confusions:\n" + table.text();
}

std::string headText(const Evaluation& evaluation, const std::vector<ClassMetrics>& metrics)
{
    const int images = evaluation.score.images;
    int right = 0;
    for (std::size_t i = 0; i < evaluation.confusion.size(); ++i) {
        right += evaluation.confusion[i][i];
    }
    const auto measured = static_cast<std::size_t>(std::count_if(
        metrics.begin(), metrics.end(), [](const ClassMetrics& one) { return one.images > 0; }));
    const bool isPartial = measured < metrics.size();
    const AccuracyInterval interval = accuracyInterval(right, images);
    return evaluation.split + ": " + grouped(images) + " of " +
           counted(evaluation.total, "picture", "pictures") + ", accuracy " +
           accuracyText(evaluation.score.accuracy, images) +
           (isPartial
                ? " over " + std::to_string(measured) + " of " + std::to_string(metrics.size()) + " classes"
                : std::string()) +
           ", loss " + decimal(evaluation.score.loss) +
           "\n95 % interval: " + accuracyText(interval.low, images) + " to " +
           accuracyText(interval.high, images) +
           "; balanced accuracy: " + accuracyText(balancedAccuracy(evaluation.confusion), images) +
           "; the largest class alone: " + accuracyText(baselineAccuracy(evaluation.confusion), images) +
           "\n\n";
}

/// The first `shownLines`, then where the rest is.
std::vector<std::string> cut(std::vector<std::string> lines)
{
    if (lines.size() > shownLines) {
        lines.resize(shownLines);
        lines.push_back("  … --json lists all");
    }
    return lines;
}

std::string modelClassesLine(const Evaluation& evaluation)
{
    std::vector<std::string> names;
    for (const std::size_t label : naturalOrder(evaluation.classes)) {
        names.push_back(nameOfClass(evaluation, label));
    }
    const std::size_t rest = names.size() > shownLines ? names.size() - shownLines : 0;
    names.resize(names.size() - rest);
    return "The model's classes: " + joined(names) +
           (rest > 0 ? " and " + grouped(static_cast<std::int64_t>(rest)) + " more" : "");
}

} // namespace

std::string evaluationText(const Evaluation& evaluation, std::size_t columns)
{
    const std::vector<ClassMetrics> metrics = classMetrics(evaluation.confusion);
    const Order order = naturalOrder(evaluation.classes);
    std::string text = headText(evaluation, metrics);
    if (order.size() <= fewClasses) {
        const std::string matrix = matrixText(evaluation, metrics, order);
        if (widthOf(matrix) <= columns) {
            return text + matrix;
        }
        return text + classesText(evaluation, metrics, order) + confusionsText(evaluation, order);
    }
    const Order worst = worstOf(metrics, order);
    return text + "The " + std::to_string(worst.size()) + " classes with the lowest F1, of " +
           grouped(static_cast<std::int64_t>(order.size())) + " (--json tells all):\n" +
           classesText(evaluation, metrics, worst) + confusionsText(evaluation, order);
}

std::vector<std::string> choiceLines(const MeasuredPictures& measured, bool isModelFile)
{
    const auto pictures = [](std::size_t count) {
        return counted(static_cast<std::int64_t>(count), "picture", "pictures");
    };
    std::vector<std::string> lines;
    if (measured.leftOut > 0) {
        lines.push_back("Note: " + pictures(measured.leftOut) +
                        " left out that the run has seen, in training or to choose its best epoch; --split "
                        "all measures them too.");
    }
    if (measured.trained > 0) {
        lines.push_back("Warning: the run was trained on " + pictures(measured.trained) + " of the " +
                        grouped(static_cast<std::int64_t>(measured.samples.size())) +
                        " measured, so this is not how it does on new ones.");
    }
    if (measured.chosenBy > 0) {
        lines.push_back("Note: the run's best epoch was chosen by " + pictures(measured.chosenBy) +
                        " of the " + grouped(static_cast<std::int64_t>(measured.samples.size())) +
                        " measured.");
    }
    if (measured.isDealt) {
        lines.push_back(
            "Note: these pictures have no splits of their own; their " + measured.part +
            " split is dealt by the rule that the model was trained by. --split all measures all.");
    }
    if (measured.isUncertain && (measured.isDealt || measured.part == "all")) {
        lines.push_back(std::string("Note: ") +
                        (isModelFile ? "a model file does not tell which pictures it was trained on"
                                     : "this run was made before runs noted their pictures") +
                        "; if some of these are among them, this is not how it does on new ones.");
    }
    return lines;
}

std::vector<std::string> leftOutLines(const Evaluation& evaluation)
{
    const std::vector<ExcludedImage>& images = evaluation.leftOut;
    if (images.empty()) {
        return {};
    }
    std::vector<std::string> named;
    for (const ExcludedImage& image : images) {
        named.push_back("  " + image.path + ": " + image.reason);
    }
    std::vector<std::string> lines = cut(std::move(named));
    lines.insert(lines.begin(),
                 "Warning: " + counted(static_cast<std::int64_t>(images.size()), "picture", "pictures") +
                     " left out that can no longer be read:");
    return lines;
}

std::vector<std::string> unknownClassLines(const Evaluation& evaluation)
{
    if (evaluation.unknownClasses.empty()) {
        return {};
    }
    std::vector<std::string> named;
    std::int64_t images = 0;
    for (const UnknownClass& unknown : evaluation.unknownClasses) {
        images += unknown.images;
        named.push_back(
            "  " + unknown.name + ": " + counted(unknown.images, "picture", "pictures") +
            (unknown.near.empty() ? "" : "; perhaps it is " + joined(unknown.near, " or ") + "?"));
    }
    std::vector<std::string> lines = cut(std::move(named));
    lines.insert(lines.begin(), "Warning: " + counted(images, "picture", "pictures") +
                                    " left out, of classes that the model does not know:");
    lines.push_back(modelClassesLine(evaluation));
    return lines;
}

} // namespace thaw::cli
