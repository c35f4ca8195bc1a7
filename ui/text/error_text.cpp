#include "ui/text/error_text.h"

#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"

#include <QCoreApplication>
#include <QStringList>

namespace thaw::ui {

namespace {

QString sentence(QString text)
{
    if (text.isEmpty()) {
        return text;
    }
    text[0] = text[0].toUpper();
    return text.endsWith('.') ? text : text + '.';
}

} // namespace

ErrorReport reportOf(const Error& error)
{
    return {error.code(), toText(error.path()), bytesToText(error.detail()), bytesToText(error.advice())};
}

ErrorReport currentErrorReport()
{
    return reportOf(currentError());
}

QString errorTitle(ErrorCode code)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("ErrorText", text); };
    switch (code) {
    case ErrorCode::Usage:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "That is not possible"));
    case ErrorCode::OutputExists:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The target is not empty"));
    case ErrorCode::FileNotFound:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "Nothing was found there"));
    case ErrorCode::FileUnreadable:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The file cannot be read"));
    case ErrorCode::ImageUnreadable:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The picture cannot be read"));
    case ErrorCode::ImageTooLarge:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The picture is too large"));
    case ErrorCode::ImageFormatUnsupported:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "Pictures of this kind are not supported"));
    case ErrorCode::DatasetInvalid:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "This is not a data set"));
    case ErrorCode::DatasetEmpty:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "No pictures in this folder"));
    case ErrorCode::DatasetOneClass:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "There is only one class"));
    case ErrorCode::RecipeInvalid:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The recipe has mistakes"));
    case ErrorCode::WeightsInvalid:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The weights cannot be used"));
    case ErrorCode::WeightsMissing:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The weights are missing"));
    case ErrorCode::RunInvalid:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The run folder is damaged"));
    case ErrorCode::RunInUse:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The run is in use"));
    case ErrorCode::RunDiffers:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "Something has changed since the run"));
    case ErrorCode::PicturesLost:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "Many pictures are missing"));
    case ErrorCode::WriteFailed:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "Writing failed"));
    case ErrorCode::DiskFull:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The disk is full"));
    case ErrorCode::OutOfMemory:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "Not enough memory"));
    case ErrorCode::DeviceUnavailable:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The device is not available"));
    case ErrorCode::NetworkUnavailable:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "The network cannot be reached"));
    case ErrorCode::TrainingDiverged:
        return tr(QT_TRANSLATE_NOOP("ErrorText", "Training went astray"));
    case ErrorCode::Internal:
        break;
    }
    return tr(QT_TRANSLATE_NOOP("ErrorText", "Something went wrong"));
}

QString errorText(const ErrorReport& error)
{
    QStringList lines;
    for (const QString& line :
         {plainLine(error.path), plainLines(sentence(error.detail)), plainLines(sentence(error.advice))})
    {
        if (!line.isEmpty()) {
            lines << line;
        }
    }
    return lines.join('\n');
}

} // namespace thaw::ui
