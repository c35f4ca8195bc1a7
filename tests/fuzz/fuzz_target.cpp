#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace thaw::fuzz {

std::filesystem::path fileOf(std::span<const std::byte> bytes)
{
    static const int descriptor = memfd_create("thaw-fuzz", MFD_CLOEXEC);
    static const std::filesystem::path path = "/proc/self/fd/" + std::to_string(descriptor);
    if (descriptor < 0 || ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    {
        std::abort();
    }
    return path;
}

} // namespace thaw::fuzz
