#pragma once

#include "core/run/run_event.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace thaw::test {

/// What an observer was told, with questions that tests ask of it.
class Notices
{
public:
    void add(const Notice& notice) { m_all.push_back(notice); }

    const std::vector<Notice>& all() const { return m_all; }
    std::ptrdiff_t count(NoticeCode code) const
    {
        return std::count_if(m_all.begin(), m_all.end(), [code](const Notice& n) { return n.code == code; });
    }
    bool has(NoticeCode code) const { return count(code) > 0; }
    /// Whether there is one with such a text in its JSON line: an argument, say.
    bool has(NoticeCode code, const std::string& text) const
    {
        return std::any_of(m_all.begin(), m_all.end(), [&](const Notice& n) {
            return n.code == code && toJsonLine(n).find(text) != std::string::npos;
        });
    }
    /// All as lines, for messages of tests.
    std::string text() const
    {
        std::string lines;
        for (const Notice& notice : m_all) {
            lines += toJsonLine(notice) + "\n";
        }
        return lines;
    }

private:
    std::vector<Notice> m_all;
};

/// Whether the run stands still until something outside is mended.
inline bool isWaiting(NoticeCode code)
{
    return code == NoticeCode::WaitsToSaveRun || code == NoticeCode::WaitsToSaveViews ||
           code == NoticeCode::WaitsForPictures;
}

/// A notice of that code with made arguments.
inline Notice madeNotice(NoticeCode code)
{
    std::vector<NoticeValue> arguments;
    for (const NoticeParameter& parameter : parametersOf(code)) {
        const bool isText = parameter.unit == NoticeUnit::Text || parameter.unit == NoticeUnit::Path;
        arguments.push_back(isText                                ? NoticeValue("some \"text\"\n")
                            : parameter.unit == NoticeUnit::Count ? NoticeValue(std::int64_t(12))
                                                                  : NoticeValue(7200.5));
    }
    return notice(code, arguments);
}

} // namespace thaw::test
