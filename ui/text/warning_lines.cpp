#include "ui/text/warning_lines.h"

#include "ui/text/notice_words.h"
#include "ui/text/training_words.h"

#include <algorithm>
#include <variant>

namespace thaw::ui {

namespace {

constexpr std::size_t mostOfRun = 5; ///< shown in full

} // namespace

bool WarningLines::follow(const RunEvent& event)
{
    if (const auto* notice = std::get_if<Notice>(&event)) {
        return notice->level() == NoticeLevel::Warning && add(*notice);
    }
    const auto* ended = std::get_if<NoticeEnded>(&event);
    return ended && remove(ended->code);
}

bool WarningLines::add(const Notice& notice)
{
    const QString text = noticeText(notice);
    if (notice.code == NoticeCode::NoPretrainedWeights || m_known.contains(text)) {
        return false; // the page's own words say the first at length: see setWithoutWeights()
    }
    m_known.insert(text);
    m_ofRun.emplace_back(notice.code, text);
    return true;
}

bool WarningLines::remove(NoticeCode code)
{
    return std::erase_if(m_ofRun, [&](const auto& line) {
               return line.first == code && m_known.remove(line.second);
           }) > 0;
}

void WarningLines::clearRun()
{
    m_ofRun.clear();
    m_known.clear();
}

QString WarningLines::text() const
{
    QStringList lines;
    if (m_isWithoutWeights) {
        lines << withoutWeightsText();
    }
    QStringList others = m_cautions;
    for (std::size_t i = 0; i < std::min(m_ofRun.size(), mostOfRun); ++i) {
        others << m_ofRun[i].second;
    }
    for (const QString& line : others) {
        if (!lines.contains(line)) {
            lines << line;
        }
    }
    if (m_ofRun.size() > mostOfRun) {
        lines << tr("… and %Ln more", nullptr, static_cast<int>(m_ofRun.size() - mostOfRun));
    }
    return lines.join('\n');
}

} // namespace thaw::ui
