#include "ui/dialogs.h"

#include "ui/text/error_text.h"
#include "ui/text/plain_text.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QList>
#include <QMessageBox>
#include <QPushButton>
#include <QStandardPaths>

namespace thaw::ui {

struct Dialogs::Script
{
    bool active = false;
    QList<bool> confirms;
    QList<QString> paths; ///< a null one: cancelled
    QStringList asked;

    /// True when scripted: the question is kept, and nothing may be shown.
    bool takes(const QString& title, const QString& text)
    {
        if (active) {
            asked << plainLine(title) + ": " + plainLines(text);
        }
        return active;
    }

    std::optional<QString> nextPath()
    {
        const QString path = paths.isEmpty() ? QString() : paths.takeFirst();
        return path.isNull() ? std::nullopt : std::optional(path);
    }
};

Dialogs::Script& Dialogs::scripted()
{
    static Script script;
    return script;
}

/// Whoever wrote a name or a message in it, its words are nothing but words.
class Dialogs::Box : public QMessageBox
{
public:
    Box(Icon icon, const QString& title, const QString& text, StandardButtons buttons, QWidget* parent)
        : QMessageBox(icon, plainLine(title), plainLine(title), buttons, parent)
    {
        setTextFormat(Qt::PlainText);
        setInformativeText(plainLines(text));
    }
};

bool Dialogs::confirm(QWidget* parent, const QString& title, const QString& text, const QString& yes,
                      const QString& no)
{
    Script& script = scripted();
    if (script.takes(title, text)) {
        return !script.confirms.isEmpty() && script.confirms.takeFirst();
    }
    Box box(QMessageBox::Question, title, text, QMessageBox::NoButton, parent);
    const auto* accept = box.addButton(yes, QMessageBox::AcceptRole);
    auto* reject = box.addButton(no, QMessageBox::RejectRole);
    box.setDefaultButton(reject);
    box.setEscapeButton(reject);
    box.exec();
    return box.clickedButton() == accept;
}

std::optional<QString> Dialogs::chooseFolder(QWidget* parent, const QString& title, const QString& start)
{
    if (scripted().takes(title, start)) {
        return scripted().nextPath();
    }
    const QString folder = QFileDialog::getExistingDirectory(parent, title, start);
    return folder.isEmpty() ? std::nullopt : std::optional(folder);
}

std::optional<QString> Dialogs::chooseFile(QWidget* parent, const QString& title, const QString& filter,
                                           const QString& start)
{
    if (scripted().takes(title, filter)) {
        return scripted().nextPath();
    }
    const QString file = QFileDialog::getOpenFileName(parent, title, start, filter);
    return file.isEmpty() ? std::nullopt : std::optional(file);
}

QStringList Dialogs::chooseFiles(QWidget* parent, const QString& title, const QString& filter)
{
    if (scripted().takes(title, filter)) {
        const std::optional<QString> path = scripted().nextPath();
        return path ? QStringList(*path) : QStringList();
    }
    static QString folder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
    const QStringList files = QFileDialog::getOpenFileNames(parent, title, folder, filter);
    if (!files.isEmpty()) {
        folder = QFileInfo(files.first()).absolutePath();
    }
    return files;
}

std::optional<QString> Dialogs::chooseSaveFile(QWidget* parent, const QString& title, const QString& filter,
                                               const QString& suggested)
{
    if (scripted().takes(title, filter)) {
        return scripted().nextPath();
    }
    static QString folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    const QString file =
        QFileDialog::getSaveFileName(parent, title, QDir(folder).filePath(suggested), filter);
    if (!file.isEmpty()) {
        folder = QFileInfo(file).absolutePath();
    }
    return file.isEmpty() ? std::nullopt : std::optional(file);
}

void Dialogs::inform(QWidget* parent, const QString& title, const QString& text)
{
    if (scripted().takes(title, text)) {
        return;
    }
    Box box(QMessageBox::Information, title, text, QMessageBox::Ok, parent);
    box.exec();
}

void Dialogs::showError(QWidget* parent, const ErrorReport& error)
{
    const QString title = errorTitle(error.code);
    if (scripted().takes(title, errorText(error))) {
        return;
    }
    Box box(QMessageBox::Warning, title, errorText(error), QMessageBox::Ok, parent);
    box.exec();
}

void Dialogs::script()
{
    scripted() = Script{};
    scripted().active = true;
}

void Dialogs::unscript()
{
    scripted() = Script{};
}

void Dialogs::answerConfirm(bool yes)
{
    scripted().confirms.push_back(yes);
}

void Dialogs::answerPath(const std::optional<QString>& path)
{
    scripted().paths.push_back(path.value_or(QString()));
}

const QStringList& Dialogs::asked()
{
    return scripted().asked;
}

} // namespace thaw::ui
