#include "app/cli/exit_status.h"
#include "app/cli/seed_option.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/experiment/recipe.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace thaw::cli {

namespace {

struct ScanArguments
{
    std::string dataset;
    SplitShares shares;
    bool json = false;
};

std::string layoutWords(const DatasetIndex& index)
{
    switch (index.layout) {
    case DatasetLayout::SplitCsv:
        return "listed in " + index.manifest.filename().string();
    case DatasetLayout::SplitFolders:
        return "folders by split and class";
    case DatasetLayout::ClassFolders:
        break;
    }
    return "folders by class, split by seed";
}

void printJson(Output& out, const DatasetIndex& index)
{
    Json splits = Json::object();
    for (const Split split : allSplits) {
        const auto counts = index.countsOf(split);
        Json byClass = Json::object();
        for (std::size_t i = 0; i < index.classes.size(); ++i) {
            byClass[index.classes[i]] = counts[i];
        }
        splits[nameOf(split)] = std::move(byClass);
    }
    Json problems = Json::array();
    for (const Problem& problem : index.problems) {
        Json& entry = problems.emplace_back(Json{{"path", problem.path},
                                                 {"code", nameOf(problem.code)},
                                                 {"severity", nameOf(problem.severity)},
                                                 {"message", problem.message}});
        if (!problem.files.empty()) {
            entry["files"] = problem.files;
        }
    }
    Json object;
    object["classes"] = index.classes;
    object["splits"] = std::move(splits);
    object["images"] = index.samples.size();
    object["problems"] = std::move(problems);
    out.writeObject(object);
}

void printText(Output& out, const DatasetIndex& index)
{
    out.write(printable(index.root.string()) + "  (" + layoutWords(index) + ")\n\n");
    Table table({{"class"},
                 {"train", Align::Right},
                 {"validation", Align::Right},
                 {"test", Align::Right},
                 {"all", Align::Right}});
    std::array<std::size_t, 3> sums{};
    for (const std::size_t label : naturalOrder(index.classes)) {
        std::vector<std::string> cells{shownName(index.classes[label])};
        std::size_t all = 0;
        for (std::size_t part = 0; part < allSplits.size(); ++part) {
            const std::size_t count = index.countsOf(allSplits[part])[label];
            cells.push_back(grouped(static_cast<std::int64_t>(count)));
            sums[part] += count;
            all += count;
        }
        cells.push_back(grouped(static_cast<std::int64_t>(all)));
        table.addRow(cells);
    }
    std::vector<std::string> cells{"all"};
    for (const std::size_t sum : sums) {
        cells.push_back(grouped(static_cast<std::int64_t>(sum)));
    }
    cells.push_back(grouped(static_cast<std::int64_t>(index.samples.size())));
    table.addRow(cells);
    out.write(table.text() + "\n");

    if (index.problems.empty()) {
        out.write("No problems found.\n");
        return;
    }
    const auto count = static_cast<std::int64_t>(index.problems.size());
    out.write(counted(count, "problem", "problems") + ", " +
              counted(static_cast<std::int64_t>(index.unreadableCount()), "picture", "pictures") +
              " left out because unreadable:\n");
    for (const Problem& problem : index.problems) {
        const std::string where = problem.path.empty() ? "" : problem.path + ": ";
        out.write(std::string(nameOf(problem.severity)) + "  " + nameOf(problem.code) + "  " +
                  printable(where + problem.message) + "\n");
    }
}

int scan(const ScanArguments& options, Context& context)
{
    ScanOptions how;
    how.shares = options.shares;
    const auto index =
        scanDataset(options.dataset, how, context.status.progressOf("Reading pictures"), context.stop);
    context.status.clear();
    if (!index) {
        return exitStopped;
    }
    if (options.json) {
        printJson(context.out, *index);
    } else {
        printText(context.out, *index);
    }
    return exitDone;
}

} // namespace

Action addScan(CLI::App& command)
{
    const auto options = std::make_shared<ScanArguments>();
    command.add_option("DATASET", options->dataset, "Folder of pictures, or a list (.csv, .tsv, .txt)")
        ->required();
    checkSeed(*command
                   .add_option("--seed", options->shares.seed,
                               "Seed of the split, where the data set has none of its own")
                   ->capture_default_str());
    command.add_flag("--json", options->json, "Print one JSON object");
    command.footer(
        "Every picture is decoded once. Exit status 3 when the data set cannot be used at all; problems\n"
        "with single files do not change the status.");
    return [options](Context& context) { return scan(*options, context); };
}

} // namespace thaw::cli
