// What libcuda.so.1 exports, of a machine with two cards. Loaded by test_compute_device in the driver's
// place.

#include <cstddef>
#include <cstdio>

namespace {

// The card whose context answers; 0: none.
int current = 0;
int retained = 0;

} // namespace

extern "C" {

int cuInit(unsigned)
{
    return 0;
}

int cuDeviceGetCount(int* count)
{
    *count = 2;
    return 0;
}

int cuDeviceGet(int* handle, int ordinal)
{
    *handle = 10 + ordinal;
    return 0;
}

int cuDeviceGetName(char* name, int length, int handle)
{
    std::snprintf(name, static_cast<std::size_t>(length), "Card %d", handle);
    return 0;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int handle)
{
    *bytes = static_cast<std::size_t>(handle) << 30;
    return 0;
}

int cuDevicePrimaryCtxRetain(void** context, int handle)
{
    retained = handle;
    *context = &retained;
    return 0;
}

int cuDevicePrimaryCtxRelease_v2(int handle)
{
    const bool isRetained = retained == handle;
    retained = 0;
    return isRetained && current == 0 ? 0 : 1;
}

int cuCtxPushCurrent_v2(void* context)
{
    current = *static_cast<int*>(context);
    return 0;
}

int cuCtxPopCurrent_v2(void** context)
{
    *context = &retained;
    current = 0;
    return 0;
}

int cuMemGetInfo_v2(std::size_t* free, std::size_t* total)
{
    if (current == 0) {
        return 201; // CUDA_ERROR_INVALID_CONTEXT
    }
    *free = static_cast<std::size_t>(current - 1) << 30;
    *total = static_cast<std::size_t>(current) << 30;
    return 0;
}

int cuDeviceGetAttribute(int* value, int attribute, int handle)
{
    constexpr int capabilityMajor = 75;
    constexpr int capabilityMinor = 76;
    *value = attribute == capabilityMajor ? (handle == 10 ? 7 : 9) : handle == 10 ? 5 : 0;
    return attribute == capabilityMajor || attribute == capabilityMinor ? 0 : 1;
}
}
