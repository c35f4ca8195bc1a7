#pragma once

#include "core/base/signals.h"

#include <QObject>

namespace thaw {

/// Turns SIGTERM, SIGHUP and SIGINT into a Qt signal in the window's thread. Repeated ones change nothing,
/// but a SIGINT half a second or more after the first of them ends the program at once, with status 131
/// (StopRequests). One at a time in a program.
class SignalWatch : public QObject
{
    Q_OBJECT

public:
    explicit SignalWatch(QObject* parent = nullptr);
    /// The system's own handling again.
    ~SignalWatch() override;

Q_SIGNALS:
    void stopRequested(int signal);

private:
    void receive();

    StopRequests m_requests;
    int m_pipe[2] = {-1, -1};
};

} // namespace thaw
