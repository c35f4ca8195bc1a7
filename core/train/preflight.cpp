#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/memory_use.h"
#include "core/train/compute_device.h"
#include "core/train/feature_bank.h"
#include "core/train/run_needs.h"
#include "core/train/trainer.h"

#include <string>

namespace thaw {

namespace {

/// The largest batch, by halves, that needs no more than `room`; 0 when not even one picture does.
int batchWithin(const RunPlan& plan, double room)
{
    Recipe recipe = plan.recipe;
    while (recipe.batchSize > 1) {
        recipe.batchSize /= 2;
        if (estimateRunNeeds(planRun(recipe, plan.counts, plan.head.classes)).memory <= room) {
            return recipe.batchSize;
        }
    }
    return 0;
}

} // namespace

std::vector<std::string> preflight(const RunPlan& plan, const std::filesystem::path& folder,
                                   const SaveOptions& saving)
{
    const Recipe& recipe = plan.recipe;
    std::vector<std::string> words;
    DeviceInfo device = availableDevices().front();
    Recipe computed = recipe;
    try {
        device = resolveDevice(recipe.device);
        computed.precision = resolvePrecision(recipe.precision, device);
        computed.trainedPrecision = resolvePrecision(recipe.trainedPrecision, device);
    } catch (const Error& error) {
        words.push_back(error.detail() + ": " + error.advice() + ".");
    }
    if (std::string caution = precisionCaution(recipe.precision, device); !caution.empty()) {
        words.push_back(std::move(caution));
    }
    const RunPlan computedPlan = planRun(computed, plan.counts, plan.head.classes);
    const RunNeeds needs = estimateRunNeeds(computedPlan);
    const auto space = static_cast<double>(freeSpace(folder));
    if (space < needs.disk) {
        throw Error(ErrorCode::DiskFull, folder,
                    "the run needs " + byteText(needs.disk) + " of disk, and only " + byteText(space) +
                        " are free",
                    "make room, or choose another folder");
    }
    const std::filesystem::path banks = saving.banksFolder();
    // Banks of other runs make room for this one's.
    if (const double room = static_cast<double>(freeSpace(banks) + featureBanksBytes(banks));
        needs.views > room) {
        throw Error(ErrorCode::DiskFull, banks,
                    "stored views need " + byteText(needs.views) + ", and only " + byteText(room) +
                        " are free",
                    "make room, choose fewer views, or set XDG_CACHE_HOME to another disk");
    }
    const auto memory = static_cast<double>(device.memoryBytes);
    const double available = availableMemory();
    const bool onProcessor = device.id == "cpu";
    if (memory > 0 && needs.memory > memory) {
        const int batch = batchWithin(computedPlan, memory);
        words.push_back("This needs " + byteText(needs.memory) + " of memory and " +
                        (onProcessor ? "the machine" : device.name) + " has " + byteText(memory) +
                        ": choose " +
                        (batch > 0 ? "a batch of " + std::to_string(batch) : "a smaller input size") + ".");
    } else if (onProcessor && available > 0 && needs.memory > available) {
        const int batch = batchWithin(computedPlan, available);
        words.push_back("This needs " + byteText(needs.memory) + " of memory and " + byteText(available) +
                        " are free now: close other programs" +
                        (batch > 0 ? ", or choose a batch of " + std::to_string(batch) : "") + ".");
    }
    if (space < 2 * needs.disk) {
        words.push_back("The run needs " + byteText(needs.disk) + " of disk; " + byteText(space) +
                        " are free.");
    }
    if (plan.counts.train < static_cast<std::size_t>(recipe.batchSize)) {
        words.push_back("There are fewer training pictures (" + std::to_string(plan.counts.train) +
                        ") than fit in one batch (" + std::to_string(recipe.batchSize) + ").");
    }
    if (plan.counts.validation == 0) {
        words.push_back("There are no validation pictures: the best epoch is chosen by training loss.");
    }
    if (recipe.weights == "none") {
        words.push_back("Without pretrained weights the results will be poor.");
    }
    return words;
}

} // namespace thaw
