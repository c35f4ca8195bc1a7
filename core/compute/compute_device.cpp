#include "core/compute/compute_device.h"

#include "core/base/error.h"
#include "core/data/image/image_io.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include <algorithm>
#include <dlfcn.h>
#include <fstream>
#include <set>
#include <thread>
#include <unistd.h>
#include <utility>

namespace thaw {

namespace {

/// The value of the first "key : value" line of /proc/cpuinfo.
std::string cpuField(const std::string& key)
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(':');
        if (line.starts_with(key) && colon != std::string::npos && colon + 2 <= line.size()) {
            return line.substr(colon + 2);
        }
    }
    return {};
}

DeviceInfo cpuDevice()
{
    const std::string name = cpuField("model name");
    const auto memory = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES))) *
                        static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
    return {"cpu", name.empty() ? "CPU" : name, memory, processorBfloat16(), false};
}

std::vector<DeviceInfo> findDevices()
{
    std::vector<DeviceInfo> devices{cpuDevice()};
    const int count = at::hasCUDA() ? static_cast<int>(at::getNumGPUs()) : 0;
    const std::vector<CudaDevice> described = count > 0 ? cudaDevices() : std::vector<CudaDevice>();
    for (int i = 0; i < count; ++i) {
        const auto index = static_cast<std::size_t>(i);
        const CudaDevice card = index < described.size()
                                    ? described[index]
                                    : CudaDevice{"NVIDIA CUDA device " + std::to_string(i), 0, 0};
        if (isServed(card)) {
            devices.push_back(describeCuda(i, card));
        }
    }
    return devices;
}

} // namespace

const std::vector<DeviceInfo>& availableDevices()
{
    static const std::vector<DeviceInfo> devices = findDevices();
    return devices;
}

DeviceInfo describeCuda(int index, const CudaDevice& card)
{
    // Older cards compute bfloat16 as well, but slower than float32.
    constexpr int ampere = 80;
    return {"cuda:" + std::to_string(index), card.name, card.memoryBytes,
            card.capability >= ampere ? Bfloat16Support::Faster : Bfloat16Support::NoFaster, true};
}

bool isServed(const CudaDevice& card)
{
    constexpr int turing = 75;
    return card.capability == 0 || card.capability >= turing;
}

DeviceInfo resolveDevice(const std::string& device)
{
    const std::vector<DeviceInfo>& devices = availableDevices();
    if (device == "auto") {
        return devices.size() > 1 ? devices[1] : devices[0];
    }
    const std::string id = device == "cuda" ? "cuda:0" : device;
    const auto found =
        std::find_if(devices.begin(), devices.end(), [&](const DeviceInfo& d) { return d.id == id; });
    if (found != devices.end()) {
        return *found;
    }
    if (!id.starts_with("cuda:")) {
        throw Error(ErrorCode::Usage, {}, "there is no kind of device \"" + device + "\"",
                    "use auto, cpu, cuda or cuda:N");
    }
    const std::string have = devices.size() > 1
                                 ? "the last CUDA device here is " + devices.back().id
                                 : "this machine has no CUDA device that this build of LibTorch computes on";
    throw Error(ErrorCode::DeviceUnavailable, {}, "the device \"" + device + "\" cannot be used: " + have,
                "use the processor, or let Thaw choose", Remedy::UseProcessor);
}

Precision resolvePrecision(Precision precision, const DeviceInfo& device)
{
    if (precision == Precision::Float16 && !device.float16) {
        throw Error(ErrorCode::DeviceUnavailable, {},
                    "float16 is computed on CUDA devices alone, and this is " + device.name + " (" +
                        device.id + ")",
                    "choose bfloat16, float32 or auto, or a CUDA device");
    }
    if (precision == Precision::Bfloat16 && device.bfloat16 == Bfloat16Support::None) {
        return Precision::Float32;
    }
    if (precision != Precision::Auto) {
        return precision;
    }
    return device.bfloat16 == Bfloat16Support::Faster ? Precision::Bfloat16
           : device.float16                           ? Precision::Float16
                                                      : Precision::Float32;
}

void setDeviceRules()
{
    at::Context& context = at::globalContext();
    // Runs repeat to the bit on the processor alone, so there is no promise for this to break.
    context.setBenchmarkCuDNN(true);
    // Its ten bits would be neither what the recipe says nor what Keras is compared with; cuDNN's default is
    // on.
    context.setAllowTF32CuDNN(false);
    context.setAllowTF32CuBLAS(false);
}

int physicalCoreCount()
{
    // Two hardware threads of one core share its arithmetic units, so only cores count.
    std::ifstream file("/proc/cpuinfo");
    std::set<std::pair<std::string, std::string>> cores;
    std::string package;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("physical id")) {
            package = line;
        } else if (line.starts_with("core id")) {
            cores.emplace(package, line);
        }
    }
    const int logical = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return cores.empty() ? logical : std::min(logical, static_cast<int>(cores.size()));
}

void setThreadCount(int threads)
{
    initialiseImageLibrary();
    at::set_num_threads(threads > 0 ? threads : physicalCoreCount());
    // OpenBLAS has threads of its own, which wait for work by asking for it again and again, on the cores
    // that LibTorch's threads then compute on.
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
        set(1);
    }
}

int threadCount()
{
    return at::get_num_threads();
}

std::string torchVersion()
{
    return TORCH_VERSION;
}

} // namespace thaw
