#pragma once

#include "core/data/dataset/split.h"
#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "core/train/cost/compute_work.h"

#include <QString>
#include <QStringList>

#include <filesystem>
#include <optional>

namespace thaw::ui {

class Session;
struct Preflight;

/// What Start would do, in words.
struct TrainingPlan
{
    QString words;         ///< "2,000 training, … 63 steps an epoch."
    QStringList cautions;  ///< what speaks against it, a sentence each
    bool isBlocked = true; ///< it cannot work as it is
};

/// Of the session's recipe and data set.
/// @param speed see measureSpeed(); it may not be known yet
/// @param preflight what the disk says, once it is known
TrainingPlan planOf(const Session& session, const ComputeSpeed& speed,
                    const std::optional<Preflight>& preflight);

/// "2,000 training, 1,000 validation and 1,000 test pictures. 63 steps an epoch.": of a run, whatever data
/// set is open meanwhile.
QString runPlanText(const RunRecord& record, const Recipe& recipe);

/// Said as long as such a recipe is chosen, such a run trains, or its result is shown.
QString withoutWeightsText();
bool isWithoutWeights(const Recipe& recipe);

QString headOfFileText(); ///< "As in the weights' file"

/// "5 MiB", "1.2 GiB".
QString sizeText(double bytes);
/// "97.55 %", or "not measured" for what is no number. @param share 0 to 1
QString percentText(double share, int decimals = 2);
/// The same with as many digits as the count supports, see core/base/percent_text.h.
/// @param images that it is over; 0 when that is not known
QString accuracyText(double share, std::int64_t images);
/// Four digits, or "not measured".
QString lossText(double loss);

/// "over 2 of 3 classes": what an accuracy does not tell where a class has no picture in the split measured.
/// Empty where all were measured.
QString coverageText(const RunRecord& record);
/// The same of the validation accuracies.
QString validationCoverageText(const RunRecord& record);

/// Pictures that a run had in a split, of all classes.
std::int64_t pictureCount(const RunRecord& record, Split split);

/// How a run ended: "Finished", "Stopped" …
QString endTitle(const RunRecord& record, bool paused);
/// The same in whole sentences, with its test result and where it is.
QString endText(const RunRecord& record, bool paused, const std::filesystem::path& folder,
                bool hasCheckpoint);

/// "7 minutes", "3 h 20 min": no more digits than an estimate has.
QString roughDurationText(double seconds);

} // namespace thaw::ui
