#include "ui/warning_lines.h"

#include "ui/training_words.h"

namespace thaw::ui {

namespace {

constexpr qsizetype mostOfRun = 5; ///< shown in full

} // namespace

bool WarningLines::add(const QString& text)
{
    if (m_known.contains(text)) {
        return false;
    }
    m_known.insert(text);
    m_ofRun << text;
    return true;
}

bool WarningLines::remove(const QString& text)
{
    return m_known.remove(text) && m_ofRun.removeOne(text);
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
    for (const QString& line : m_cautions + m_ofRun.mid(0, mostOfRun)) {
        // Core's own short word about the same.
        const bool isSaid = m_isWithoutWeights && line.startsWith("Without pretrained weights");
        if (!isSaid && !lines.contains(line)) {
            lines << line;
        }
    }
    if (const qsizetype rest = m_ofRun.size() - mostOfRun; rest > 0) {
        lines << tr("… and %Ln more", nullptr, static_cast<int>(rest));
    }
    return lines.join('\n');
}

} // namespace thaw::ui
