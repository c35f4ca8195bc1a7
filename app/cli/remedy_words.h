#pragma once

#include "core/base/error.h"

#include <string>

namespace thaw::cli {

/// What to type, as words that follow an error's own: "--accept-changes does so". Empty for none.
std::string remedyText(Remedy remedy);

/// An error and its remedy in one line.
std::string errorLine(const Error& error);

} // namespace thaw::cli
