#pragma once

#include <sys/resource.h>

namespace thaw::test {

/// How many files this process may have open, for as long as it lives; those that are open stay so.
class OpenFileLimit
{
public:
    explicit OpenFileLimit(rlim_t files)
    {
        getrlimit(RLIMIT_NOFILE, &m_before);
        const rlimit changed{files, m_before.rlim_max};
        setrlimit(RLIMIT_NOFILE, &changed);
    }
    ~OpenFileLimit() { setrlimit(RLIMIT_NOFILE, &m_before); }
    OpenFileLimit(const OpenFileLimit&) = delete;
    OpenFileLimit& operator=(const OpenFileLimit&) = delete;

private:
    rlimit m_before{};
};

} // namespace thaw::test
