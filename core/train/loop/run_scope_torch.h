#pragma once

// Internal to core: needs LibTorch.

#include "core/compute/part_size.h"
#include "core/model/inference_torch.h"
#include "core/train/loop/run_pictures.h"
#include "core/train/loop/run_reporter.h"
#include "core/train/start/save_options.h"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// What the parts of a run share while it trains: its plan, its pictures, and where it stands. Outlives them.
struct RunScope
{
    const RunPlan& plan;
    const RunPictures& pictures;
    const std::vector<std::string>& classes;
    std::string importedHash; ///< of the base that the run started from
    const SaveOptions& saving;
    std::stop_token stop;
    RunReporter& reporter;
    PartSize& parts;
    TrainState& state; ///< parts add the seconds that they take and wait

    /// How pictures are read that go through the network as they are. A folder of theirs that is gone ends
    /// the pass: see readPatiently.
    BatchLoaderOptions loaderFor(const Network& network) const
    {
        BatchLoaderOptions options = inferenceLoader(network, plan.recipe.transform(), plan.recipe.batchSize);
        options.foldersMustStay = true;
        return options;
    }
};

/// Seconds since it was made.
class Stopwatch
{
public:
    double seconds() const
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_started).count();
    }
    /// The same, and begins anew.
    double lap()
    {
        const double elapsed = seconds();
        m_started = std::chrono::steady_clock::now();
        return elapsed;
    }

private:
    std::chrono::steady_clock::time_point m_started = std::chrono::steady_clock::now();
};

} // namespace thaw
