#pragma once

#include "core/compute/cuda_driver.h"
#include "core/compute/precision.h"
#include "core/compute/processor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace thaw {

struct DeviceInfo
{
    std::string id;                ///< "cpu", "cuda:0"
    std::string name;              ///< "AMD EPYC …", "NVIDIA …"
    std::uint64_t memoryBytes = 0; ///< of the machine or the card; 0: not known
    Bfloat16Support bfloat16 = Bfloat16Support::None;
    bool float16 = false; ///< computes float16 (CUDA)

    bool operator==(const DeviceInfo&) const = default;
};

/// The processor first, then CUDA devices if this build's LibTorch sees any that it can compute on. Looked
/// for once.
const std::vector<DeviceInfo>& availableDevices();

/// Turns "auto", "cpu", "cuda", "cuda:N" into one of availableDevices().
/// @throws Error Usage for another word, DeviceUnavailable
DeviceInfo resolveDevice(const std::string& device);

/// A card as LibTorch counts it. It is faster in bfloat16 from compute capability 8.0 on.
DeviceInfo describeCuda(int index, const CudaDevice& card);

/// Whether LibTorch's kernels, those of CUDA 13, serve the card: of Turing (7.5) or later, or not known.
bool isServed(const CudaDevice& card);

/// What is computed: what is asked for, float32 in place of a bfloat16 that the device does not have, or for
/// Auto the first of bfloat16, float16, float32 that makes it faster.
/// @throws Error DeviceUnavailable for float16 where the device does not compute it
Precision resolvePrecision(Precision precision, const DeviceInfo& device);

/// Sets how LibTorch computes on CUDA devices, once, before the first network goes to one: cuDNN tries its
/// algorithms on each new shape and keeps the quickest, and float32 is float32, never TF32. Nothing changes
/// on the processor.
void setDeviceRules();

int physicalCoreCount();

/// Sets the numeric libraries' thread count, once, before the first worker starts, and keeps OpenCV's and
/// OpenBLAS's own pools off.
/// @param threads 0: physical cores
void setThreadCount(int threads);
int threadCount();

std::string torchVersion();

} // namespace thaw
