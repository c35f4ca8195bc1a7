#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/data/sample/sample_dataset.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <system_error>
#include <unistd.h>

namespace thaw::cli {

namespace fs = std::filesystem;

namespace {

struct SampleArguments
{
    std::string out;
};

/// Copies beside the target and renames, so that a folder that is there is whole. False when stopped.
bool copyFolder(const fs::path& from, const fs::path& to, Context& context)
{
    const fs::path target = fs::absolute(to).lexically_normal();
    const fs::path whole = target.has_filename() ? target : target.parent_path();
    const fs::path partial =
        whole.parent_path() / ("." + whole.filename().string() + ".part-" + std::to_string(getpid()));
    try {
        fs::create_directories(partial);
        const ProgressCallback progress = context.status.progressOf("Copying");
        std::int64_t copied = 0;
        for (const auto& entry : fs::recursive_directory_iterator(from)) {
            if (context.stop.stop_requested()) {
                fs::remove_all(partial);
                return false;
            }
            const fs::path place = partial / fs::relative(entry.path(), from);
            if (entry.is_directory()) {
                fs::create_directories(place);
            } else {
                fs::copy_file(entry.path(), place);
                ++copied;
            }
            if (progress && copied % 100 == 0) {
                progress({copied, 0});
            }
        }
        fs::rename(partial, whole);
        return true;
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(partial, ignored);
        const Error error = currentError(whole);
        throw Error(error.code() == ErrorCode::DiskFull ? ErrorCode::DiskFull : ErrorCode::WriteFailed, whole,
                    "the copy could not be made: " + error.detail(), "choose another --out");
    }
}

int sample(const SampleArguments& options, Context& context)
{
    if (!options.out.empty()) {
        refuseUsedFolder(options.out);
    }
    const SampleObserver observer{[&context](const std::string& text) { context.status.print(text); },
                                  context.status.progressOf("Fetching")};
    const auto found = obtainSampleDataset(observer, context.stop);
    context.status.clear();
    if (!found || (!options.out.empty() && !copyFolder(found->folder, options.out, context))) {
        return exitStopped;
    }
    context.status.print(found->note);
    context.out.write(printable(options.out.empty() ? found->folder.string() : options.out) + "\n");
    return exitDone;
}

} // namespace

Action addSample(CLI::App& command)
{
    const auto options = std::make_shared<SampleArguments>();
    command.add_option("--out", options->out, "Also copy it to this folder, which must be new or empty");
    command.footer(
        "Prints the folder of a small data set to try the program with: photographs where they can be\n"
        "fetched, else drawn pictures. It is kept for the next time.");
    return [options](Context& context) { return sample(*options, context); };
}

} // namespace thaw::cli
