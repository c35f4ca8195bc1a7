#include "app/cli/notice_words.h"

#include "core/train/cost/run_needs.h"

#include <cmath>
#include <cstdio>

namespace thaw::cli {

namespace {

const char* templateOf(NoticeCode code)
{
    switch (code) {
    case NoticeCode::RunNeeds:
        return "The run takes about {memory} of memory and {disk} of disk; a checkpoint of it {checkpoint}.";
    case NoticeCode::ExpectedTime:
        return "It should be done in about {time}.";
    case NoticeCode::StoredFeatures:
        return "Stored features take {bytes} in {folder}, where other runs find them.";
    case NoticeCode::DeviceMissing:
        return "{reason}: {advice}.";
    case NoticeCode::Bfloat16Missing:
        return "This processor has no bfloat16 instructions: float32 is computed in its place.";
    case NoticeCode::Bfloat16NoFaster:
        return "On this processor bfloat16 is no faster than float32, and less exact.";
    case NoticeCode::MemoryTooSmall:
        return "This needs {needed} of memory, more than the {memory} there are: choose a smaller input "
               "size.";
    case NoticeCode::MemoryTooSmallForBatch:
        return "This needs {needed} of memory, more than the {memory} there are: choose a batch of {batch}.";
    case NoticeCode::MemoryInUse:
        return "This needs {needed} of memory and {free} are free now: close other programs.";
    case NoticeCode::MemoryInUseForBatch:
        return "This needs {needed} of memory and {free} are free now: close other programs, or choose a "
               "batch of {batch}.";
    case NoticeCode::LittleDisk:
        return "The run needs {needed} of disk; {free} are free.";
    case NoticeCode::FewerThanABatch:
        return "There are fewer training pictures ({images}) than fit in one batch ({batch}).";
    case NoticeCode::NoValidation:
        return "There are no validation pictures: the best epoch is chosen by training loss.";
    case NoticeCode::NoPretrainedWeights:
        return "Without pretrained weights the results will be poor.";
    case NoticeCode::OtherWeights:
        return "The recipe was made with other weights than these ({source}).";
    case NoticeCode::WeightsNotFetched:
        return "The ImageNet weights could not be fetched, so this training starts from random numbers. With "
               "a network: thaw-cli weights fetch imagenet";
    case NoticeCode::FormerSplitUnknown:
        return "The split of that run is not known, since it did not note it and the pictures have changed. "
               "It is dealt anew: the results cannot be compared.";
    case NoticeCode::PicturesChangedSince:
        return "The pictures have changed since that run: {changes}. Those that were there keep their split.";
    case NoticeCode::RecipeCaution:
        return "{field} {text}";
    case NoticeCode::CheckingPictures:
        return "Checking that the pictures are as they were";
    case NoticeCode::PreviousCheckpoint:
        return "The last checkpoint could not be used; going on from the one before it ({reason}).";
    case NoticeCode::PicturesChanged:
        return "The pictures have changed: {changes}. Those that were there keep their split. The run goes "
               "on "
               "with {train} train, {validation} validation, {test} test.";
    case NoticeCode::PicturesChangedSplitUnknown:
        return "The pictures have changed: {changes}. The run goes on with {train} train, {validation} "
               "validation, {test} test.";
    case NoticeCode::RateChanged:
        return "The learning rate is {rate} from phase {phase}, epoch {epoch} on.";
    case NoticeCode::EpochBegunAnew:
        return "Epoch {epoch} of phase {phase} begins anew, with the pictures that there are now.";
    case NoticeCode::BestMeasuredAgain:
        return "The best epoch of phase {phase} was chosen on other validation pictures and is measured "
               "again "
               "on the {images} there are.";
    case NoticeCode::BestNotMeasurable:
        return "The best weights of phase {phase} cannot be measured on the pictures there are now: {reason}";
    case NoticeCode::ViewsDoNotFit:
        return "The views that the run stored do not fit any more; new ones are computed.";
    case NoticeCode::WeightsTold:
        return "{text}";
    case NoticeCode::MicroBatch:
        return "The memory of {device} does not hold a batch of {batch} at once: batches are computed in "
               "parts of {part} from now on, with the same results up to rounding. A batch size of {part} "
               "would fit as a whole, but trains differently.";
    case NoticeCode::PictureLeftOut:
        return "Left out a picture: {reason}";
    case NoticeCode::PicturesLeftOut:
        return "Left out {images} pictures so far; run.json names all of them.";
    case NoticeCode::PhaseEndedEarly:
        return "Phase {phase} ends early, after epoch {epoch}: no better loss for {patience} epochs.";
    case NoticeCode::WaitsToSaveRun:
        return "Training waits, because the run cannot be saved: {reason}. It goes on as soon as that is "
               "mended.";
    case NoticeCode::WaitsToSaveViews:
        return "Training waits, because the views in the cache folder cannot be saved: {reason}. It goes on "
               "as soon as that is mended.";
    case NoticeCode::RunSaved:
        return "Training goes on: the run could be saved.";
    case NoticeCode::ViewsSaved:
        return "Training goes on: the views in the cache folder could be saved.";
    case NoticeCode::WaitsForPictures:
        return "Training waits for its pictures: {reason}. It goes on as soon as they are back.";
    case NoticeCode::PicturesBack:
        return "The pictures are back; training goes on.";
    case NoticeCode::LockTakenAgain:
        return "run.lock was removed while the run trains, so that another process could have trained into "
               "it too. It is locked again.";
    case NoticeCode::MeasuredPartly:
        return "Only {measured} of {images} {split} pictures could be measured.";
    case NoticeCode::ClassesUnmeasured:
        return "The {split} result is over {measured} of {classes} classes: no picture of {names} was "
               "measured.";
    }
    return "";
}

/// "7 min", "3 h 20 min": no more digits than an estimate has.
std::string roughTime(double seconds)
{
    const auto minutes = static_cast<long>(std::lround(seconds / 60));
    if (minutes < 60) {
        return std::to_string(minutes) + " min";
    }
    const long rest = minutes % 60 / 10 * 10;
    return std::to_string(minutes / 60) + " h" + (rest > 0 ? " " + std::to_string(rest) + " min" : "");
}

std::string argumentText(NoticeUnit unit, const NoticeValue& value)
{
    switch (unit) {
    case NoticeUnit::Text:
    case NoticeUnit::Path:
        return std::get<std::string>(value);
    case NoticeUnit::Count:
        return std::to_string(std::get<std::int64_t>(value));
    case NoticeUnit::Bytes:
        return byteText(std::get<double>(value));
    case NoticeUnit::Seconds:
        return roughTime(std::get<double>(value));
    case NoticeUnit::Number:
        break;
    }
    char text[32];
    std::snprintf(text, sizeof text, "%g", std::get<double>(value));
    return text;
}

} // namespace

std::string noticeText(const Notice& notice)
{
    return filledIn(templateOf(notice.code), notice, argumentText);
}

} // namespace thaw::cli
