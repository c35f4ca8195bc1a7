#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thaw {

/// What a run tells beside its progress. Core has codes and arguments; front ends have the words. A row of
/// the table in notice.cpp says each one's name, level and arguments.
enum class NoticeCode {
    // What a new run takes of the machine
    RunNeeds,
    ExpectedTime,
    StoredFeatures,
    // Cautions before it starts
    DeviceMissing,
    Bfloat16Missing,
    Bfloat16NoFaster,
    MemoryTooSmall,
    MemoryTooSmallForBatch,
    MemoryInUse,
    MemoryInUseForBatch,
    LittleDisk,
    FewerThanABatch,
    NoValidation,
    NoPretrainedWeights,
    OtherWeights,
    WeightsNotFetched,
    FormerSplitUnknown,
    PicturesChangedSince,
    RecipeCaution,
    // Going on with a run
    CheckingPictures,
    PreviousCheckpoint,
    PicturesChanged,
    PicturesChangedSplitUnknown,
    RateChanged,
    EpochBegunAnew,
    BestMeasuredAgain,
    BestNotMeasurable,
    ViewsDoNotFit,
    // While it trains
    WeightsTold,
    MicroBatch,
    PictureLeftOut,
    PicturesLeftOut,
    PhaseEndedEarly,
    WaitsToSaveRun,
    WaitsToSaveViews,
    RunSaved,
    ViewsSaved,
    WaitsForPictures,
    PicturesBack,
    LockTakenAgain,
    // The test
    MeasuredPartly,
    ClassesUnmeasured,
};

enum class NoticeLevel { Info, Warning };

const char* nameOf(NoticeLevel level); ///< "info", "warning"

/// "run-needs", "waits-for-pictures": as events of a run have it (docs/events.md).
const char* nameOf(NoticeCode code);
std::optional<NoticeCode> noticeCodeFromName(std::string_view name);
NoticeLevel levelOf(NoticeCode code);
std::vector<NoticeCode> allNoticeCodes();

/// What an argument is, so that front ends know how to write it.
enum class NoticeUnit {
    Text,    ///< of a program or a person, as it is
    Path,    ///< bytes, as on disk
    Count,   ///< a whole number
    Bytes,   ///< of memory or disk
    Seconds, ///< of time
    Number,  ///< any other number
};

using NoticeValue = std::variant<std::string, std::int64_t, double>;

/// A name and a unit that a code's arguments have, in order.
struct NoticeParameter
{
    std::string_view name; ///< "images"
    NoticeUnit unit = NoticeUnit::Text;
};

const std::vector<NoticeParameter>& parametersOf(NoticeCode code);

struct Notice
{
    NoticeCode code = NoticeCode::RunNeeds;
    std::vector<NoticeValue> arguments; ///< as many as parametersOf() the code, each of its unit

    NoticeLevel level() const { return levelOf(code); }
    bool operator==(const Notice&) const = default;
};

/// @param arguments texts for Text and Path, whole numbers for Count, numbers for the rest
/// @throws std::logic_error when they do not suit the code: a mistake of the program
Notice notice(NoticeCode code, std::vector<NoticeValue> arguments = {});
/// Whether they do.
bool suits(NoticeCode code, const std::vector<NoticeValue>& arguments);

/// A template's text with each "{name}" replaced by what `write` makes of that argument.
/// @param write is given the unit and the value
template <typename Write>
std::string filledIn(std::string_view text, const Notice& notice, Write write)
{
    const std::vector<NoticeParameter>& parameters = parametersOf(notice.code);
    std::string result;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        result += text.substr(0, open);
        if (open == text.npos) {
            break;
        }
        const std::size_t close = text.find('}', open);
        const std::string_view name =
            close == text.npos ? std::string_view() : text.substr(open + 1, close - open - 1);
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            if (parameters[i].name == name) {
                result += write(parameters[i].unit, notice.arguments[i]);
            }
        }
        text.remove_prefix(close == text.npos ? text.size() : close + 1);
    }
    return result;
}

} // namespace thaw
