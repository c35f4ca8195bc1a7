#include "core/model/convolution_torch.h"
#include "core/train/best_time.h"
#include "core/train/compute_device.h"
#include "core/train/precision_torch.h"
#include "core/train/progress_meter.h"
#include "core/train/run_time.h"

#include <cmath>

namespace thaw {

namespace {

constexpr std::int64_t images = 2; ///< few, so that this takes little memory
constexpr std::int64_t channels = 256;
constexpr std::int64_t mapSide = 45;
constexpr double measuredFor = 0.3; ///< seconds: the quickest of many calls, should the machine be busy
/// What a whole pass reaches of one convolution's speed: `thaw-cli bench`'s block.3 against raw and features.
constexpr double wholeShare = 0.8;

} // namespace

double measureSpeed(const Recipe& recipe, const std::stop_token& stop)
{
    const DeviceInfo info = resolveDevice(recipe.device);
    const c10::Device device(info.id);
    const at::ScalarType type = scalarTypeOf(resolvePrecision(recipe.precision, info));
    const at::NoGradGuard guard;
    const auto random = [&](at::IntArrayRef shape) {
        const at::Tensor values = at::rand(shape).to(device, type);
        return values.dim() == 4 ? values.contiguous(at::MemoryFormat::ChannelsLast) : values;
    };
    const at::Tensor x = random({images, channels, mapSide, mapSide});
    const at::Tensor weight = random({channels, channels, 3, 3});
    const at::Tensor bias = random({channels});
    const double seconds = bestTime(measuredFor, stop, [&] {
        // A number asked for is a result waited for, on any device.
        convolve(x, weight, bias)[0][0][0][0].item<float>();
    });
    return std::isfinite(seconds) ? double(images * mapSide * mapSide * channels * channels * 9) / seconds
                                  : 0;
}

double estimateRunSeconds(const Recipe& recipe, const std::array<std::size_t, 3>& counts, int classes,
                          double speed)
{
    return speed > 0 ? ProgressMeter(recipe, counts, classes).totalWork() / (speed * wholeShare) : 0;
}

} // namespace thaw
