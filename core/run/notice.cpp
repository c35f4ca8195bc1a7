#include "core/run/notice.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace thaw {

namespace {

using Unit = NoticeUnit;

struct NoticeRow
{
    NoticeCode code;
    const char* name;
    NoticeLevel level;
    std::vector<NoticeParameter> parameters;
};

const std::vector<NoticeRow>& noticeRows()
{
    using enum NoticeCode;
    constexpr auto info = NoticeLevel::Info;
    constexpr auto warning = NoticeLevel::Warning;
    static const std::vector<NoticeRow> rows{
        {RunNeeds,
         "run-needs",
         info,
         {{"memory", Unit::Bytes}, {"disk", Unit::Bytes}, {"checkpoint", Unit::Bytes}}},
        {ExpectedTime, "expected-time", info, {{"time", Unit::Seconds}}},
        {StoredFeatures, "stored-features", info, {{"bytes", Unit::Bytes}, {"folder", Unit::Path}}},
        {DeviceMissing, "device-missing", warning, {{"reason", Unit::Text}, {"advice", Unit::Text}}},
        {Bfloat16Missing, "bfloat16-missing", warning, {}},
        {Bfloat16NoFaster, "bfloat16-no-faster", warning, {}},
        {MemoryTooSmall, "memory-too-small", warning, {{"needed", Unit::Bytes}, {"memory", Unit::Bytes}}},
        {MemoryTooSmallForBatch,
         "memory-too-small-for-batch",
         warning,
         {{"needed", Unit::Bytes}, {"memory", Unit::Bytes}, {"batch", Unit::Count}}},
        {MemoryInUse, "memory-in-use", warning, {{"needed", Unit::Bytes}, {"free", Unit::Bytes}}},
        {MemoryInUseForBatch,
         "memory-in-use-for-batch",
         warning,
         {{"needed", Unit::Bytes}, {"free", Unit::Bytes}, {"batch", Unit::Count}}},
        {LittleDisk, "little-disk", warning, {{"needed", Unit::Bytes}, {"free", Unit::Bytes}}},
        {FewerThanABatch, "fewer-than-a-batch", warning, {{"images", Unit::Count}, {"batch", Unit::Count}}},
        {NoValidation, "no-validation", warning, {}},
        {NoPretrainedWeights, "no-pretrained-weights", warning, {}},
        {WeightsNotFetched, "weights-not-fetched", warning, {}},
        {FormerSplitUnknown, "former-split-unknown", warning, {}},
        {PicturesChangedSince, "pictures-changed-since", warning, {{"changes", Unit::Text}}},
        {RecipeCaution, "recipe-caution", warning, {{"field", Unit::Text}, {"text", Unit::Text}}},
        {OtherWeights, "other-weights", warning, {{"source", Unit::Text}}},
        {CheckingPictures, "checking-pictures", info, {}},
        {PreviousCheckpoint, "previous-checkpoint", warning, {{"reason", Unit::Text}}},
        {PicturesChanged,
         "pictures-changed",
         warning,
         {{"changes", Unit::Text},
          {"train", Unit::Count},
          {"validation", Unit::Count},
          {"test", Unit::Count}}},
        {PicturesChangedSplitUnknown,
         "pictures-changed-split-unknown",
         warning,
         {{"changes", Unit::Text},
          {"train", Unit::Count},
          {"validation", Unit::Count},
          {"test", Unit::Count}}},
        {RateChanged,
         "rate-changed",
         info,
         {{"rate", Unit::Number}, {"phase", Unit::Count}, {"epoch", Unit::Count}}},
        {EpochBegunAnew, "epoch-begun-anew", info, {{"epoch", Unit::Count}, {"phase", Unit::Count}}},
        {BestMeasuredAgain, "best-measured-again", info, {{"phase", Unit::Count}, {"images", Unit::Count}}},
        {BestNotMeasurable, "best-not-measurable", warning, {{"phase", Unit::Count}, {"reason", Unit::Text}}},
        {ViewsDoNotFit, "views-do-not-fit", warning, {}},
        {WeightsTold, "weights", info, {{"text", Unit::Text}}},
        {MicroBatch,
         "micro-batch",
         warning,
         {{"device", Unit::Text}, {"batch", Unit::Count}, {"part", Unit::Count}}},
        {PictureLeftOut, "picture-left-out", warning, {{"reason", Unit::Text}}},
        {PicturesLeftOut, "pictures-left-out", warning, {{"images", Unit::Count}}},
        {PhaseEndedEarly,
         "phase-ended-early",
         info,
         {{"phase", Unit::Count}, {"epoch", Unit::Count}, {"patience", Unit::Count}}},
        {WaitsToSaveRun, "waits-to-save-run", warning, {{"reason", Unit::Text}}},
        {WaitsToSaveViews, "waits-to-save-views", warning, {{"reason", Unit::Text}}},
        {RunSaved, "run-saved", info, {}},
        {ViewsSaved, "views-saved", info, {}},
        {WaitsForPictures, "waits-for-pictures", warning, {{"reason", Unit::Text}}},
        {PicturesBack, "pictures-back", info, {}},
        {LockTakenAgain, "lock-taken-again", warning, {}},
        {MeasuredPartly,
         "measured-partly",
         warning,
         {{"measured", Unit::Count}, {"images", Unit::Count}, {"split", Unit::Text}}},
        {ClassesUnmeasured,
         "classes-unmeasured",
         warning,
         {{"split", Unit::Text}, {"measured", Unit::Count}, {"classes", Unit::Count}, {"names", Unit::Text}}},
    };
    return rows;
}

const NoticeRow& rowOf(NoticeCode code)
{
    const auto& rows = noticeRows();
    const auto found =
        std::find_if(rows.begin(), rows.end(), [code](const NoticeRow& row) { return row.code == code; });
    if (found == rows.end()) {
        throw std::logic_error("a notice without a row");
    }
    return *found;
}

bool suits(NoticeUnit unit, const NoticeValue& value)
{
    switch (unit) {
    case Unit::Text:
    case Unit::Path:
        return std::holds_alternative<std::string>(value);
    case Unit::Count:
        return std::holds_alternative<std::int64_t>(value);
    case Unit::Bytes:
    case Unit::Seconds:
    case Unit::Number:
        break;
    }
    return std::holds_alternative<double>(value);
}

} // namespace

