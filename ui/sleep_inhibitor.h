#pragma once

#include <QDBusConnection>
#include <QDBusUnixFileDescriptor>
#include <QObject>
#include <QString>

namespace thaw::ui {

/// Asks logind (org.freedesktop.login1, Inhibit) to let the machine neither sleep nor idle. Without a bus,
/// without logind, or where it says no, nothing happens. Never waits.
class SleepInhibitor : public QObject
{
    Q_OBJECT

public:
    /// Connects to the system's bus at the first inhibit().
    explicit SleepInhibitor(QObject* parent = nullptr);
    explicit SleepInhibitor(const QDBusConnection& bus, QObject* parent = nullptr);

    /// @param why as the desktop may show it
    void inhibit(const QString& why);
    void release();
    /// logind has agreed.
    bool isInhibiting() const { return m_descriptor.isValid(); }

private:
    bool m_wanted = false;
    bool m_isSystemBus;
    QDBusConnection m_bus;
    QDBusUnixFileDescriptor m_descriptor; ///< the machine stays awake as long as it is open
};

} // namespace thaw::ui
