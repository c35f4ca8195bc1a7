#include "core/experiment/recipe.h"

#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/atomic_file.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace thaw::cli {

namespace {

struct RecipeArguments
{
    std::string recipe;
    bool json = false;
};

constexpr std::uint64_t recipeSizeLimit = 1 << 20;

std::vector<RecipeIssue> issuesOf(const std::string& nameOrFile)
{
    for (const Recipe& recipe : builtInRecipes()) {
        if (recipe.name == nameOrFile) {
            return checkRecipe(recipe);
        }
    }
    return parseRecipe(readTextFile(nameOrFile, recipeSizeLimit), nameOrFile).issues;
}

int check(const RecipeArguments& options, Context& context)
{
    const auto issues = issuesOf(options.recipe);
    if (options.json) {
        Json list = Json::array();
        for (const RecipeIssue& issue : issues) {
            list.push_back({{"field", issue.field}, {"message", issue.message}});
        }
        context.out.writeObject({{"issues", std::move(list)}});
        return issues.empty() ? exitDone : exitInput;
    }
    for (const RecipeIssue& issue : issues) {
        context.out.write(printable(issue.field + ": " + issue.message) + "\n");
    }
    const std::string name = printable(options.recipe);
    if (issues.empty()) {
        context.out.write(name + ": no mistakes found\n");
        return exitDone;
    }
    context.status.print("thaw-cli: " + name + ": " +
                         counted(static_cast<std::int64_t>(issues.size()), "mistake", "mistakes") +
                         " in this recipe; correct the fields listed");
    return exitInput;
}

} // namespace

Action addRecipe(CLI::App& command)
{
    const auto options = std::make_shared<RecipeArguments>();
    command.require_subcommand(1);
    CLI::App* show = command.add_subcommand("show", "Print a recipe as JSON, with every field");
    show->add_option("RECIPE", options->recipe, "book, quick, fast, best or a file")->required();
    CLI::App* checked = command.add_subcommand("check", "List every mistake in a recipe");
    checked->add_option("RECIPE", options->recipe, "A file, book, quick, fast or best")->required();
    checked->add_flag("--json", options->json, "Print one JSON object");
    return [options, show](Context& context) {
        if (!show->parsed()) {
            return check(*options, context);
        }
        std::string text = formatRecipe(loadRecipe(options->recipe));
        context.out.write(text.ends_with('\n') ? text : text + "\n");
        return exitDone;
    };
}

} // namespace thaw::cli
