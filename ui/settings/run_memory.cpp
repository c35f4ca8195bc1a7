#include "ui/settings/run_memory.h"

#include <QSettings>

namespace thaw::ui::runMemory {

namespace {

constexpr auto unfinishedKey = "runs/unfinished";
constexpr auto dismissedKey = "runs/dismissed";
constexpr qsizetype longest = 50; ///< the oldest are let go

QStringList read(const char* key)
{
    return QSettings().value(key).toStringList();
}

void change(const char* key, const QString& folder, bool present)
{
    QStringList folders = read(key);
    folders.removeAll(folder);
    if (present) {
        folders << folder;
    }
    QSettings settings;
    settings.setValue(key, folders.mid(std::max<qsizetype>(0, folders.size() - longest)));
    // Now: what comes next may be a crash.
    settings.sync();
}

} // namespace

void remember(const QString& folder)
{
    change(unfinishedKey, folder, true);
    change(dismissedKey, folder, false);
}

void forget(const QString& folder)
{
    change(unfinishedKey, folder, false);
}

QStringList unfinished()
{
    return read(unfinishedKey);
}

void dismiss(const QString& folder)
{
    change(dismissedKey, folder, true);
}

QStringList dismissed()
{
    return read(dismissedKey);
}

} // namespace thaw::ui::runMemory
