#include "ui/text/plain_text.h"

#include "core/base/printable.h"
#include "ui/text/path_text.h"

#include <QCoreApplication>
#include <QEvent>
#include <QLabel>
#include <QStringList>

namespace thaw::ui {

namespace {

constexpr qsizetype longestLine = 200;
constexpr qsizetype longestMessageLine = 400;
constexpr qsizetype mostLines = 40;
constexpr qsizetype toolTipWidth = 100; ///< characters
constexpr char16_t wordJoiner = 0x2060; ///< has no width

/// Cut before it is looked through: a name may have millions of characters. Never within a character.
QString elided(const QString& text, qsizetype longest)
{
    if (text.size() <= longest) {
        return text;
    }
    qsizetype head = longest * 2 / 3;
    qsizetype tail = text.size() - (longest - head);
    head -= text[head - 1].isHighSurrogate() ? 1 : 0;
    tail += text[tail].isLowSurrogate() && text[tail - 1].isHighSurrogate() ? 1 : 0;
    return text.left(head) + QChar(0x2026) + text.mid(tail);
}

QString shown(const QString& text, qsizetype longest)
{
    return elided(bytesToText(printable(textToBytes(elided(text, longest)))), longest);
}

/// After a space or a slash if there is one near enough.
QString broken(const QString& line)
{
    QString lines;
    qsizetype begin = 0;
    while (line.size() - begin > toolTipWidth) {
        qsizetype end = begin + toolTipWidth;
        for (qsizetype at = end; at > end - toolTipWidth / 2; --at) {
            if (line[at - 1] == ' ' || line[at - 1] == '/') {
                end = at;
                break;
            }
        }
        end -= line[end].isLowSurrogate() ? 1 : 0;
        lines += line.mid(begin, end - begin) + '\n';
        begin = end;
    }
    return lines + line.mid(begin);
}

/// Makes every label plain, tooltips too, before it first looks at its text, unless it was told a format.
class PlainLabels : public QObject
{
public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Polish) {
            auto* label = qobject_cast<QLabel*>(watched);
            if (label && label->textFormat() == Qt::AutoText) {
                label->setTextFormat(Qt::PlainText);
            }
        }
        return false;
    }
};

void makeLabelsPlain()
{
    qApp->installEventFilter(new PlainLabels(qApp));
}

Q_COREAPP_STARTUP_FUNCTION(makeLabelsPlain)

} // namespace

QString plainLine(const QString& text)
{
    return shown(text, longestLine);
}

QString plainLine(std::string_view bytes)
{
    return plainLine(bytesToText(bytes));
}

QString plainLines(const QString& text)
{
    QStringList lines;
    qsizetype begin = 0;
    while (begin <= text.size()) {
        if (lines.size() == mostLines) {
            lines << QString(QChar(0x2026));
            break;
        }
        const qsizetype found = text.indexOf('\n', begin);
        const qsizetype end = found < 0 ? text.size() : found;
        QStringList parts = text.mid(begin, end - begin).split('\t');
        for (QString& part : parts) {
            part = shown(part, longestMessageLine);
        }
        lines << elided(parts.join('\t'), longestMessageLine);
        begin = end + 1;
    }
    return lines.join('\n');
}

QString plainLines(std::string_view bytes)
{
    return plainLines(bytesToText(bytes));
}

QString plainToolTip(const QString& text)
{
    QStringList lines = plainLines(text).split('\n');
    for (QString& line : lines) {
        line = broken(line);
    }
    QString tip = lines.join('\n');
    if (Qt::mightBeRichText(tip)) {
        tip.replace('<', QString('<') + QChar(wordJoiner))
            .replace("&lt;", QString('&') + QChar(wordJoiner) + "lt;");
    }
    return tip;
}

QString plainCaption(const QString& text)
{
    return plainLine(text).replace('&', "&&");
}

QString plainHtml(const QString& text)
{
    return plainLine(text).toHtmlEscaped();
}

} // namespace thaw::ui
