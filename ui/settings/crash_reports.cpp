#include "ui/settings/crash_reports.h"

#include "ui/session.h"

#include <QDir>
#include <QFileInfo>
#include <QSettings>

namespace thaw::ui {

namespace {

constexpr auto toldKey = "crash/told";
constexpr int logsKept = 10;

/// Newest first: the names begin with the time. Empty ones are of a program that has not crashed yet.
QFileInfoList crashLogs(const QString& folder)
{
    QFileInfoList logs =
        QDir(folder).entryInfoList({"crash-*.log"}, QDir::Files, QDir::Name | QDir::Reversed);
    logs.removeIf([](const QFileInfo& log) { return log.size() == 0; });
    return logs;
}

} // namespace

std::optional<QString> untoldCrashLog(const std::filesystem::path& folder)
{
    const QFileInfoList logs = crashLogs(toText(folder));
    if (logs.isEmpty() || logs.first().fileName() <= QSettings().value(toldKey).toString()) {
        return std::nullopt;
    }
    return logs.first().absoluteFilePath();
}

void markCrashLogTold(const QString& file)
{
    const QFileInfo log(file);
    QSettings().setValue(toldKey, log.fileName());
    for (const QFileInfo& old : crashLogs(log.absolutePath()).mid(logsKept)) {
        QFile::remove(old.absoluteFilePath());
    }
}

} // namespace thaw::ui
