#include "core/data/sample/sample_dataset.h"

#include "core/base/atomic_file.h"
#include "core/base/download.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/base/scratch_folder.h"
#include "core/data/sample/sample_sources.h"

#include <nlohmann/json.hpp>

#include <array>
#include <system_error>

namespace thaw {

namespace fs = std::filesystem;

namespace {

constexpr const char* noteFile = ".thaw-sample.json";
constexpr std::uint64_t noteLimit = std::uint64_t(64) * 1024;
constexpr const char* partialPrefix = ".partial-";
constexpr int generatedPerClass = 60;
constexpr int generatedSide = 180;
constexpr std::uint64_t generatedSeed = 1;

/// What is known of a source before it is asked.
struct SourceInfo
{
    SampleSource source;
    const char* name;   ///< of its folder under samples, and in the note
    std::uint64_t room; ///< bytes needed while it is fetched and unpacked
    const char* note;
};

constexpr std::array<SourceInfo, 3> sources{
    {{SampleSource::CatsAndDogs, "cats_and_dogs", 220'000'000,
      "2,000 training and 1,000 validation photographs of cats and dogs; there are no test pictures."},
     {SampleSource::TuxPaint, "animals_and_plants", 500'000'000,
      "Photographs from Debian's package tuxpaint-stamps-default, animals against plants and food: a "
      "demonstration on few pictures, whose accuracy proves nothing."},
     {SampleSource::Generated, "discs_and_squares", 0,
      "Drawn pictures, discs against squares, because no photographs could be fetched: they show the program "
      "at work, and their accuracy proves nothing. Delete the folder to look for photographs again."}}};

/// The data set if its folder is whole: the note is written last.
std::optional<SampleDataset> cached(const fs::path& folder, const SourceInfo& info)
{
    std::error_code ignored;
    if (!fs::is_regular_file(folder / noteFile, ignored)) {
        return std::nullopt;
    }
    const auto note = nlohmann::json::parse(readTextFile(folder / noteFile, noteLimit), nullptr, false);
    if (!note.is_object() || !note.contains("source") || note["source"] != info.name) {
        return std::nullopt;
    }
    return SampleDataset{folder, info.source, info.note};
}

/// False when stopped.
bool fill(const SourceInfo& info, const fs::path& scratch, const fs::path& target,
          const SampleObserver& observer, const std::stop_token& stop)
{
    switch (info.source) {
    case SampleSource::CatsAndDogs:
        return fetchCatsAndDogs(catsAndDogsArchive(), scratch, target, observer, stop);
    case SampleSource::TuxPaint:
        return fetchTuxPaint(scratch, target, observer, stop);
    case SampleSource::Generated:
        break;
    }
    tell(observer, "Drawing pictures of discs and squares, as no photographs could be fetched");
    generateSampleDataset(target, generatedPerClass, generatedSide, generatedSeed);
    return !stop.stop_requested();
}

/// Nothing when stopped.
std::optional<SampleDataset> make(const SourceInfo& info, const fs::path& samples,
                                  const SampleObserver& observer, const std::stop_token& stop)
{
    const ScratchFolder partial(samples, partialPrefix);
    const fs::path made = partial.path() / "pictures";
    if (!fill(info, partial.path(), made, observer, stop)) {
        return std::nullopt;
    }
    const nlohmann::json note{{"version", 1}, {"source", info.name}, {"note", info.note}};
    writeFileAtomically(made / noteFile, note.dump(2) + "\n");

    const fs::path whole = samples / info.name;
    std::error_code error;
    fs::rename(made, whole, error);
    if (auto found = cached(whole, info)) {
        return found; // ours, or that of a process which was faster
    }
    throw Error(ErrorCode::WriteFailed, whole,
                "the sample pictures could not be put there (" + error.message() + ")",
                "move away what is there");
}

/// A source that does not answer, or sends nonsense, is passed over; a machine that cannot write is not.
bool isMachineFailure(const Error& error)
{
    return error.code() == ErrorCode::WriteFailed || error.code() == ErrorCode::DiskFull ||
           error.code() == ErrorCode::OutOfMemory;
}

} // namespace

std::optional<SampleDataset> obtainSampleDataset(const SampleObserver& observer, const std::stop_token& stop)
{
    const fs::path samples = dataFolder() / "samples";
    for (const SourceInfo& info : sources) {
        if (auto found = cached(samples / info.name, info)) {
            return found;
        }
    }
    ensureWritableFolder(samples);
    if (isOffline()) {
        tell(observer, "Fetching no photographs, as THAW_OFFLINE=1 is set");
    }
    for (const SourceInfo& info : sources) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        const bool isLast = info.source == SampleSource::Generated;
        if (!isLast && isOffline()) {
            continue;
        }
        if (!isLast && freeSpace(samples) < info.room) {
            tell(observer, "Passing over " + std::string(info.name) + ": it needs " +
                               std::to_string(info.room / 1'000'000) + " MB of free disk");
            continue;
        }
        try {
            return make(info, samples, observer, stop);
        } catch (...) {
            const Error error = currentError(samples);
            if (isLast || isMachineFailure(error)) {
                throw error;
            }
            tell(observer, std::string("Not available: ") + error.what());
        }
    }
    return std::nullopt;
}

} // namespace thaw
