#include "ui/jobs/process_job.h"

#include "core/base/error.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"

#include <string_view>
#include <variant>

namespace thaw::ui {

namespace {

/// A batch and a checkpoint, also on a slow machine.
constexpr int longestStopMilliseconds = 60000;
constexpr qsizetype mostErrorBytes = 4096;

} // namespace

ProcessJob::ProcessJob(QObject* parent)
    : QObject(parent), m_reader([this](const RunEvent& event) { takeEvent(event); })
{
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &ProcessJob::readOutput);
    connect(&m_process, &QProcess::readyReadStandardError, this, &ProcessJob::readErrors);
    connect(&m_process, &QProcess::finished, this, &ProcessJob::end);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) {
            m_errors = m_process.errorString().toUtf8();
            conclude();
        }
    });
}

ProcessJob::~ProcessJob()
{
    m_process.disconnect(this);
    if (m_isRunning) {
        requestStop();
        if (!m_process.waitForFinished(longestStopMilliseconds)) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }
}

bool ProcessJob::start(const QString& program, const QStringList& arguments)
{
    if (m_isRunning) {
        return false;
    }
    m_reader = RunEventReader([this](const RunEvent& event) { takeEvent(event); });
    m_errors.clear();
    m_isRunning = true;
    m_hasEnded = m_toldBadLine = m_toldNewer = false;
    m_process.start(program, arguments, QIODevice::ReadOnly);
    return true;
}

void ProcessJob::requestStop()
{
    m_process.terminate();
}

void ProcessJob::readOutput()
{
    const QByteArray bytes = m_process.readAllStandardOutput();
    m_reader.read(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    tellDoubts();
}

void ProcessJob::readErrors()
{
    m_errors = (m_errors + m_process.readAllStandardError()).right(mostErrorBytes);
}

void ProcessJob::takeEvent(const RunEvent& event)
{
    m_hasEnded = m_hasEnded || std::holds_alternative<RunEnded>(event);
    Q_EMIT happened(event);
}

void ProcessJob::tellDoubts()
{
    if (m_reader.isNewer() && !m_toldNewer) {
        m_toldNewer = true;
        Q_EMIT doubted(
            tr("The program that trains is newer than this one. Some of what it tells is not shown."));
    }
    if (m_reader.badLines() > 0 && !m_toldBadLine) {
        m_toldBadLine = true;
        Q_EMIT doubted(tr("Part of what the training tells could not be read: %1")
                           .arg(bytesToText(m_reader.firstFault())));
    }
}

void ProcessJob::end()
{
    readOutput();
    readErrors();
    m_reader.finish();
    tellDoubts();
    conclude();
}

void ProcessJob::conclude()
{
    m_isRunning = false;
    if (!m_hasEnded) {
        const QString said = plainLines(m_errors.toStdString()).trimmed();
        Q_EMIT failed({ErrorCode::Internal,
                       m_process.program(),
                       said.isEmpty() ? tr("The training ended without a result") : said,
                       {}});
    }
    Q_EMIT finished();
}

} // namespace thaw::ui
