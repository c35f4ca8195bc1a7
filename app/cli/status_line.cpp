#include "app/cli/status_line.h"

#include "app/cli/text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace thaw::cli {

StatusLine::StatusLine()
{
    const char* terminal = std::getenv("TERM");
    m_live = isatty(STDERR_FILENO) == 1 && !(terminal && std::string_view(terminal) == "dumb");
}

StatusLine::~StatusLine()
{
    clear();
}

std::size_t StatusLine::columns() const
{
    constexpr long least = 20;
    constexpr long most = 500;
    if (const char* variable = std::getenv("COLUMNS")) {
        const long wanted = std::strtol(variable, nullptr, 10);
        if (wanted > 0) {
            return static_cast<std::size_t>(std::clamp(wanted, least, most));
        }
    }
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return static_cast<std::size_t>(std::clamp<long>(size.ws_col, least, most));
    }
    return 80;
}

void StatusLine::eraseLocked()
{
    if (m_shown) {
        std::fputs("\r\x1b[K", stderr);
        m_shown = false;
    }
}

void StatusLine::print(const std::string& line)
{
    const std::scoped_lock lock(m_mutex);
    eraseLocked();
    std::fputs((printable(line) + "\n").c_str(), stderr);
    std::fflush(stderr);
}

void StatusLine::show(const std::string& progress)
{
    if (!m_live) {
        return;
    }
    // The last column stays free: writing there makes some terminals wrap.
    const std::string text = shortened(printable(progress), columns() - 1);
    const std::scoped_lock lock(m_mutex);
    std::fputs(("\r" + text + "\x1b[K").c_str(), stderr);
    std::fflush(stderr);
    m_shown = true;
}

void StatusLine::clear()
{
    const std::scoped_lock lock(m_mutex);
    eraseLocked();
    std::fflush(stderr);
}

ProgressCallback StatusLine::progressOf(const std::string& what)
{
    if (!m_live) {
        return {};
    }
    return [this, what](const Progress& progress) {
        if (progress.total <= 0) {
            show(what + "  " + grouped(progress.done));
            return;
        }
        const std::string counts = grouped(progress.done) + "/" + grouped(progress.total);
        const std::size_t used = displayWidth(what) + displayWidth(counts) + 5;
        const std::size_t room = columns() > used ? std::min<std::size_t>(columns() - used, 40) : 0;
        const double fraction = static_cast<double>(progress.done) / static_cast<double>(progress.total);
        show(what + "  " + progressBar(fraction, room) + "  " + counts);
    };
}

std::string progressBar(double fraction, std::size_t width)
{
    if (width < 5) {
        return {};
    }
    const std::size_t inner = width - 2;
    const double share = fraction > 0 ? std::min(fraction, 1.0) : 0.0;
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(inner));
    std::string bar(inner, ' ');
    std::fill_n(bar.begin(), filled, '=');
    if (filled > 0 && filled < inner) {
        bar[filled] = '>';
    }
    return "[" + bar + "]";
}

} // namespace thaw::cli
