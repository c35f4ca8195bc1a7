#include "core/data/sample/sample_sources.h"

#include "core/base/download.h"
#include "core/base/error.h"
#include "core/base/subprocess.h"
#include "core/data/image/image_io.h"
#include "core/data/sample/zip_unpack.h"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace thaw {

namespace fs = std::filesystem;

namespace {

constexpr const char* archiveFolder = "cats_and_dogs_filtered";
constexpr const char* stampsPackage = "tuxpaint-stamps-default";

std::string lastLine(std::string_view text)
{
    const std::size_t end = text.find_last_not_of(" \r\n");
    text = text.substr(0, end == std::string_view::npos ? 0 : end + 1);
    const std::size_t before = text.rfind('\n');
    return std::string(before == std::string_view::npos ? text : text.substr(before + 1));
}

/// False when stopped. @throws Error NetworkUnavailable when the program is missing or fails
bool runStep(const std::vector<std::string>& arguments, const fs::path& folder, const std::stop_token& stop)
{
    const std::optional<ProcessResult> result = runProcess(arguments, folder, stop);
    if (!result) {
        return false;
    }
    if (result->exitStatus != 0) {
        throw Error(ErrorCode::NetworkUnavailable, {},
                    arguments.front() + (result->exitStatus == 127
                                             ? " is not installed"
                                             : " failed (" + lastLine(result->output) + ")"));
    }
    return true;
}

std::optional<fs::path> packageIn(const fs::path& folder)
{
    for (const auto& item : fs::directory_iterator(folder)) {
        if (item.path().extension() == ".deb") {
            return item.path();
        }
    }
    return std::nullopt;
}

bool isDrawing(const fs::path& relative)
{
    return std::find(relative.begin(), relative.end(), fs::path("cartoon")) != relative.end();
}

/// The photographs below stamps/topic, relative to stamps, sorted.
std::vector<fs::path> photographs(const fs::path& stamps, const char* topic)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::recursive_directory_iterator item(stamps / topic, error), end; !error && item != end;
         item.increment(error))
    {
        const fs::path relative = item->path().lexically_relative(stamps);
        if (item->is_regular_file() && !item->is_symlink() && relative.extension() == ".png" &&
            !isDrawing(relative)) {
            found.push_back(relative);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// "food/fruit/apple.png" → "food_fruit_apple.png": the same stem occurs in several folders.
std::string flatName(const fs::path& relative)
{
    std::string name = relative.generic_string();
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
}

/// Once for thousands of pictures, which take a minute one by one.
void syncFileSystem(const fs::path& folder)
{
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        syncfs(descriptor);
        close(descriptor);
    }
}

} // namespace

void tell(const SampleObserver& observer, const std::string& text)
{
    if (observer.message) {
        observer.message(text);
    }
}

SampleArchive catsAndDogsArchive()
{
    return {"https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip",
            "91af24e0be191e9380dafc8710d0933fa826ec8e51f26f85c1fddba4e8018e3f", 68'606'236};
}

bool fetchCatsAndDogs(const SampleArchive& archive, const fs::path& scratch, const fs::path& target,
                      const SampleObserver& observer, const std::stop_token& stop)
{
    DownloadRequest request;
    request.url = archive.url;
    request.sha256 = archive.sha256;
    request.target = scratch / "cats_and_dogs_filtered.zip";
    request.sizeLimit = archive.sizeLimit;
    tell(observer, "Fetching photographs of cats and dogs (68 MB) from " + archive.url);
    if (!download(request, observer.progress, stop)) {
        return false;
    }
    tell(observer, "Unpacking the photographs");
    if (!unpackPictures(request.target, scratch / "unpacked", {}, observer.progress, stop)) {
        return false;
    }
    const fs::path whole = scratch / "unpacked" / archiveFolder;
    for (const char* part : {"train/cats", "train/dogs", "validation/cats", "validation/dogs"}) {
        if (!fs::is_directory(whole / part)) {
            throw Error(ErrorCode::DatasetInvalid, {},
                        "the archive at " + archive.url + " has no folder " + archiveFolder + "/" + part);
        }
    }
    syncFileSystem(whole);
    fs::rename(whole, target);
    return true;
}

bool copyStamps(const fs::path& stamps, const fs::path& target, const SampleObserver& observer,
                const std::stop_token& stop)
{
    const std::vector<std::pair<std::string, std::vector<const char*>>> classes{
        {"animals", {"animals"}}, {"plants_and_food", {"food", "plants"}}};
    std::vector<std::pair<fs::path, fs::path>> copies;
    for (const auto& [name, topics] : classes) {
        const std::size_t before = copies.size();
        for (const char* topic : topics) {
            for (const fs::path& relative : photographs(stamps, topic)) {
                copies.emplace_back(stamps / relative, target / name / flatName(relative));
            }
        }
        if (copies.size() == before) {
            throw Error(ErrorCode::DatasetInvalid, {},
                        std::string(stampsPackage) + " holds no photographs for the class " + name);
        }
        fs::create_directories(target / name);
    }
    std::int64_t done = 0;
    for (const auto& [from, to] : copies) {
        if (stop.stop_requested()) {
            return false;
        }
        writePng(to, loadImage(from));
        if (observer.progress && (++done % 20 == 0 || done == std::int64_t(copies.size()))) {
            observer.progress({done, std::int64_t(copies.size())});
        }
    }
    return true;
}

bool fetchTuxPaint(const fs::path& scratch, const fs::path& target, const SampleObserver& observer,
                   const std::stop_token& stop)
{
    tell(observer, std::string("Fetching photographs (161 MB) from Debian's package ") + stampsPackage +
                       ", without installing it");
    if (!runStep({"apt-get", "download", "--quiet", "-o", "Acquire::Retries=1", "-o",
                  "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20", stampsPackage},
                 scratch, stop))
    {
        return false;
    }
    const std::optional<fs::path> package = packageIn(scratch);
    if (!package) {
        throw Error(ErrorCode::NetworkUnavailable, {},
                    std::string("apt-get fetched nothing for ") + stampsPackage);
    }
    tell(observer, "Unpacking the photographs");
    return runStep({"dpkg-deb", "--extract", package->string(), (scratch / "unpacked").string()}, scratch,
                   stop) &&
           copyStamps(scratch / "unpacked/usr/share/tuxpaint/stamps", target, observer, stop);
}

} // namespace thaw
