#pragma once

#include "core/run/notice.h"

#include <string>

namespace thaw::cli {

/// A notice in plain English, one line, as it is: names and paths are not escaped.
std::string noticeText(const Notice& notice);

} // namespace thaw::cli
