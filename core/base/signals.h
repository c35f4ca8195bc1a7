#pragma once

#include <atomic>
#include <cstdint>

namespace thaw {

/// Exit status of the command line and the window when a second Ctrl-C ends them at once: nothing was saved
/// after the last checkpoint.
inline constexpr int exitLeftAtOnce = 131;

/// Distinguishes a second Ctrl-C from copies of the first. Wrapper programs send copies: some forward a
/// Ctrl-C that the terminal has already sent, others end a session with several signals. All signals within
/// half a second of the first are one request to stop.
///
/// Both calls may be made in a signal handler, of any thread.
class StopRequests
{
public:
    static constexpr std::int64_t oneRequestNanoseconds = 500'000'000;

    /// To be called once for each signal. @return whether to leave at once: a SIGINT half a second or more
    /// after the first signal, whatever that was. SIGTERM and SIGHUP say no more than that they want an end.
    bool isInsisted(int signal) noexcept;
    /// @param nanoseconds of a clock that never goes back, above 0
    bool isInsisted(int signal, std::int64_t nanoseconds) noexcept;

private:
    std::atomic<std::int64_t> m_first{0}; ///< when; 0: none has come
    static_assert(std::atomic<std::int64_t>::is_always_lock_free, "a signal handler may use nothing else");
};

/// Makes writing to a pipe that nobody reads, and past the length that files may have (ulimit -f), an error
/// of that writing (EPIPE, EFBIG), where it would end the program without a word. For the start of a program.
void reportFailedWrites();

} // namespace thaw
