#include "core/compute/part_size.h"

#include "core/base/error.h"

#include <algorithm>
#include <utility>

namespace thaw {

PartSize::PartSize(std::string memory, Found found) : m_memory(std::move(memory)), m_found(std::move(found))
{
}

void PartSize::run(std::int64_t count, const std::function<void(std::int64_t part)>& compute)
{
    const std::int64_t first = m_largest > 0 ? std::min(m_largest, count) : count;
    std::int64_t part = first;
    // LibTorch's allocator gives back what it keeps unused before it says that memory is short: there is
    // nothing to empty between attempts.
    while (!fits(part, compute)) {
        part /= 2;
    }
    if (part < first) {
        m_largest = part;
        if (m_found) {
            m_found(count, part);
        }
    }
}

bool PartSize::fits(std::int64_t part, const std::function<void(std::int64_t part)>& compute) const
{
    try {
        compute(part);
        return true;
    } catch (...) {
        const Error error = currentError();
        if (error.code() != ErrorCode::OutOfMemory) {
            throw;
        }
        if (part <= 1 && isWithoutAlgorithm(error.detail())) {
            throw Error(
                ErrorCode::DeviceUnavailable, {},
                "not even one picture can be computed in " + m_memory + ", or on its device at all (" +
                    error.detail() + ")",
                "close other programs that use it, choose a smaller input size, see that the driver and "
                "LibTorch are made for the device, or compute on another one");
        }
        if (part <= 1) {
            throw Error(ErrorCode::OutOfMemory, {},
                        m_memory + " does not hold what one picture takes (" + error.detail() + ")",
                        "close other programs that use it, let fewer layers train, choose a smaller input "
                        "size, or compute on another device");
        }
        return false;
    }
}

} // namespace thaw
