#pragma once

#include "ui/session.h"
#include "ui/theme.h"

#include <QSize>
#include <QString>

#include <optional>

class QCoreApplication;

namespace thaw {

/// What the command line of the window asks for.
struct StartOptions
{
    QString path; ///< a data set or a run; may be empty
    ui::ThemeMode theme = ui::ThemeMode::System;
    std::optional<ui::Page> page;
    std::optional<QSize> size;
    QString screenshot; ///< a file to save the settled window in, then quit
    bool exitAfterStartup = false;
};

/// Reads the arguments. Prints and ends the program for --help and --version, and with status 2 on wrong
/// usage.
StartOptions readStartOptions(int argc, char** argv);

} // namespace thaw
