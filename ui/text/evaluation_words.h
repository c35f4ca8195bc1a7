#pragma once

#include "ui/jobs/shown_evaluation.h"

#include <QString>
#include <QStringList>

namespace thaw::ui {

/// A class's name as one line.
QString className(const ShownEvaluation& evaluation, std::size_t label);
/// "Test", "Validation", "All pictures" …: of Evaluation::split.
QString partTitle(const std::string& part);
/// "Test, 500 pictures, never used for choosing. Measured on 1 Dec 2026 04:00."
QString subjectText(const ShownEvaluation& evaluation);
/// "96.9 % to 99.2 %", as wide as so few pictures make it.
QString intervalText(const AccuracyInterval& interval, std::int64_t images);
/// Three decimals, or a dash for what is not defined.
QString figureText(double value);

/// What the figures suggest doing next, and how sure they are with so many pictures: a sentence or two each,
/// the most important first. Never empty of an evaluation with pictures.
QStringList adviceOf(const ShownEvaluation& evaluation);
/// What was measured does not cover: pictures that could not be read, classes that the model does not know.
QStringList gapsOf(const ShownEvaluation& evaluation);

} // namespace thaw::ui
