// Kills a training process at random moments (SIGKILL), resumes it to its end and compares every result byte
// for byte with an undisturbed run's. Says what it did; leaves the folder of the first difference.
//
//     kill_resume [--kills N] [--seconds S] [--seed K] [--true-network] [--weights NAME]
//
// N kills, or as many as there is time for in S seconds. The true network starts from random numbers unless
// NAME, such as imagenet, says otherwise; those weights are taken from the user's own folder. Processes are
// forked, not started anew: most of the time then goes into training.

#include "core/base/random.h"
#include "core/compute/compute_device.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/run_store.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"
#include "tests/support/narrow_network.h"
#include "tests/support/run_outcome.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace thaw;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Options
{
    int kills = 10;
    double seconds = 1e9;
    std::uint64_t seed = 1;
    bool trueNetwork = false;
    std::string weights = "none";
};

Options parse(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : "";
        if (option == "--true-network") {
            options.trueNetwork = true;
            continue;
        }
        if (option == "--kills") {
            options.kills = std::stoi(value);
        } else if (option == "--seconds") {
            options.seconds = std::stod(value);
        } else if (option == "--seed") {
            options.seed = std::stoull(value);
        } else if (option == "--weights") {
            options.weights = value;
        } else {
            std::fprintf(stderr, "unknown option %s\n", option.c_str());
            std::exit(2);
        }
        ++i;
    }
    return options;
}

/// Runs `work` in a process of its own.
pid_t start(const std::function<bool()>& work)
{
    const pid_t child = fork();
    if (child == 0) {
        bool good = false;
        try {
            good = work();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
        _exit(good ? 0 : 1);
    }
    return child;
}

bool endedWell(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

double secondsSince(Clock::time_point begun)
{
    return std::chrono::duration<double>(Clock::now() - begun).count();
}

class Trial
{
public:
    explicit Trial(const Options& options) : m_random(options.seed), m_recipe(test::narrowRecipe(2, 2))
    {
        const int side = options.trueNetwork ? 180 : 32;
        if (options.trueNetwork) {
            m_recipe = test::narrowRecipe(1, 1);
            m_recipe.width = 1;
            m_recipe.inputSize = side;
            m_recipe.batchSize = 4;
            m_recipe.threads = 2;
            m_recipe.weights = options.weights;
            m_weights =
                resolveWeights(options.weights, scaledBackbone(m_recipe.width), m_recipe.seed).value();
        }
        const int pictures = options.trueNetwork ? 8 : 20;
        test::writeSyntheticDataset(m_folder / "data",
                                    {{"blue", "red"}, pictures, side, false, options.seed});
    }

    /// The undisturbed run. @return whether it finished
    bool prepare()
    {
        const auto begun = Clock::now();
        int status = 0;
        waitpid(start([&] { return train(m_folder / "whole", {0, 0, 0, 0}); }), &status, 0);
        m_duration = secondsSince(begun);
        if (!endedWell(status)) {
            return false;
        }
        m_expected = test::outcomeOf(m_folder / "whole");
        return true;
    }

    /// One run, killed once or more often, and resumed to its end. @return whether all is equal
    bool once()
    {
        fs::remove_all(m_run);
        // Every step saved, every epoch saved, or hardly anything.
        const auto choice = m_random.below(3);
        const SaveOptions saving = choice == 0   ? SaveOptions{0, 0, 0, 0}
                                   : choice == 1 ? SaveOptions{0, 60, 0, 0}
                                                 : SaveOptions{};
        bool killed = killWhile([&] { return train(m_run, saving); });
        // Now and then what resumes is killed too.
        while (killed && m_random.below(3) == 0) {
            killed = killWhile([&] { return goOn(saving); });
        }
        int status = 0;
        waitpid(start([&] { return goOn(saving); }), &status, 0);
        ++runs;
        return endedWell(status) && test::outcomeOf(m_run) == m_expected;
    }

    const fs::path& folder() const { return m_folder.path(); }

    int runs = 0;
    int kills = 0;
    int tooLate = 0;    ///< the process had ended before its kill
    int beforeRuns = 0; ///< killed before there was a run; begun again
    double duration() const { return m_duration; }

private:
    bool train(const fs::path& run, const SaveOptions& saving) const
    {
        setThreadCount(m_recipe.threads);
        TrainRequest request = test::narrowRequest(m_recipe, m_folder / "data", run);
        request.saving = saving;
        if (m_weights) {
            request.weights = *m_weights;
        }
        TrainObserver nobody;
        return trainRun(request, nobody).state == RunState::Finished;
    }

    bool goOn(const SaveOptions& saving) const
    {
        if (!isRunFolder(m_run)) {
            fs::remove_all(m_run);
            return train(m_run, saving);
        }
        setThreadCount(m_recipe.threads);
        TrainObserver nobody;
        return resumeRun(m_run, {.saving = saving}, nobody).state == RunState::Finished;
    }

    bool killWhile(const std::function<bool()>& work)
    {
        const pid_t child = start(work);
        // The moment itself is what is random here.
        std::this_thread::sleep_for(std::chrono::duration<double>(m_random.uniform(0, m_duration)));
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        if (!WIFSIGNALED(status)) {
            ++tooLate;
            return false;
        }
        ++kills;
        beforeRuns += isRunFolder(m_run) ? 0 : 1;
        return true;
    }

    RandomStream m_random;
    Recipe m_recipe;
    std::optional<BaseWeights> m_weights; ///< none: drawn by narrowRequest
    test::TemporaryFolder m_folder;
    fs::path m_run = m_folder / "run";
    test::RunOutcome m_expected;
    double m_duration = 0;
};

} // namespace

int main(int argc, char** argv)
{
    const Options options = parse(argc, argv);
    const auto begun = Clock::now();
    Trial trial(options);
    if (options.weights == "none") {
        test::isolateUserFolders(trial.folder() / "user");
    }
    if (!trial.prepare()) {
        std::fprintf(stderr, "the undisturbed run failed\n");
        return 1;
    }
    bool same = true;
    while (same && trial.kills < options.kills && secondsSince(begun) < options.seconds) {
        same = trial.once();
    }
    std::printf(
        "%s network, weights %s, seed %llu: %d kills (%d before there was a run) in %d runs, %d too late, an "
        "undisturbed run takes %.2f s, %.0f s in all: %s\n",
        options.trueNetwork ? "true" : "narrow", options.weights.c_str(),
        static_cast<unsigned long long>(options.seed), trial.kills, trial.beforeRuns, trial.runs,
        trial.tooLate, trial.duration(), secondsSince(begun),
        same ? "every run ended as the undisturbed one, byte for byte" : "A RUN DIFFERS");
    if (!same) {
        const fs::path kept = fs::temp_directory_path() / "thaw-kill-resume-difference";
        fs::remove_all(kept);
        fs::copy(trial.folder(), kept, fs::copy_options::recursive);
        std::printf("kept in %s\n", kept.c_str());
    }
    return same ? 0 : 1;
}
