#include "core/base/heap.h"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace thaw {

#ifdef __GLIBC__

namespace {

/// Blocks up to here come from the heap, larger ones from the system each time.
constexpr int largestKept = 1 << 30;
/// By which the heap grows: addresses, not memory, until they are used. More than a run of VGG16 takes.
constexpr int growth = 1 << 30;
constexpr std::uintptr_t hugePage = 2 << 20;

/// Grows the heap and asks for huge pages there. Only a hint: where it fails, all works as it would without.
void growHeap()
{
    const auto start = reinterpret_cast<std::uintptr_t>(sbrk(0));
    // More than is free in a small heap; volatile, for compilers leave out what is only made and freed.
    void* volatile block = std::malloc(hugePage);
    const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0));
    std::free(block);
    const std::uintptr_t first = (start + hugePage - 1) / hugePage * hugePage;
    if (end > first && start != std::numeric_limits<std::uintptr_t>::max()) {
        madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
    }
}

} // namespace

void keepFreedMemory()
{
    // Of each thread's own heap large blocks would be taken from the system again.
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, largestKept);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    mallopt(M_TOP_PAD, growth);
    growHeap();
}

void returnFreedMemory()
{
    malloc_trim(0);
    growHeap();
}

#else

void keepFreedMemory() {}
void returnFreedMemory() {}

#endif

} // namespace thaw
