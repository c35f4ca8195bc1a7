#include "ui/text/path_text.h"

#include "core/base/utf8.h"

#include <QByteArray>
#include <QUrl>

namespace thaw::ui {

namespace {

constexpr char16_t lowestByte = 0xDC80; ///< stands for 0x80
constexpr char16_t highestByte = 0xDCFF;

bool isByte(const QString& text, qsizetype at)
{
    const char16_t unit = text[at].unicode();
    return unit >= lowestByte && unit <= highestByte && (at == 0 || !text[at - 1].isHighSurrogate());
}

} // namespace

QString bytesToText(std::string_view bytes)
{
    QString text;
    while (!bytes.empty()) {
        std::size_t length = 0;
        while (length < bytes.size()) {
            const std::size_t character = utf8Length(bytes.substr(length));
            if (character == 0) {
                break;
            }
            length += character;
        }
        text += QString::fromUtf8(bytes.data(), qsizetype(length));
        bytes.remove_prefix(length);
        if (!bytes.empty()) {
            text += QChar(lowestByte + (static_cast<unsigned char>(bytes.front()) - 0x80));
            bytes.remove_prefix(1);
        }
    }
    return text;
}

QString toText(const std::filesystem::path& path)
{
    return bytesToText(path.native());
}

std::string textToBytes(const QString& text)
{
    std::string bytes;
    qsizetype begin = 0;
    for (qsizetype at = 0; at <= text.size(); ++at) {
        if (at < text.size() && !isByte(text, at)) {
            continue;
        }
        bytes += text.mid(begin, at - begin).toStdString();
        if (at < text.size()) {
            bytes += char(text[at].unicode() - lowestByte + 0x80);
        }
        begin = at + 1;
    }
    return bytes;
}

std::filesystem::path toPath(const QString& text)
{
    return textToBytes(text);
}

QString localPath(const QUrl& url)
{
    return bytesToText(
        QByteArray::fromPercentEncoding(url.path(QUrl::FullyEncoded).toLatin1()).toStdString());
}

QUrl fileUrl(const std::filesystem::path& path)
{
    return QUrl::fromEncoded("file://" + QByteArray::fromStdString(path.native()).toPercentEncoding("/"));
}

} // namespace thaw::ui
