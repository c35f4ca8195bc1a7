#include "tests/support/error_code.h"

namespace thaw::test {

std::optional<ErrorCode> codeOf(const std::function<void()>& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return std::nullopt;
}

} // namespace thaw::test
