#pragma once

#include "tests/support/test_paths.h"

#include <string>

namespace thaw::test {

/// Lets printf, strtod and std::to_string have a decimal comma for as long as it lives, as a Qt program has
/// them where that is usual. Needs no locale to be installed: it writes one itself.
class CommaLocale
{
public:
    CommaLocale();
    ~CommaLocale();
    CommaLocale(const CommaLocale&) = delete;
    CommaLocale& operator=(const CommaLocale&) = delete;

    /// False where the C library is not glibc and has no such locale of its own.
    bool isInForce() const;

private:
    TemporaryFolder m_folder;
    std::string m_before;
};

} // namespace thaw::test
