#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thaw {

/// What went wrong, as a value front ends can act on and translate. Grouped by ErrorKind.
enum class ErrorCode {
    // Usage: the request itself makes no sense.
    Usage,
    OutputExists,
    // Input: the files given are at fault.
    FileNotFound,
    FileUnreadable,
    ImageUnreadable,
    ImageTooLarge,
    ImageFormatUnsupported,
    DatasetInvalid,
    DatasetEmpty,
    DatasetOneClass,
    RecipeInvalid,
    WeightsInvalid,
    WeightsMissing,
    RunInvalid,
    RunInUse,
    RunDiffers,
    PicturesLost, ///< too many pictures of a data set cannot be used: the user has to accept it
    // Machine: memory, disk, device, network.
    WriteFailed,
    DiskFull,
    OutOfMemory,
    DeviceUnavailable,
    NetworkUnavailable,
    // Failed: the work itself went wrong.
    TrainingDiverged,
    Internal,
};

/// Whose fault it is; the command line's exit status is 2, 3, 4 or 1 in this order.
enum class ErrorKind { Usage, Input, Machine, Failed };

ErrorKind kindOf(ErrorCode code);

/// The stable, machine-readable name of a code ("image-unreadable"), used in JSON.
const char* nameOf(ErrorCode code);
/// The code of such a name; nothing for a name of a newer version.
std::optional<ErrorCode> errorCodeFromName(std::string_view name);

/// What can be done about an error beyond its advice. Front ends have the words: a flag, a button.
enum class Remedy {
    None,
    AcceptLosses,  ///< start although pictures are lost
    AcceptChanges, ///< go on although something differs
    AcceptAll,     ///< both
    ResumeRun,     ///< go on with the run first
    LowerRate,     ///< go on with a lower learning rate
    UseProcessor,  ///< compute without a card
    MeasureAll,    ///< the pictures of all splits
    RepeatRun,     ///< start again by the run's recipe
    ImportWeights, ///< from a file fetched elsewhere
};

/// The one exception type that leaves core. `what()` is one line: "PATH: detail; advice" with the empty
/// parts left out. A stop asked for by the user is never an Error: it is an outcome.
class Error : public std::runtime_error
{
public:
    /// @param detail what happened, in plain words, no final stop ("the header is cut short")
    /// @param advice what to try ("download the file again"), may be empty
    Error(ErrorCode code, const std::filesystem::path& path, std::string detail, std::string advice = {},
          Remedy remedy = Remedy::None);

    ErrorCode code() const { return m_code; }
    ErrorKind kind() const { return kindOf(m_code); }
    const std::filesystem::path& path() const { return m_path; }
    const std::string& detail() const { return m_detail; }
    const std::string& advice() const { return m_advice; }
    Remedy remedy() const { return m_remedy; }

private:
    ErrorCode m_code;
    std::filesystem::path m_path;
    std::string m_detail;
    std::string m_advice;
    Remedy m_remedy;
};

/// Translates the exception being handled into an Error: an Error stays itself, std::bad_alloc becomes
/// OutOfMemory, filesystem and library exceptions the nearest code. Call inside a catch block only.
Error currentError(const std::filesystem::path& path = {});

/// Whether a text is LibTorch's for a convolution that cuDNN finds no way to compute. That happens for want
/// of memory, and where the device, its driver and LibTorch do not fit each other. currentError() calls it
/// OutOfMemory: only computing less at once tells which of the two it is.
bool isWithoutAlgorithm(std::string_view text);

} // namespace thaw
