#pragma once

#include "core/run/run_event.h"
#include "core/run/run_event_reader.h"
#include "ui/text/error_text.h"

#include <QByteArray>
#include <QObject>
#include <QProcess>
#include <QString>
#include <QStringList>

namespace thaw::ui {

/// A training in a process of its own, `thaw-cli train … --json --progress`, told about in the same events as
/// a TrainingJob's. After start() come any number of happened(), at most one failed(), then one finished().
/// What the process writes is taken for hostile, see RunEventReader.
class ProcessJob : public QObject
{
    Q_OBJECT

public:
    explicit ProcessJob(QObject* parent = nullptr);
    /// Asks the process to stop and waits until it has saved; kills one that does not end.
    ~ProcessJob() override;

    bool isRunning() const { return m_isRunning; }
    /// False, and nothing happens, when one is running.
    bool start(const QString& program, const QStringList& arguments);
    /// The batch in hand is finished and everything is saved.
    void requestStop();

Q_SIGNALS:
    void happened(const thaw::RunEvent& event);
    /// Something in the output was no event, or is of a newer program; each is told once a start.
    void doubted(const QString& text);
    /// It ended without a result.
    void failed(const thaw::ui::ErrorReport& error);
    void finished();

private:
    void readOutput();
    void readErrors();
    void takeEvent(const RunEvent& event);
    void tellDoubts();
    void end();
    void conclude();

    QProcess m_process;
    RunEventReader m_reader;
    QByteArray m_errors; ///< the end of what it said on standard error
    bool m_isRunning = false;
    bool m_hasEnded = false; ///< RunEnded has come
    bool m_toldBadLine = false;
    bool m_toldNewer = false;
};

} // namespace thaw::ui
