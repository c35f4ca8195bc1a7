#pragma once

#include "core/base/error.h"

#include <functional>
#include <optional>
#include <string>

namespace thaw::test {

/// The code of the Error that `call` throws, or nothing.
std::optional<ErrorCode> codeOf(const std::function<void()>& call);

/// What the Error with that code that `call` throws says; "another code: NAME"; or "nothing thrown".
std::string refusalOf(ErrorCode code, const std::function<void()>& call);

} // namespace thaw::test
