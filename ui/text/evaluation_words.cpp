#include "ui/text/evaluation_words.h"

#include "core/evaluate/metrics/confusion_order.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

struct EvaluationWords
{
    Q_DECLARE_TR_FUNCTIONS(EvaluationWords)
};

/// An accuracy known no closer than this says little about the next change of settings.
constexpr double wideInterval = 0.1;
/// One picture more or less is then 5 %.
constexpr int fewPictures = 20;
/// A pair of classes with this share of all mistakes is worth a look of its own.
constexpr double largeShare = 0.4;
constexpr int fewestMistakes = 5;

QString useOf(const std::string& part)
{
    return part == "test"         ? EvaluationWords::tr("never used for choosing")
           : part == "validation" ? EvaluationWords::tr("used to choose the best epoch")
           : part == "train"      ? EvaluationWords::tr("trained on, so better than on new ones")
           : part == "unseen"     ? EvaluationWords::tr("not seen in training")
                                  : EvaluationWords::tr("some of them perhaps trained on");
}

void addBaseline(const ShownEvaluation& shown, QStringList& advice)
{
    const Evaluation& evaluation = shown.evaluation();
    if (evaluation.classes.size() < 2 || shown.figures.accuracyInterval.low > shown.figures.baseline) {
        return;
    }
    const QString guess = accuracyText(shown.figures.baseline, evaluation.score.images);
    if (evaluation.score.accuracy <= shown.figures.baseline) {
        advice << EvaluationWords::tr(
                      "This is no better than always answering with the largest class, which reaches %1. "
                      "Look at the curves: train longer, with a larger learning rate or with pretrained "
                      "weights.")
                      .arg(guess);
    } else {
        advice << EvaluationWords::tr("With so few pictures this may be no better than always answering with "
                                      "the largest class, which reaches %1.")
                      .arg(guess);
    }
}

void addWidth(const ShownEvaluation& shown, QStringList& advice)
{
    const AccuracyInterval& interval = shown.figures.accuracyInterval;
    if (interval.high - interval.low > wideInterval) {
        advice << EvaluationWords::tr("%n picture(s) tell the accuracy only as %1. Compare models on more "
                                      "pictures before you prefer one.",
                                      nullptr, shown.evaluation().score.images)
                      .arg(intervalText(interval, shown.evaluation().score.images));
    }
}

void addPair(const ShownEvaluation& shown, QStringList& advice)
{
    const Evaluation& evaluation = shown.evaluation();
    const auto wrong = double(shown.wrong());
    if (evaluation.classes.size() < 3 || wrong < fewestMistakes) {
        return;
    }
    int most = 0;
    std::size_t first = 0;
    std::size_t second = 0;
    for (const Confusion& entry : largestConfusions(evaluation.confusion)) {
        const int both = entry.images + evaluation.confusion[entry.predicted][entry.truth];
        if (both > most) {
            most = both;
            first = entry.truth;
            second = entry.predicted;
        }
    }
    if (most >= largeShare * wrong) {
        advice << EvaluationWords::tr("%1 of the %2 mistakes are between %3 and %4. Look at these first: are "
                                      "they labelled rightly, and could you tell them apart?")
                      .arg(QLocale().toString(most), QLocale().toString(int(wrong)), className(shown, first),
                           className(shown, second));
    }
}

void addFewPictures(const ShownEvaluation& shown, QStringList& advice)
{
    const auto& classes = shown.figures.classes;
    std::size_t none = 0;
    std::size_t few = 0;
    std::size_t fewest = classes.size();
    for (std::size_t i = 0; i < classes.size(); ++i) {
        none += classes[i].images == 0 ? 1 : 0;
        if (classes[i].images > 0 && classes[i].images < fewPictures) {
            ++few;
            fewest = fewest == classes.size() || classes[i].images < classes[fewest].images ? i : fewest;
        }
    }
    if (none > 0) {
        advice << EvaluationWords::tr("%n class(es) had no picture to be measured by.", nullptr, int(none));
    }
    if (few == 1) {
        advice << EvaluationWords::tr("%1 was measured by %n picture(s) only: its row says little. Add more.",
                                      nullptr, classes[fewest].images)
                      .arg(className(shown, fewest));
    } else if (few > 1) {
        advice << EvaluationWords::tr("%n class(es) were measured by fewer than %1 pictures, %2 by %3: their "
                                      "rows say little. Add more.",
                                      nullptr, int(few))
                      .arg(QLocale().toString(fewPictures), className(shown, fewest),
                           QLocale().toString(classes[fewest].images));
    }
}

