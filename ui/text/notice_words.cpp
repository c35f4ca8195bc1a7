#include "ui/text/notice_words.h"

#include "core/train/cost/run_needs.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"

#include <QCoreApplication>
#include <QLocale>

namespace thaw::ui {

namespace {

struct NoticeWords
{
    Q_DECLARE_TR_FUNCTIONS(NoticeWords)
};

/// Names in braces stay as they are in every language: parametersOf() knows them.
QString templateOf(NoticeCode code)
{
    switch (code) {
    case NoticeCode::RunNeeds:
        return NoticeWords::tr(
            "The run takes about {memory} of memory and {disk} of disk; a checkpoint of it {checkpoint}.");
    case NoticeCode::ExpectedTime:
        return NoticeWords::tr("It should be done in about {time}.");
    case NoticeCode::StoredFeatures:
        return NoticeWords::tr("Stored features take {bytes} in {folder}, where other runs find them.");
    case NoticeCode::DeviceMissing:
        return QStringLiteral("{reason}: {advice}.");
    case NoticeCode::Bfloat16Missing:
        return NoticeWords::tr(
            "This processor has no bfloat16 instructions: float32 is computed in its place.");
    case NoticeCode::Bfloat16NoFaster:
        return NoticeWords::tr("On this processor bfloat16 is no faster than float32, and less exact.");
    case NoticeCode::MemoryTooSmall:
        return NoticeWords::tr(
            "This needs {needed} of memory, more than the {memory} there are: choose a smaller input size.");
    case NoticeCode::MemoryTooSmallForBatch:
        return NoticeWords::tr(
            "This needs {needed} of memory, more than the {memory} there are: choose a batch of {batch}.");
    case NoticeCode::MemoryInUse:
        return NoticeWords::tr(
            "This needs {needed} of memory and {free} are free now: close other programs.");
    case NoticeCode::MemoryInUseForBatch:
        return NoticeWords::tr("This needs {needed} of memory and {free} are free now: close other programs, "
                               "or choose a batch of {batch}.");
    case NoticeCode::LittleDisk:
        return NoticeWords::tr("The run needs {needed} of disk; {free} are free.");
    case NoticeCode::FewerThanABatch:
        return NoticeWords::tr(
            "There are fewer training pictures ({images}) than fit in one batch ({batch}).");
    case NoticeCode::NoValidation:
        return NoticeWords::tr(
            "There are no validation pictures: the best epoch is chosen by training loss.");
    case NoticeCode::NoPretrainedWeights:
        return NoticeWords::tr("Without pretrained weights the results will be poor.");
    case NoticeCode::OtherWeights:
        return NoticeWords::tr("The recipe was made with other weights than these ({source}).");
    case NoticeCode::WeightsNotFetched:
        return NoticeWords::tr("The ImageNet weights could not be fetched, so this training starts from "
                               "random numbers. They are fetched when there is a network.");
    case NoticeCode::FormerSplitUnknown:
        return NoticeWords::tr("The split of that run is not known, since it did not note it and the "
                               "pictures have changed. It is dealt anew: the results cannot be compared.");
    case NoticeCode::PicturesChangedSince:
        return NoticeWords::tr(
            "The pictures have changed since that run: {changes}. Those that were there keep their split.");
    case NoticeCode::RecipeCaution:
        return QStringLiteral("{field} {text}");
    case NoticeCode::CheckingPictures:
        return NoticeWords::tr("Checking that the pictures are as they were");
    case NoticeCode::PreviousCheckpoint:
        return NoticeWords::tr(
            "The last checkpoint could not be used; going on from the one before it ({reason}).");
    case NoticeCode::PicturesChanged:
        return NoticeWords::tr(
            "The pictures have changed: {changes}. Those that were there keep their split. The run goes on "
            "with {train} train, {validation} validation, {test} test.");
    case NoticeCode::PicturesChangedSplitUnknown:
        return NoticeWords::tr("The pictures have changed: {changes}. The run goes on with {train} train, "
                               "{validation} validation, {test} test.");
    case NoticeCode::RateChanged:
        return NoticeWords::tr("The learning rate is {rate} from phase {phase}, epoch {epoch} on.");
    case NoticeCode::EpochBegunAnew:
        return NoticeWords::tr(
            "Epoch {epoch} of phase {phase} begins anew, with the pictures that there are now.");
    case NoticeCode::BestMeasuredAgain:
        return NoticeWords::tr("The best epoch of phase {phase} was chosen on other validation pictures and "
                               "is measured again on the {images} there are.");
    case NoticeCode::BestNotMeasurable:
        return NoticeWords::tr(
            "The best weights of phase {phase} cannot be measured on the pictures there are now: {reason}");
    case NoticeCode::ViewsDoNotFit:
        return NoticeWords::tr("The views that the run stored do not fit any more; new ones are computed.");
    case NoticeCode::WeightsTold:
        return QStringLiteral("{text}");
    case NoticeCode::MicroBatch:
        return NoticeWords::tr(
            "The memory of {device} does not hold a batch of {batch} at once: batches are computed in parts "
            "of {part} from now on, with the same results up to rounding. A batch size of {part} would fit "
            "as a whole, but trains differently.");
    case NoticeCode::PictureLeftOut:
        return NoticeWords::tr("Left out a picture: {reason}");
    case NoticeCode::PicturesLeftOut:
        return NoticeWords::tr("Left out {images} pictures so far; run.json names all of them.");
    case NoticeCode::PhaseEndedEarly:
        return NoticeWords::tr(
            "Phase {phase} ends early, after epoch {epoch}: no better loss for {patience} epochs.");
    case NoticeCode::WaitsToSaveRun:
        return NoticeWords::tr("Training waits, because the run cannot be saved: {reason}. It goes on as "
                               "soon as that is mended.");
    case NoticeCode::WaitsToSaveViews:
        return NoticeWords::tr("Training waits, because the views in the cache folder cannot be saved: "
                               "{reason}. It goes on as soon as that is mended.");
    case NoticeCode::RunSaved:
        return NoticeWords::tr("Training goes on: the run could be saved.");
    case NoticeCode::ViewsSaved:
        return NoticeWords::tr("Training goes on: the views in the cache folder could be saved.");
    case NoticeCode::WaitsForPictures:
        return NoticeWords::tr(
            "Training waits for its pictures: {reason}. It goes on as soon as they are back.");
    case NoticeCode::PicturesBack:
        return NoticeWords::tr("The pictures are back; training goes on.");
    case NoticeCode::LockTakenAgain:
        return NoticeWords::tr("run.lock was removed while the run trains, so that another process could "
                               "have trained into it too. It is locked again.");
    case NoticeCode::MeasuredPartly:
        return NoticeWords::tr("Only {measured} of {images} {split} pictures could be measured.");
    case NoticeCode::ClassesUnmeasured:
        return NoticeWords::tr("The {split} result is over {measured} of {classes} classes: no picture of "
                               "{names} was measured.");
    }
    return {};
}

std::string argumentText(NoticeUnit unit, const NoticeValue& value)
{
    switch (unit) {
    case NoticeUnit::Text:
    case NoticeUnit::Path:
        return std::get<std::string>(value);
    case NoticeUnit::Count:
        return QLocale().toString(qlonglong(std::get<std::int64_t>(value))).toStdString();
    case NoticeUnit::Bytes:
        return byteText(std::get<double>(value));
    case NoticeUnit::Seconds:
        return roughDurationText(std::get<double>(value)).toStdString();
    case NoticeUnit::Number:
        break;
    }
    return QLocale().toString(std::get<double>(value), 'g', 6).toStdString();
}

} // namespace

QString noticeText(const Notice& notice)
{
    return plainLines(filledIn(templateOf(notice.code).toStdString(), notice, argumentText));
}

} // namespace thaw::ui
