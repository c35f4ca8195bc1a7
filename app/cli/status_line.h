#pragma once

#include "core/base/progress.h"

#include <mutex>
#include <string>

namespace thaw::cli {

/// Standard error: lasting lines, and on a terminal one line of progress below them that is redrawn in place.
/// Elsewhere progress is not written at all. May be used from any thread.
class StatusLine
{
public:
    StatusLine();
    ~StatusLine(); ///< erases the progress line

    bool isLive() const { return m_live; } ///< progress is shown
    std::size_t columns() const;           ///< of the terminal: $COLUMNS, else what it says, else 80

    void print(const std::string& line);    ///< a lasting line
    void show(const std::string& progress); ///< replaces the progress line, cut to the terminal's width
    void clear();                           ///< erases it

    /// A callback that shows "WHAT [====>   ] 12/60".
    ProgressCallback progressOf(const std::string& what);

private:
    void eraseLocked();

    bool m_live = false;
    bool m_shown = false;
    std::mutex m_mutex;
};

/// "[====>     ]", `width` characters in all. @param fraction clamped to 0–1
std::string progressBar(double fraction, std::size_t width);

} // namespace thaw::cli
