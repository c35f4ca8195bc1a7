#include "ui/plain_text.h"

#include "ui/path_text.h"

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

bool isHarmless(char32_t character)
{
    switch (QChar::category(character)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return false;
    default:
        return true;
    }
}

QString escaped(char32_t character)
{
    switch (character) {
    case '\n':
        return QStringLiteral("\\n");
    case '\r':
        return QStringLiteral("\\r");
    case '\t':
        return QStringLiteral("\\t");
    default:
        break;
    }
    const auto hex = [](char32_t number, int digits) {
        return QString::number(uint(number), 16).toUpper().rightJustified(digits, '0');
    };
    if (character >= 0xDC80 && character <= 0xDCFF) {
        return "\\x" + hex(character - 0xDC00, 2); // a byte that is no UTF-8
    }
    return character < 0x80      ? "\\x" + hex(character, 2)
           : character < 0x10000 ? "\\u" + hex(character, 4)
                                 : "\\U" + hex(character, 8);
}

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

QString harmless(const QString& text, qsizetype longest, bool keepsTabs)
{
    QString shown;
    const QString raw = elided(text, longest);
    for (qsizetype at = 0; at < raw.size(); ++at) {
        char32_t character = raw[at].unicode();
        if (raw[at].isHighSurrogate() && at + 1 < raw.size() && raw[at + 1].isLowSurrogate()) {
            character = QChar::surrogateToUcs4(raw[at], raw[at + 1]);
            ++at;
        }
        if (isHarmless(character) || (keepsTabs && character == '\t')) {
            shown += QStringView(QChar::fromUcs4(character));
        } else {
            shown += escaped(character);
        }
    }
    return elided(shown, longest);
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
    return harmless(text, longestLine, false);
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
        lines << harmless(text.mid(begin, end - begin), longestMessageLine, true);
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
