#include "core/base/error.h"

#include "core/base/enum_names.h"

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <new>
#include <system_error>
#include <utility>

namespace thaw {

namespace {

constexpr EnumNames<ErrorCode, 24> errorCodeNames{
    {{ErrorCode::Usage, "usage"},
     {ErrorCode::OutputExists, "output-exists"},
     {ErrorCode::FileNotFound, "file-not-found"},
     {ErrorCode::FileUnreadable, "file-unreadable"},
     {ErrorCode::ImageUnreadable, "image-unreadable"},
     {ErrorCode::ImageTooLarge, "image-too-large"},
     {ErrorCode::ImageFormatUnsupported, "image-format-unsupported"},
     {ErrorCode::DatasetInvalid, "dataset-invalid"},
     {ErrorCode::DatasetEmpty, "dataset-empty"},
     {ErrorCode::DatasetOneClass, "dataset-one-class"},
     {ErrorCode::RecipeInvalid, "recipe-invalid"},
     {ErrorCode::WeightsInvalid, "weights-invalid"},
     {ErrorCode::WeightsMissing, "weights-missing"},
     {ErrorCode::RunInvalid, "run-invalid"},
     {ErrorCode::RunInUse, "run-in-use"},
     {ErrorCode::RunDiffers, "run-differs"},
     {ErrorCode::PicturesLost, "pictures-lost"},
     {ErrorCode::WriteFailed, "write-failed"},
     {ErrorCode::DiskFull, "disk-full"},
     {ErrorCode::OutOfMemory, "out-of-memory"},
     {ErrorCode::DeviceUnavailable, "device-unavailable"},
     {ErrorCode::NetworkUnavailable, "network-unavailable"},
     {ErrorCode::TrainingDiverged, "training-diverged"},
     {ErrorCode::Internal, "internal"}}};
static_assert(isComplete(errorCodeNames, ErrorCode::Internal));

std::string compose(const std::filesystem::path& path, const std::string& detail, const std::string& advice)
{
    std::string text = path.empty() ? detail : path.string() + ": " + detail;
    if (!advice.empty()) {
        text += "; " + advice;
    }
    return text;
}

bool holdsAny(std::string_view text, std::initializer_list<std::string_view> parts)
{
    return std::any_of(parts.begin(), parts.end(),
                       [text](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

} // namespace

ErrorKind kindOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Usage:
    case ErrorCode::OutputExists:
        return ErrorKind::Usage;
    case ErrorCode::FileNotFound:
    case ErrorCode::FileUnreadable:
    case ErrorCode::ImageUnreadable:
    case ErrorCode::ImageTooLarge:
    case ErrorCode::ImageFormatUnsupported:
    case ErrorCode::DatasetInvalid:
    case ErrorCode::DatasetEmpty:
    case ErrorCode::DatasetOneClass:
    case ErrorCode::RecipeInvalid:
    case ErrorCode::WeightsInvalid:
    case ErrorCode::WeightsMissing:
    case ErrorCode::RunInvalid:
    case ErrorCode::RunInUse:
    case ErrorCode::RunDiffers:
    case ErrorCode::PicturesLost:
        return ErrorKind::Input;
    case ErrorCode::WriteFailed:
    case ErrorCode::DiskFull:
    case ErrorCode::OutOfMemory:
    case ErrorCode::DeviceUnavailable:
    case ErrorCode::NetworkUnavailable:
        return ErrorKind::Machine;
    case ErrorCode::TrainingDiverged:
    case ErrorCode::Internal:
        return ErrorKind::Failed;
    }
    return ErrorKind::Failed;
}

const char* nameOf(ErrorCode code)
{
    return nameIn(errorCodeNames, code);
}

std::optional<ErrorCode> errorCodeFromName(std::string_view name)
{
    return valueIn(errorCodeNames, name);
}

Error::Error(ErrorCode code, const std::filesystem::path& path, std::string detail, std::string advice,
             Remedy remedy)
    : std::runtime_error(compose(path, detail, advice))
    , m_code(code)
    , m_path(path)
    , m_detail(std::move(detail))
    , m_advice(std::move(advice))
    , m_remedy(remedy)
{
}

Error currentError(const std::filesystem::path& path)
{
    try {
        throw;
    } catch (const Error& error) {
        return error;
    } catch (const std::bad_alloc&) {
        return Error(ErrorCode::OutOfMemory, path, "there is not enough memory",
                     "close other programs, or use a smaller batch or input size");
    } catch (const std::filesystem::filesystem_error& error) {
        const auto code = error.code() == std::errc::no_space_on_device          ? ErrorCode::DiskFull
                          : error.code() == std::errc::no_such_file_or_directory ? ErrorCode::FileNotFound
                                                                                 : ErrorCode::FileUnreadable;
        return Error(code, error.path1().empty() ? path : error.path1(), error.code().message());
    } catch (const std::exception& error) {
        // LibTorch and OpenCV put a back trace behind the first line.
        std::string text = error.what();
        text.resize(std::min(text.find('\n'), text.size()));
        // CUBLAS_STATUS_ALLOC_FAILED and, of cuDNN 9, CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED.
        const bool memory = holdsAny(text, {"out of memory", "can't allocate memory", "STATUS_ALLOC_FAILED",
                                            "ALLOCATION_FAILED"}) ||
                            isWithoutAlgorithm(text);
        // LibTorch was not built for a card of this generation.
        if (holdsAny(text, {"no kernel image is available"})) {
            return Error(ErrorCode::DeviceUnavailable, path, text,
                         "this build of LibTorch does not serve the card: compute on the processor",
                         Remedy::UseProcessor);
        }
        return Error(memory ? ErrorCode::OutOfMemory : ErrorCode::Internal, path, text,
                     memory ? "use a smaller batch or input size" : "");
    } catch (...) {
        return Error(ErrorCode::Internal, path, "an unknown exception was thrown");
    }
}

bool isWithoutAlgorithm(std::string_view text)
{
    // With "FIND was unable to" before it where algorithms are tried, "GET was unable to" where not, and
    // "Unable to" in older versions, as the second one.
    return holdsAny(text, {"find an engine to execute this computation",
                           "find a valid cuDNN algorithm to run convolution"});
}

} // namespace thaw
