#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace thaw {

/// A CUDA device as NVIDIA's driver describes it, in the driver's order, which is CUDA's.
struct CudaDevice
{
    std::string name;              ///< "NVIDIA H100 80GB HBM3"
    std::uint64_t memoryBytes = 0; ///< in all
    int capability = 0; ///< compute capability, ten times: 70 Volta, 75 Turing, 80 Ampere; 0: not known

    bool operator==(const CudaDevice&) const = default;
};

/// Asks the driver (libcuda.so.1), which need not be there. LibTorch's own calls for this need CUDA's headers
/// to build.
std::vector<CudaDevice> cudaDevices();

/// Bytes of a device's memory that no process has taken; 0 where the driver does not say.
/// @param index as in cudaDevices()
std::uint64_t freeCudaMemory(int index);

} // namespace thaw
