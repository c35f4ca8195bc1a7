#pragma once

#include "core/run/run_event.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace thaw {

/// Reads the events of a run in another process from its output (docs/events.md), which comes in pieces of
/// any size. Whatever comes is taken for hostile: what is no event is counted and left out, and no more than
/// one line is kept in memory.
class RunEventReader
{
public:
    using Receiver = std::function<void(const RunEvent&)>;

    explicit RunEventReader(Receiver receiver) : m_receiver(std::move(receiver)) {}

    void read(std::string_view bytes);
    /// Nothing more comes: a line without an end was cut short.
    void finish();

    /// Lines that are no events. Events of kinds that this version does not know are not among them.
    std::size_t badLines() const { return m_badLines; }
    /// What was wrong with the first of them, in plain words of one line; empty when there is none.
    const std::string& firstFault() const { return m_firstFault; }
    /// The other program is newer than this one: it may tell more than is understood here.
    bool isNewer() const { return m_isNewer; }

private:
    void readLine(std::string_view line);
    void noteFault(const std::string& fault);

    Receiver m_receiver;
    std::string m_line;       ///< the beginning of one whose end has not come yet
    bool m_isTooLong = false; ///< that line is: the rest of it is left out
    std::size_t m_badLines = 0;
    std::string m_firstFault;
    bool m_isNewer = false;
};

} // namespace thaw
