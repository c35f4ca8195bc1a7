#include "core/compute/cuda_driver.h"

#include <cstddef>
#include <dlfcn.h>
#include <memory>

namespace thaw {

namespace {

/// CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR
constexpr int capabilityMajorAttribute = 75;
constexpr int capabilityMinorAttribute = 76;

struct Closer
{
    void operator()(void* library) const { dlclose(library); }
};

/// A call of the driver's C interface; each gives 0 for success.
template <typename... Arguments>
struct Call
{
    Call(void* library, const char* name)
        : function(reinterpret_cast<int (*)(Arguments...)>(dlsym(library, name)))
    {
    }
    bool operator()(Arguments... arguments) const { return function && function(arguments...) == 0; }

    int (*function)(Arguments...);
};

using Library = std::unique_ptr<void, Closer>;

Library openDriver()
{
    return Library(dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL));
}

} // namespace

std::vector<CudaDevice> cudaDevices()
{
    const Library library = openDriver();
    if (!library) {
        return {};
    }
    const Call<unsigned> init(library.get(), "cuInit");
    const Call<int*> countOf(library.get(), "cuDeviceGetCount");
    const Call<int*, int> get(library.get(), "cuDeviceGet");
    const Call<char*, int, int> nameOf(library.get(), "cuDeviceGetName");
    const Call<std::size_t*, int> memoryOf(library.get(), "cuDeviceTotalMem_v2");
    const Call<int*, int, int> attributeOf(library.get(), "cuDeviceGetAttribute");
    int count = 0;
    if (!init(0u) || !countOf(&count)) {
        return {};
    }
    std::vector<CudaDevice> devices;
    for (int i = 0; i < count; ++i) {
        int handle = 0;
        char name[256] = {};
        std::size_t memory = 0;
        int major = 0;
        int minor = 0;
        if (!get(&handle, i) || !nameOf(name, sizeof name - 1, handle) || !memoryOf(&memory, handle) ||
            !attributeOf(&major, capabilityMajorAttribute, handle) ||
            !attributeOf(&minor, capabilityMinorAttribute, handle))
        {
            return {};
        }
        devices.push_back({name, memory, 10 * major + minor});
    }
    return devices;
}

std::uint64_t freeCudaMemory(int index)
{
    const Library library = openDriver();
    if (!library) {
        return 0;
    }
    const Call<unsigned> init(library.get(), "cuInit");
    const Call<int*, int> get(library.get(), "cuDeviceGet");
    // The question is put to a context: the one that LibTorch computes in.
    const Call<void**, int> retain(library.get(), "cuDevicePrimaryCtxRetain");
    const Call<int> release(library.get(), "cuDevicePrimaryCtxRelease_v2");
    const Call<void*> push(library.get(), "cuCtxPushCurrent_v2");
    const Call<void**> pop(library.get(), "cuCtxPopCurrent_v2");
    const Call<std::size_t*, std::size_t*> memoryOf(library.get(), "cuMemGetInfo_v2");
    int handle = 0;
    void* context = nullptr;
    if (!init(0u) || !get(&handle, index) || !retain(&context, handle)) {
        return 0;
    }
    std::size_t free = 0;
    std::size_t total = 0;
    if (push(context)) {
        if (!memoryOf(&free, &total)) {
            free = 0;
        }
        pop(&context);
    }
    release(handle);
    return free;
}

} // namespace thaw
