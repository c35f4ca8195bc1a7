#include "ui/sleep_inhibitor.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace thaw::ui {

SleepInhibitor::SleepInhibitor(QObject* parent)
    : QObject(parent), m_isSystemBus(true), m_bus(QStringLiteral("none"))
{
}

SleepInhibitor::SleepInhibitor(const QDBusConnection& bus, QObject* parent)
    : QObject(parent), m_isSystemBus(false), m_bus(bus)
{
}

void SleepInhibitor::inhibit(const QString& why)
{
    if (m_wanted) {
        return;
    }
    m_wanted = true;
    if (m_isSystemBus) {
        m_bus = QDBusConnection::systemBus();
    }
    if (!m_bus.isConnected()) {
        return;
    }
    QDBusMessage call = QDBusMessage::createMethodCall("org.freedesktop.login1", "/org/freedesktop/login1",
                                                       "org.freedesktop.login1.Manager", "Inhibit");
    call << QStringLiteral("sleep:idle") << QStringLiteral("Thaw") << why << QStringLiteral("block");
    auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusUnixFileDescriptor> reply = *watcher;
        // It may have been released while the answer was on its way.
        if (m_wanted && reply.isValid()) {
            m_descriptor = reply.value();
        }
        watcher->deleteLater();
    });
}

void SleepInhibitor::release()
{
    m_wanted = false;
    m_descriptor = {};
}

} // namespace thaw::ui
