#pragma once

#include "app/cli/output.h"
#include "app/cli/status_line.h"

#include <functional>
#include <stop_token>
#include <vector>

namespace CLI {
class App;
}

namespace thaw::cli {

/// What a verb works with.
struct Context
{
    Output& out;
    StatusLine& status;
    std::stop_token stop;
};

/// Does the work and returns the exit status; throws Error where it fails.
using Action = std::function<int(Context&)>;

struct Verb
{
    const char* name;
    const char* help; ///< one line
    Action (*add)(
        CLI::App& command); ///< adds its options to the subcommand; the action is called after parsing
};

/// In the order in which --help lists them.
const std::vector<Verb>& verbs();

Action addSummary(CLI::App& command);
Action addScan(CLI::App& command);
Action addTrain(CLI::App& command);
Action addEvaluate(CLI::App& command);
Action addPredict(CLI::App& command);
Action addExplain(CLI::App& command);
Action addLabels(CLI::App& command);
Action addFeatures(CLI::App& command);
Action addAugment(CLI::App& command);
Action addExport(CLI::App& command);
Action addRuns(CLI::App& command);
Action addWeights(CLI::App& command);
Action addRecipe(CLI::App& command);
Action addSample(CLI::App& command);
Action addBench(CLI::App& command);

} // namespace thaw::cli
