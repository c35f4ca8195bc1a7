#include "core/train/cost/preflight.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/memory_use.h"
#include "core/compute/compute_device.h"
#include "core/train/cost/run_needs.h"
#include "core/train/features/feature_bank.h"

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

std::optional<NoticeCode> precisionCaution(Precision precision, const DeviceInfo& device)
{
    // Cards that have float16 have nothing to lose by bfloat16.
    if (precision != Precision::Bfloat16 || device.float16) {
        return {};
    }
    switch (device.bfloat16) {
    case Bfloat16Support::None:
        return NoticeCode::Bfloat16Missing;
    case Bfloat16Support::NoFaster:
        return NoticeCode::Bfloat16NoFaster;
    case Bfloat16Support::Faster:
        break;
    }
    return {};
}

std::vector<Notice> preflight(const RunPlan& plan, const std::filesystem::path& folder,
                              const SaveOptions& saving)
{
    const Recipe& recipe = plan.recipe;
    std::vector<Notice> notices;
    DeviceInfo device = availableDevices().front();
    Recipe computed = recipe;
    try {
        device = resolveDevice(recipe.device);
        computed.precision = resolvePrecision(recipe.precision, device);
        computed.trainedPrecision = resolvePrecision(recipe.trainedPrecision, device);
    } catch (const Error& error) {
        notices.push_back(notice(NoticeCode::DeviceMissing, {error.detail(), error.advice()}));
    }
    if (const auto caution = precisionCaution(recipe.precision, device)) {
        notices.push_back(notice(*caution));
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
        const auto batch = std::int64_t(batchWithin(computedPlan, memory));
        notices.push_back(batch > 0
                              ? notice(NoticeCode::MemoryTooSmallForBatch, {needs.memory, memory, batch})
                              : notice(NoticeCode::MemoryTooSmall, {needs.memory, memory}));
    } else if (onProcessor && available > 0 && needs.memory > available) {
        const auto batch = std::int64_t(batchWithin(computedPlan, available));
        notices.push_back(batch > 0
                              ? notice(NoticeCode::MemoryInUseForBatch, {needs.memory, available, batch})
                              : notice(NoticeCode::MemoryInUse, {needs.memory, available}));
    }
    if (space < 2 * needs.disk) {
        notices.push_back(notice(NoticeCode::LittleDisk, {needs.disk, space}));
    }
    if (plan.counts.train < static_cast<std::size_t>(recipe.batchSize)) {
        notices.push_back(notice(NoticeCode::FewerThanABatch, {static_cast<std::int64_t>(plan.counts.train),
                                                               std::int64_t(recipe.batchSize)}));
    }
    if (plan.counts.validation == 0) {
        notices.push_back(notice(NoticeCode::NoValidation));
    }
    if (recipe.weights == "none") {
        notices.push_back(notice(NoticeCode::NoPretrainedWeights));
    }
    return notices;
}

} // namespace thaw
