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

std::string refusalOf(ErrorCode code, const std::function<void()>& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code() == code ? error.what() : std::string("another code: ") + nameOf(error.code());
    }
    return "nothing thrown";
}

} // namespace thaw::test
