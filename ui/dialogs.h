#pragma once

#include <QString>
#include <QStringList>

#include <optional>

class QWidget;

namespace thaw::ui {

struct ErrorReport;

/// The one way to ask the user something modally. Titles and texts are shown as plain_text.h has it. In a
/// test, script it first: then nothing is shown, each question takes the next answer given (with none left it
/// is declined) and is kept in asked().
class Dialogs
{
public:
    /// A yes-or-no question with buttons that say what they do. @return true for `yes`
    static bool confirm(QWidget* parent, const QString& title, const QString& text, const QString& yes,
                        const QString& no);
    /// Nothing when cancelled. @param start folder shown first, may be empty
    static std::optional<QString> chooseFolder(QWidget* parent, const QString& title,
                                               const QString& start = {});
    /// @param filter as in QFileDialog: tr("Recipes (*.json)")
    static std::optional<QString> chooseFile(QWidget* parent, const QString& title, const QString& filter,
                                             const QString& start = {});
    /// Several; empty when cancelled. In a script one.
    static QStringList chooseFiles(QWidget* parent, const QString& title, const QString& filter);
    /// Asks before an existing file is replaced.
    static std::optional<QString> chooseSaveFile(QWidget* parent, const QString& title, const QString& filter,
                                                 const QString& suggested = {});
    static void inform(QWidget* parent, const QString& title, const QString& text);
    static void showError(QWidget* parent, const ErrorReport& error);

    // For tests.
    /// From now on nothing is shown; forgets answers and questions of before.
    static void script();
    static void unscript();
    static void answerConfirm(bool yes);
    /// The next chooseFolder, chooseFile or chooseSaveFile; nothing means cancelled.
    static void answerPath(const std::optional<QString>& path);
    /// "TITLE: TEXT" of all that was asked or told since script(), oldest first.
    static const QStringList& asked();

private:
    class Box;
    struct Script;
    static Script& scripted();
};

} // namespace thaw::ui
