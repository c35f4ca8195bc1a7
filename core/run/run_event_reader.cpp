#include "core/run/run_event_reader.h"

#include "core/base/error.h"
#include "core/base/printable.h"

namespace thaw {

namespace {

constexpr std::size_t longestFault = 200; ///< a message may quote all that it refuses

} // namespace

void RunEventReader::read(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        m_isTooLong = m_isTooLong || m_line.size() + piece.size() > runEventLineLimit;
        if (m_isTooLong) {
            m_line = {};
        } else {
            m_line += piece;
        }
        if (end == std::string_view::npos) {
            return;
        }
        bytes.remove_prefix(end + 1);
        if (std::exchange(m_isTooLong, false)) {
            noteFault("a line is longer than any event");
        } else {
            readLine(std::exchange(m_line, {}));
        }
    }
}

void RunEventReader::finish()
{
    if (!m_line.empty() || m_isTooLong) {
        noteFault("the last line is cut short");
    }
    m_line = {};
    m_isTooLong = false;
}

void RunEventReader::readLine(std::string_view line)
{
    std::optional<RunEvent> event;
    try {
        event = parseRunEvent(line);
    } catch (const Error& error) {
        noteFault(error.detail());
        return;
    }
    if (!event) {
        return;
    }
    if (const auto* started = std::get_if<RunStarted>(&*event)) {
        m_isNewer = started->version > runEventVersion;
    }
    m_receiver(*event);
}

void RunEventReader::noteFault(const std::string& fault)
{
    if (m_badLines++ == 0) {
        m_firstFault = printable(fault.substr(0, longestFault));
    }
}

} // namespace thaw
