#pragma once

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>

#include <filesystem>

namespace thaw::test {

/// How a call of thaw-cli ended.
struct CliResult
{
    int exitStatus = -1; ///< −1: it crashed or had to be killed
    QByteArray out;
    QByteArray err;

    QJsonObject object() const; ///< the whole of standard output as one JSON object; empty if it is none
    QList<QJsonObject>
    lines() const;          ///< standard output as JSON Lines; a line that is no object becomes an empty one
    int errorLines() const; ///< lines of standard error
};

/// Runs thaw-cli to its end, offline, in the environment of the test: as a copy of the test's program, which
/// saves loading LibTorch, see cli_server.h. What libraries read from the environment as they are loaded is
/// that of the test's start.
CliResult runCli(const QStringList& arguments);
/// The same with the file itself, for what only that can show.
CliResult runCliProcess(const QStringList& arguments);

/// Starts the file and returns; for tests that interfere.
void startCli(QProcess& process, const QStringList& arguments);
/// Reads standard output until a line that contains `word` has come. False when the process ended before.
bool waitForOutput(QProcess& process, const QByteArray& word, QByteArray& read);
CliResult finishCli(QProcess& process);

QString text(const std::filesystem::path& path);

/// Arguments for a training that takes a second: a sixteenth of the width, 32 pixels, no pretrained weights.
/// @param epochs of each of the two phases
QStringList quickTraining(const std::filesystem::path& dataset, const std::filesystem::path& run,
                          int epochs = 2);

} // namespace thaw::test
