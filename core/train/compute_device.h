#pragma once

#include "core/experiment/recipe.h"
#include "core/train/cuda_driver.h"

#include <cstdint>
#include <string>
#include <vector>

namespace thaw {

struct DeviceInfo
{
    std::string id;                ///< "cpu", "cuda:0"
    std::string name;              ///< "AMD EPYC …", "NVIDIA …"
    std::uint64_t memoryBytes = 0; ///< of the machine or the card; 0: not known
    bool bfloat16 = false;         ///< computes bfloat16 faster than float32 (AMX, Ampere on)
    bool float16 = false;          ///< computes float16 (CUDA)

    bool operator==(const DeviceInfo&) const = default;
};

/// The processor first, then CUDA devices if this build's LibTorch sees any that it can compute on. Looked
/// for once.
const std::vector<DeviceInfo>& availableDevices();

/// Turns "auto", "cpu", "cuda", "cuda:N" into one of availableDevices().
/// @throws Error Usage for another word, DeviceUnavailable
DeviceInfo resolveDevice(const std::string& device);

/// A card as LibTorch counts it. bfloat16 needs compute capability 8.0.
DeviceInfo describeCuda(int index, const CudaDevice& card);

/// Whether LibTorch's kernels, those of CUDA 13, serve the card: of Turing (7.5) or later, or not known.
bool isServed(const CudaDevice& card);

/// A word of caution where a precision asked for by name is no faster than float32; else empty.
std::string precisionCaution(Precision precision, const DeviceInfo& device);

/// What is asked for, or for Auto the first that `device` has of bfloat16, float16, float32.
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
