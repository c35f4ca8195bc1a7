#include "app/cli/evaluation_text.h"

#include "app/cli/text.h"
#include "core/base/percent_text.h"
#include "core/evaluate/evaluation_figures.h"
#include "core/evaluate/metrics/confusion_order.h"

#include <algorithm>
#include <cmath>
#include <optional>
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

std::string nameOfClass(const Evaluation& evaluation, std::size_t label, std::size_t width = widestName)
{
    return shortened(printable(evaluation.classes.at(label)), width);
}

/// @param isRanked with average precision and AUC
void addFigureColumns(std::vector<Table::Column>& columns, bool isRanked)
{
    for (const char* title : {"precision", "recall", "F1"}) {
        columns.push_back({title, Align::Right});
    }
    if (isRanked) {
        columns.push_back({"AP", Align::Right});
        columns.push_back({"AUC", Align::Right});
    }
}

void addFigures(std::vector<std::string>& cells, const EvaluationFigures& figures, std::size_t label,
                bool isRanked)
{
    const ClassMetrics& metrics = figures.classes[label];
    cells.push_back(accuracyText(metrics.precision, metrics.predicted));
    cells.push_back(accuracyText(metrics.recall, metrics.images));
    cells.push_back(accuracyText(metrics.f1, std::max(metrics.images, metrics.predicted)));
    if (isRanked) {
        cells.push_back(decimal(figures.ranking.averagePrecision[label]));
        cells.push_back(decimal(figures.ranking.auc[label]));
    }
}

std::vector<Table::Column> matrixColumns(const Evaluation& evaluation, const Order& order)
{
    std::vector<Table::Column> columns{{"true \\ predicted"}};
    for (const std::size_t label : order) {
        columns.push_back({nameOfClass(evaluation, label), Align::Right});
    }
    return columns;
}

std::vector<std::string> matrixCells(const Evaluation& evaluation, const std::vector<int>& counts,
                                     std::size_t truth, const Order& order)
{
    std::vector<std::string> cells{nameOfClass(evaluation, truth)};
    for (const std::size_t label : order) {
        cells.push_back(grouped(counts[label]));
    }
    return cells;
}

