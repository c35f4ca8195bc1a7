#include "app/cli/compute_flags.h"

#include "core/compute/compute_device.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>

namespace thaw::cli {

namespace {

std::string checkDeviceWord(const std::string& word)
{
    constexpr std::string_view numbered = "cuda:";
    const bool isNumbered = word.size() > numbered.size() && word.size() <= numbered.size() + 3 &&
                            word.compare(0, numbered.size(), numbered) == 0 &&
                            std::all_of(word.begin() + numbered.size(), word.end(),
                                        [](unsigned char c) { return std::isdigit(c); });
    if (word == "auto" || word == "cpu" || word == "cuda" || isNumbered) {
        return {};
    }
    return "'" + word + "' is not one of auto, cpu, cuda, cuda:N";
}

} // namespace

void ComputeFlags::addTo(CLI::App& command)
{
    command.add_option("--device", device, "Where to compute: auto, cpu, cuda or cuda:N")
        ->check(CLI::Validator(checkDeviceWord, "auto|cpu|cuda[:N]"));
    command.add_option("--precision", precision, "Arithmetic of the frozen layers")
        ->check(CLI::IsMember({"auto", "float32", "bfloat16", "float16"}));
    command.add_option("--threads", threads, "Threads to compute with; 0 means one a core")
        ->check(CLI::Range(0, 1024));
}

ComputeOptions ComputeFlags::apply() const
{
    setThreadCount(threads.value_or(0));
    ComputeOptions options;
    options.device = resolveDevice(device.empty() ? "auto" : device).id;
    options.precision = precisionFromName(precision).value_or(Precision::Auto);
    return options;
}

} // namespace thaw::cli
