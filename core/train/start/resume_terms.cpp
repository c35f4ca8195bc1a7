#include "core/train/start/resume_terms.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/compute/processor.h"
#include "core/train/start/picture_losses.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace thaw {

namespace {

std::vector<std::string> namesWithout(const std::vector<std::string>& some,
                                      const std::vector<std::string>& others)
{
    std::vector<std::string> left;
    std::copy_if(some.begin(), some.end(), std::back_inserter(left), [&](const std::string& name) {
        return std::find(others.begin(), others.end(), name) == others.end();
    });
    return left;
}

} // namespace

ResumeDevice deviceToResumeOn(const Recipe& recipe)
{
    try {
        return {resolveDevice(recipe.device), {}};
    } catch (const Error& error) {
        if (error.code() != ErrorCode::DeviceUnavailable) {
            throw;
        }
        return {resolveDevice("auto"), error.detail()};
    }
}

Precision precisionOn(const DeviceInfo& device, Precision precision)
{
    const bool isAnothers = precision == Precision::Float16 && !device.float16;
    return resolvePrecision(isAnothers ? Precision::Auto : precision, device);
}

std::vector<std::string> differencesOf(const RunRecord& record, const DatasetIndex& dataset,
                                       const std::string& pictures, const BaseWeights& weights,
                                       const DeviceInfo& device)
{
    std::vector<std::string> differences;
    if (record.datasetFingerprint != dataset.fingerprint) {
        differences.push_back("the pictures in " + dataset.source.string() + " have changed" +
                              (pictures.empty() ? "" : ": " + pictures));
    }
    if (record.weightsHash != weights.hash) {
        differences.push_back("the weights have changed (" + weights.source + ")");
    }
    if (const std::string input = formulaOf(weights.preprocessing);
        !record.weightsInput.empty() && record.weightsInput != input)
    {
        differences.push_back("the weights' input was " + record.weightsInput + " and is " + input);
    }
    if (record.thawVersion != thawVersion) {
        differences.push_back("Thaw was " + record.thawVersion + " and is " + thawVersion);
    }
    if (record.torchVersion != torchVersion()) {
        differences.push_back("LibTorch was " + record.torchVersion + " and is " + torchVersion());
    }
    // Runs of before these were noted say nothing of them.
    if (!record.onednnVersion.empty() && record.onednnVersion != onednnVersion()) {
        differences.push_back("oneDNN was " + record.onednnVersion + " and is " + onednnVersion());
    }
    if (!record.machine.empty() && record.machine != device.name) {
        differences.push_back("the run was computed on " + record.machine + ", and this is " + device.name);
    }
    return differences;
}

std::string classChanges(const std::vector<std::string>& before, const std::vector<std::string>& now)
{
    const std::vector<std::string> gone = namesWithout(before, now);
    const std::vector<std::string> added = namesWithout(now, before);
    std::string words = gone.empty() ? "" : "no picture of " + someOf(gone) + " can be read any more";
    if (!added.empty()) {
        words +=
            (words.empty() ? "" : ", and ") + someOf(added) + (added.size() == 1 ? " is new" : " are new");
    }
    return words.empty() && before != now ? "their order is another" : words;
}

std::string classAdvice(const std::vector<std::string>& before, const std::vector<std::string>& now)
{
    const bool hasGone = !namesWithout(before, now).empty();
    const bool hasNew = !namesWithout(now, before).empty();
    if (hasGone && hasNew) {
        return "put back what is gone and move what is new out of the data set";
    }
    return hasNew ? "move what is new out of the data set" : "put back what is gone";
}

void scaleRates(Recipe& recipe, TrainState& state, double factor)
{
    if (!(factor > 0) || factor > 10) {
        throw Error(ErrorCode::Usage, {}, "a factor on the learning rate must be above 0 and at most 10",
                    "0.1 is a tenth of the rate");
    }
    const int phase = state.phase;
    if (phase > static_cast<int>(recipe.phases.size())) {
        throw Error(ErrorCode::Usage, {}, "all epochs of the run are trained: there is no rate to change",
                    "go on without it");
    }
    for (std::size_t i = static_cast<std::size_t>(phase) - 1; i < recipe.phases.size(); ++i) {
        char text[32];
        std::snprintf(text, sizeof text, "%.12g", recipe.phases[i].learningRate * factor);
        recipe.phases[i].learningRate = std::strtod(text, nullptr);
    }
    // A rule may have lowered the rate of the phase in progress already.
    for (auto& [name, numbers] : state.rules) {
        if (const auto rate = numbers.find("learning_rate"); rate != numbers.end()) {
            rate->second *= factor;
        }
    }
}

} // namespace thaw