std::string matrixText(const Evaluation& evaluation, const EvaluationFigures& figures, const Order& order,
                       bool isRanked)
{
    std::vector<Table::Column> columns = matrixColumns(evaluation, order);
    addFigureColumns(columns, isRanked);
    Table table(columns);
    for (const std::size_t truth : order) {
        auto cells = matrixCells(evaluation, evaluation.confusion[truth], truth, order);
        addFigures(cells, figures, truth, isRanked);
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
std::string mostTakenFor(const Evaluation& evaluation, std::size_t truth, std::size_t width)
{
    const std::optional<std::size_t> other = mostConfusedWith(evaluation.confusion, truth);
    return other ? nameOfClass(evaluation, *other, width) + " (" +
                       grouped(evaluation.confusion[truth][*other]) + ")"
                 : "";
}

/// @param width that names are cut to
std::string classesText(const Evaluation& evaluation, const EvaluationFigures& figures, const Order& order,
                        std::size_t width)
{
    std::vector<Table::Column> columns{{"class"}, {"pictures", Align::Right}};
    addFigureColumns(columns, true);
    columns.push_back({"most often taken for"});
    Table table(columns);
    for (const std::size_t truth : order) {
        std::vector<std::string> cells{nameOfClass(evaluation, truth, width),
                                       grouped(figures.classes[truth].images)};
        addFigures(cells, figures, truth, true);
        cells.push_back(mostTakenFor(evaluation, truth, width));
        table.addRow(cells);
    }
    return table.text();
}

/// With names as long as the columns allow.
std::string classesWithin(std::size_t columns, const Evaluation& evaluation, const EvaluationFigures& figures,
                          const Order& order)
{
    constexpr std::size_t shortestName = 8;
    std::string text;
    for (std::size_t width = widestName; width >= shortestName; width -= 4) {
        text = classesText(evaluation, figures, order, width);
        if (widthOf(text) <= columns) {
            break;
        }
    }
    return text;
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

std::string confusionsText(const Evaluation& evaluation)
{
    std::vector<Confusion> largest = largestConfusions(evaluation.confusion);
    if (largest.empty()) {
        return {};
    }
    largest.resize(std::min(largest.size(), shownConfusions));
    Table table({{"true"}, {"predicted"}, {"pictures", Align::Right}});
    for (const Confusion& each : largest) {
        table.addRow({nameOfClass(evaluation, each.truth), nameOfClass(evaluation, each.predicted),
                      grouped(each.images)});
    }
    return "\nLargest confusions:\n" + table.text();
}

std::string headText(const Evaluation& evaluation, const EvaluationFigures& figures)
{
    const int images = evaluation.score.images;
    const std::vector<ClassMetrics>& metrics = figures.classes;
    const auto measured = static_cast<std::size_t>(std::count_if(
        metrics.begin(), metrics.end(), [](const ClassMetrics& one) { return one.images > 0; }));
    const bool isPartial = measured < metrics.size();
    return evaluation.split + ": " + grouped(images) + " of " +
           counted(evaluation.total, "picture", "pictures") + ", accuracy " +
           accuracyText(evaluation.score.accuracy, images) +
           (isPartial
                ? " over " + std::to_string(measured) + " of " + std::to_string(metrics.size()) + " classes"
                : std::string()) +
           ", loss " + decimal(evaluation.score.loss) +
           "\n95 % interval: " + accuracyText(figures.accuracyInterval.low, images) + " to " +
           accuracyText(figures.accuracyInterval.high, images) +
           "; balanced accuracy: " + accuracyText(figures.balancedAccuracy, images) +
           "; the largest class alone: " + accuracyText(figures.baseline, images) + "\n" +
           grouped(images - figures.right) +
           " wrong; calibration error (ECE): " + decimal(figures.calibration.expected) +
           "; mean AP: " + decimal(figures.ranking.macroAveragePrecision) +
           ", mean AUC: " + decimal(figures.ranking.macroAuc) + "\n\n";
}

/// What the threshold makes of the answers, the confusion of few classes too.
std::string thresholdText(const Evaluation& evaluation, const FiguresAtThreshold& at, const Order& order,
                          std::size_t columns)
{
    const bool isOfTwo = evaluation.classes.size() == 2;
    const auto reached = static_cast<std::int64_t>(at.figures.reached);
    // How many are to be found, and so how many digits their shares have.
    const auto wanted = isOfTwo ? static_cast<std::int64_t>(at.figures.right + at.figures.missed)
                                : std::int64_t(evaluation.score.images);
    std::string text =
        "\nAt the threshold " + decimal(at.chosen.value) +
        (isOfTwo ? " for " + nameOfClass(evaluation, 1) : std::string()) +
        (at.chosen.chosenOn == "given" ? std::string() : " (chosen on " + at.chosen.chosenOn + ")") + ": " +
        grouped(reached) + " of " + counted(evaluation.score.images, "picture", "pictures") + " reach it" +
        (isOfTwo ? std::string() : ", " + grouped(evaluation.score.images - reached) + " are uncertain") +
        "\nprecision: " + accuracyText(at.figures.precision, static_cast<int>(reached)) +
        ", recall: " + accuracyText(at.figures.recall, static_cast<int>(wanted)) +
        ", F1: " + accuracyText(at.figures.f1, static_cast<int>(std::max(wanted, reached))) + "\n";
    if (order.size() > fewClasses) {
        return text;
    }
    std::vector<Table::Column> titles = matrixColumns(evaluation, order);
    if (!isOfTwo) {
        titles.push_back({"uncertain", Align::Right});
    }
    Table table(titles);
    for (const std::size_t truth : order) {
        auto cells = matrixCells(evaluation, at.counts.confusion[truth], truth, order);
        if (!isOfTwo) {
            cells.push_back(grouped(at.counts.uncertain[truth]));
        }
        table.addRow(cells);
    }
    return widthOf(table.text()) <= columns ? text + table.text() : text;
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
    const EvaluationFigures figures = figuresOf(evaluation);
    const Order order = naturalOrder(evaluation.classes);
    std::string text = headText(evaluation, figures);
    if (order.size() > fewClasses) {
        const Order worst = worstOf(figures.classes, order);
        text += "The " + std::to_string(worst.size()) + " classes with the lowest F1, of " +
                grouped(static_cast<std::int64_t>(order.size())) + " (--json tells all):\n" +
                classesWithin(columns, evaluation, figures, worst) + confusionsText(evaluation);
    } else {
        const std::string full = matrixText(evaluation, figures, order, true);
        const std::string narrow = matrixText(evaluation, figures, order, false);
        text += widthOf(full) <= columns ? full
                : widthOf(narrow) <= columns
                    ? narrow
                    : classesWithin(columns, evaluation, figures, order) + confusionsText(evaluation);
    }
    return figures.atThreshold ? text + thresholdText(evaluation, *figures.atThreshold, order, columns)
                               : text;
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