const char* nameOf(NoticeLevel level)
{
    return level == NoticeLevel::Info ? "info" : "warning";
}

const char* nameOf(NoticeCode code)
{
    return rowOf(code).name;
}

std::optional<NoticeCode> noticeCodeFromName(std::string_view name)
{
    for (const NoticeRow& row : noticeRows()) {
        if (name == row.name) {
            return row.code;
        }
    }
    return std::nullopt;
}

std::vector<NoticeCode> allNoticeCodes()
{
    std::vector<NoticeCode> codes;
    for (const NoticeRow& row : noticeRows()) {
        codes.push_back(row.code);
    }
    return codes;
}

NoticeLevel levelOf(NoticeCode code)
{
    return rowOf(code).level;
}

const std::vector<NoticeParameter>& parametersOf(NoticeCode code)
{
    return rowOf(code).parameters;
}

bool suits(NoticeCode code, const std::vector<NoticeValue>& arguments)
{
    const std::vector<NoticeParameter>& parameters = parametersOf(code);
    return std::equal(arguments.begin(), arguments.end(), parameters.begin(), parameters.end(),
                      [](const NoticeValue& value, const NoticeParameter& parameter) {
                          return suits(parameter.unit, value);
                      });
}

Notice notice(NoticeCode code, std::vector<NoticeValue> arguments)
{
    if (!suits(code, arguments)) {
        throw std::logic_error(std::string("the arguments of ") + nameOf(code) + " do not suit it");
    }
    return {code, std::move(arguments)};
}

} // namespace thaw
