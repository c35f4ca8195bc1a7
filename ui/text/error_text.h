#pragma once

#include "core/base/error.h"

#include <QMetaType>
#include <QString>

namespace thaw::ui {

/// An Error as a value that may cross threads.
struct ErrorReport
{
    ErrorCode code = ErrorCode::Internal;
    QString path;
    QString detail;
    QString advice;

    bool operator==(const ErrorReport&) const = default;
};

ErrorReport reportOf(const Error& error);
/// Of the exception being handled: call inside a catch block only.
ErrorReport currentErrorReport();

/// A short translated heading: "This data set has one class only".
QString errorTitle(ErrorCode code);
/// The rest in plain words: file, what happened, what to try, a line each, the empty ones left out.
QString errorText(const ErrorReport& error);

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::ErrorReport)
