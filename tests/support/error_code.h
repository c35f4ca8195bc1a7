#pragma once

#include "core/base/error.h"

#include <functional>
#include <optional>

namespace thaw::test {

/// The code of the Error that `call` throws, or nothing.
std::optional<ErrorCode> codeOf(const std::function<void()>& call);

} // namespace thaw::test
