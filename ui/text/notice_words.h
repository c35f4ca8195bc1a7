#pragma once

#include "core/run/notice.h"

#include <QString>

namespace thaw::ui {

/// A notice in the window's language, as plain lines.
QString noticeText(const Notice& notice);

} // namespace thaw::ui
