#pragma once

#include <QObject>

namespace thaw {

/// Turns SIGTERM, SIGHUP and SIGINT into a Qt signal in the window's thread. Repeated ones change nothing,
/// but a second SIGINT ends the program at once. One at a time in a program.
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

    int m_pipe[2] = {-1, -1};
};

} // namespace thaw
