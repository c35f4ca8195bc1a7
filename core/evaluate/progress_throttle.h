#pragma once

#include "core/base/progress.h"

#include <chrono>
#include <cstdint>

namespace thaw {

/// Tells progress at most ten times a second, and at the end.
class ProgressThrottle
{
public:
    ProgressThrottle(const ProgressCallback& callback, std::int64_t total)
        : m_callback(callback), m_total(total)
    {
    }

    void advance(std::int64_t count)
    {
        m_done += count;
        const auto now = std::chrono::steady_clock::now();
        if (m_callback && (m_done >= m_total || now - m_last >= std::chrono::milliseconds(100))) {
            m_last = now;
            m_callback({m_done, m_total});
        }
    }

private:
    const ProgressCallback& m_callback;
    std::int64_t m_total;
    std::int64_t m_done = 0;
    std::chrono::steady_clock::time_point m_last{};
};

} // namespace thaw
