#pragma once

#include <QString>

#include <filesystem>
#include <string>
#include <string_view>

class QUrl;

namespace thaw::ui {

/// A path's bytes, or those of any text of core's, as a QString and back, with nothing lost. A byte that is
/// no UTF-8 becomes a character of its own (U+DC80 to U+DCFF, which no text has otherwise), so that folders
/// named in an old encoding open too. Such a QString is for these functions and for plain_text.h,
/// which shows the byte as \xe9; Qt's own file functions do not know the file.
QString bytesToText(std::string_view bytes);
std::string textToBytes(const QString& text);
QString toText(const std::filesystem::path& path);
std::filesystem::path toPath(const QString& text);

/// A local file's place as a desktop hands it over, and the reverse: with the path's bytes as they are.
QString localPath(const QUrl& url);
QUrl fileUrl(const std::filesystem::path& path);

} // namespace thaw::ui
