#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace thaw {

/// How many of a batch's pictures are computed at once: all of them, until memory does not hold that many;
/// then half as many, and so on. What was found to fit is kept.
class PartSize
{
public:
    /// Called when a batch of `count` pictures was computed in parts of a size that was just found.
    using Found = std::function<void(std::int64_t count, std::int64_t part)>;

    /// @param memory name of the memory, for messages: "the memory of NVIDIA …"
    explicit PartSize(std::string memory = "memory", Found found = {});

    std::int64_t largest() const { return m_largest; } ///< 0: no limit met yet
    void limitTo(std::int64_t largest) { m_largest = largest; }

    /// Calls `compute` with how many to compute at once, at most `count`, and again with half as many as long
    /// as it throws for want of memory: LibTorch's errors, of any device, and std::bad_alloc.
    /// @param count > 0; @param compute may be called again after it threw
    /// @throws Error OutOfMemory when memory does not hold a single one; DeviceUnavailable when cuDNN finds
    /// no way to compute a single one, which may have other reasons; what else `compute` throws
    void run(std::int64_t count, const std::function<void(std::int64_t part)>& compute);

private:
    bool fits(std::int64_t part, const std::function<void(std::int64_t part)>& compute) const;

    std::string m_memory;
    Found m_found;
    std::int64_t m_largest = 0;
};

} // namespace thaw
