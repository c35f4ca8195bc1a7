#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/model/freeze_plan.h"
#include "core/model/head.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thaw::cli {

namespace {

struct SummaryArguments
{
    int inputSize = 180;
    std::optional<int> unfreeze;
    std::vector<std::string> trainable;
    std::string head = "book";
    int classes = 2;
    bool json = false;
};

FreezePlan planOf(const SummaryArguments& options)
{
    try {
        return options.trainable.empty() ? FreezePlan::unfreezeLast(options.unfreeze.value_or(0))
                                         : FreezePlan::trainableLayers(options.trainable);
    } catch (const Error& error) {
        // Core speaks of a recipe; here the mistake is on the command line.
        throw Error(ErrorCode::Usage, {}, error.detail(), error.advice());
    }
}

std::string shapeOf(const LayerInfo& layer)
{
    return std::to_string(layer.height) + "×" + std::to_string(layer.width) + "×" +
           std::to_string(layer.channels);
}

struct Totals
{
    std::int64_t all = 0;
    std::int64_t trainable = 0;
};

void printJson(Output& out, const std::vector<LayerInfo>& layers, const FreezePlan& plan, Totals base,
               Totals head)
{
    Json rows = Json::array();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const LayerInfo& layer = layers[i];
        rows.push_back({{"name", layer.name},
                        {"output", {layer.height, layer.width, layer.channels}},
                        {"parameters", layer.parameters},
                        {"trainable", plan.isTrainable(static_cast<int>(i))}});
    }
    Json object;
    object["layers"] = std::move(rows);
    object["base"] = {{"total", base.all}, {"trainable", base.trainable}};
    object["head"] = {{"total", head.all}, {"trainable", head.trainable}};
    object["total"] = base.all + head.all;
    object["trainable"] = base.trainable + head.trainable;
    out.writeObject(object);
}

void printTable(Output& out, const std::vector<LayerInfo>& layers, const FreezePlan& plan,
                const HeadSpec& headSpec, Totals base, Totals head)
{
    Table table({{"layer"},
                 {"output", Align::Right},
                 {"parameters", Align::Right},
                 {"multiply-adds", Align::Right},
                 {"trainable"}});
    std::int64_t multiplyAdds = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const LayerInfo& layer = layers[i];
        multiplyAdds += layer.multiplyAdds;
        table.addRow({layer.name, shapeOf(layer), grouped(layer.parameters), grouped(layer.multiplyAdds),
                      plan.isTrainable(static_cast<int>(i)) ? "yes" : ""});
    }
    for (const DenseInfo& dense : headLayers(headSpec)) {
        const std::int64_t products = std::int64_t(dense.inputs) * dense.outputs;
        multiplyAdds += products;
        table.addRow({"head." + dense.name, std::to_string(dense.outputs), grouped(dense.parameters()),
                      grouped(products), "yes"});
    }
    out.write(table.text() + "\n");

    Table totals({{""}, {"parameters", Align::Right}, {"trainable", Align::Right}, {"frozen", Align::Right}});
    const auto addTotals = [&totals](const std::string& name, Totals sum) {
        totals.addRow({name, grouped(sum.all), grouped(sum.trainable), grouped(sum.all - sum.trainable)});
    };
    addTotals("base", base);
    addTotals("head", head);
    addTotals("all", {base.all + head.all, base.trainable + head.trainable});
    out.write(totals.text());
    out.write("\nMultiply-adds for one picture: " + grouped(multiplyAdds) + "\n");
}

int summarise(const SummaryArguments& options, Context& context)
{
    const FreezePlan plan = planOf(options);
    const std::vector<LayerInfo> layers = baseLayers(options.inputSize);
    HeadSpec headSpec;
    headSpec.kind = headKindFromName(options.head).value_or(HeadKind::Book);
    headSpec.classes = options.classes;
    headSpec.featureSide = featureSide(options.inputSize);

    Totals base;
    for (const LayerInfo& layer : layers) {
        base.all += layer.parameters;
    }
    base.trainable = plan.trainableParameters(layers);
    const Totals head{headParameters(headSpec), headParameters(headSpec)};
    if (options.json) {
        printJson(context.out, layers, plan, base, head);
    } else {
        printTable(context.out, layers, plan, headSpec, base, head);
    }
    return 0;
}

} // namespace

Action addSummary(CLI::App& command)
{
    const auto options = std::make_shared<SummaryArguments>();
    command.add_option("--input-size", options->inputSize, "Pixels a side of the picture")
        ->check(CLI::Range(minInputSize, maxInputSize))
        ->capture_default_str();
    auto* unfreeze =
        command.add_option("--unfreeze", options->unfreeze,
                           "How many of the base's last layers train, pools counted (default 0)");
    unfreeze->check(CLI::Range(0, baseLayerCount));
    command
        .add_option("--trainable", options->trainable, "Names of the layers that train, separated by commas")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->excludes(unfreeze);
    std::vector<std::string> headNames;
    for (const HeadKind kind : headKinds) {
        headNames.emplace_back(nameOf(kind));
    }
    command.add_option("--head", options->head, "Kind of head")
        ->check(CLI::IsMember(headNames))
        ->capture_default_str();
    command.add_option("--classes", options->classes, "Number of classes")
        ->check(CLI::Range(2, 100000))
        ->capture_default_str();
    command.add_flag("--json", options->json, "Print one JSON object");
    return [options](Context& context) { return summarise(*options, context); };
}

} // namespace thaw::cli
