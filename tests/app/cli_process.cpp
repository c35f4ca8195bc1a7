#include "tests/app/cli_process.h"

#include "tests/app/cli_server.h"
#include "tests/support/test_paths.h"

#include <QDir>
#include <QFile>

namespace thaw::test {

namespace {

// Far beyond what any call needs; only a hang gets there.
constexpr int limitMilliseconds = 120'000;

} // namespace

QJsonObject CliResult::object() const
{
    return QJsonDocument::fromJson(out).object();
}

QList<QJsonObject> CliResult::lines() const
{
    QList<QJsonObject> objects;
    for (const QByteArray& line : out.split('\n')) {
        if (!line.isEmpty()) {
            objects.append(QJsonDocument::fromJson(line).object());
        }
    }
    return objects;
}

int CliResult::errorLines() const
{
    return static_cast<int>(err.count('\n'));
}

void startCli(QProcess& process, const QStringList& arguments)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("THAW_OFFLINE", "1");
    process.setProcessEnvironment(environment);
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(THAW_CLI, arguments);
    process.waitForStarted();
}

bool waitForOutput(QProcess& process, const QByteArray& word, QByteArray& read)
{
    while (true) {
        while (process.canReadLine()) {
            const QByteArray line = process.readLine();
            read += line;
            if (line.contains(word)) {
                return true;
            }
        }
        if (!process.waitForReadyRead(limitMilliseconds)) {
            return false;
        }
    }
}

CliResult finishCli(QProcess& process)
{
    CliResult result;
    const bool ended = process.state() == QProcess::NotRunning || process.waitForFinished(limitMilliseconds);
    if (!ended) {
        process.kill();
        process.waitForFinished();
    } else if (process.exitStatus() == QProcess::NormalExit) {
        result.exitStatus = process.exitCode();
    }
    result.out = process.readAllStandardOutput();
    result.err = process.readAllStandardError();
    return result;
}

CliResult runCli(const QStringList& arguments)
{
    const TemporaryFolder folder;
    const auto out = folder.path() / "out";
    const auto err = folder.path() / "err";
    CliCall call{QDir::currentPath().toStdString(), out, err, {"THAW_OFFLINE=1"}, {}};
    for (const QString& variable : QProcess::systemEnvironment()) {
        if (!variable.startsWith("THAW_OFFLINE=")) {
            call.environment.push_back(variable.toStdString());
        }
    }
    for (const QString& argument : arguments) {
        call.arguments.push_back(argument.toStdString());
    }
    CliResult result;
    result.exitStatus = runInFork(call);
    const auto read = [](const std::filesystem::path& path) {
        QFile file(text(path));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    result.out = read(out);
    result.err = read(err);
    return result;
}

CliResult runCliProcess(const QStringList& arguments)
{
    QProcess process;
    startCli(process, arguments);
    return finishCli(process);
}

QString text(const std::filesystem::path& path)
{
    return QString::fromStdString(path.string());
}

QStringList quickTraining(const std::filesystem::path& dataset, const std::filesystem::path& run, int epochs)
{
    const QString count = QString::number(epochs);
    return {"train",     text(dataset),
            "--out",     text(run),
            "--weights", "none",
            "--recipe",  "quick",
            "--set",     "width=0.0625",
            "--set",     "input_size=32",
            "--set",     "batch_size=8",
            "--set",     "phases.0.epochs=" + count,
            "--set",     "phases.1.epochs=" + count,
            "--threads", "1",
            "--device",  "cpu",
            "--seed",    "3"};
}

} // namespace thaw::test
