#include "core/train/resume_terms.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/model/processor.h"

namespace thaw {

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
                                       const BaseWeights& weights, const DeviceInfo& device)
{
    std::vector<std::string> differences;
    if (record.datasetFingerprint != dataset.fingerprint) {
        differences.push_back("the pictures in " + dataset.source.string() + " have changed");
    }
    if (record.classes != dataset.classes) {
        differences.push_back("the data set's classes have changed");
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

} // namespace thaw