/// The class to begin with, where the others do clearly better.
void addWeakest(const ShownEvaluation& shown, QStringList& advice)
{
    const auto& classes = shown.figures.classes;
    std::size_t weakest = classes.size();
    for (std::size_t i = 0; i < classes.size(); ++i) {
        if (classes[i].images >= fewPictures &&
            (weakest == classes.size() || classes[i].recall < classes[weakest].recall))
        {
            weakest = i;
        }
    }
    if (weakest < classes.size() && classes[weakest].recallInterval.high < shown.figures.balancedAccuracy) {
        advice << EvaluationWords::tr(
                      "%1 is found least often, %2 of the time. More and more varied pictures "
                      "of it would help most.")
                      .arg(className(shown, weakest),
                           accuracyText(classes[weakest].recall, classes[weakest].images));
    }
}

} // namespace

QString className(const ShownEvaluation& evaluation, std::size_t label)
{
    const auto& classes = evaluation.evaluation().classes;
    return label < classes.size() ? plainLine(classes[label]) : QString();
}

QString partTitle(const std::string& part)
{
    return part == "test"         ? EvaluationWords::tr("Test")
           : part == "validation" ? EvaluationWords::tr("Validation")
           : part == "train"      ? EvaluationWords::tr("Training")
           : part == "unseen"     ? EvaluationWords::tr("Other pictures")
                                  : EvaluationWords::tr("All pictures");
}

QString subjectText(const ShownEvaluation& shown)
{
    const Evaluation& evaluation = shown.evaluation();
    QString text = EvaluationWords::tr("%1: %n picture(s), %2.",
                                       "Test: 500 pictures, never used for choosing", evaluation.score.images)
                       .arg(partTitle(evaluation.split), useOf(evaluation.split));
    const QDateTime time =
        QDateTime::fromString(QString::fromStdString(shown.kept.evaluatedAt), Qt::ISODate).toLocalTime();
    if (time.isValid()) {
        text +=
            ' ' + EvaluationWords::tr("Measured on %1.").arg(QLocale().toString(time, QLocale::ShortFormat));
    }
    if (!shown.isKept) {
        text += ' ' + EvaluationWords::tr("Not kept in the run.");
    }
    return text;
}

QString intervalText(const AccuracyInterval& interval, std::int64_t images)
{
    return std::isfinite(interval.low) && std::isfinite(interval.high)
               ? EvaluationWords::tr("%1 to %2", "two percentages")
                     .arg(accuracyText(interval.low, images), accuracyText(interval.high, images))
               : QStringLiteral("–");
}

QString figureText(double value)
{
    return std::isfinite(value) ? QLocale().toString(value, 'f', 3) : QStringLiteral("–");
}

QStringList adviceOf(const ShownEvaluation& shown)
{
    QStringList advice;
    if (shown.evaluation().score.images == 0) {
        return advice;
    }
    addBaseline(shown, advice);
    addWidth(shown, advice);
    addPair(shown, advice);
    addWeakest(shown, advice);
    addFewPictures(shown, advice);
    if (advice.isEmpty()) {
        advice << (shown.wrong() == 0
                       ? EvaluationWords::tr("Every picture was answered rightly. Try it on pictures from "
                                             "elsewhere: these may be alike.")
                       : EvaluationWords::tr("Nothing stands out. Look at the mistakes: some may be "
                                             "labelled wrongly."));
    }
    return advice;
}

QStringList gapsOf(const ShownEvaluation& shown)
{
    const Evaluation& evaluation = shown.evaluation();
    QStringList gaps;
    if (!evaluation.leftOut.empty()) {
        gaps << EvaluationWords::tr("%n picture(s) could not be read any more and are not counted.", nullptr,
                                    int(evaluation.leftOut.size()));
    }
    if (!evaluation.notKnown.empty()) {
        QStringList names;
        for (const UnknownClass& unknown : evaluation.unknownClasses) {
            if (names.size() < 3) {
                names << plainLine(unknown.name);
            }
        }
        gaps << EvaluationWords::tr("%n picture(s) of classes that the model does not know are not counted: "
                                    "%1.",
                                    nullptr, int(evaluation.notKnown.size()))
                    .arg(QLocale().createSeparatedList(names));
    }
    return gaps;
}

} // namespace thaw::ui
