// What libcuda.so.1 exports, of a machine with two cards. Loaded by test_compute_device in the driver's
// place.

#include <cstddef>
#include <cstdio>

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

int cuDeviceGetAttribute(int* value, int attribute, int handle)
{
    constexpr int capabilityMajor = 75;
    *value = handle == 10 ? 7 : 9;
    return attribute == capabilityMajor ? 0 : 1;
}
}
