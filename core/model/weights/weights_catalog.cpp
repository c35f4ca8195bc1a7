#include "core/model/weights/weights_catalog.h"

#include "core/base/atomic_file.h"
#include "core/base/download.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/base/scratch_folder.h"
#include "core/model/weights/format/weights_formats.h"
#include "core/model/weights/imagenet_sources.h"
#include "core/model/weights/weights_metadata.h"

#include <algorithm>

namespace thaw {

namespace {

constexpr const char* imageNetName = "imagenet";
constexpr const char* noneName = "none";
constexpr const char* imageNetLicence = "CC BY 4.0, Visual Geometry Group, University of Oxford";
constexpr const char* fetchPrefix = "fetch-"; ///< of folders in the cache folder
constexpr std::uint64_t importBytes = 64'000'000;
/// pip keeps what it fetches twice for a moment.
constexpr std::uint64_t fetchBytes = 2 * importBytes;

std::filesystem::path fileOf(const std::string& name)
{
    return weightsFolder() / (name + ".safetensors");
}

bool isFile(const std::filesystem::path& path)
{
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

void say(const WeightsObserver& observer, const std::string& text)
{
    if (observer.message) {
        observer.message(text);
    }
}

/// Why these are not the ImageNet base in the Caffe convention; empty when they are.
std::string imageNetObjection(const BaseWeights& weights)
{
    const FingerprintReport report = checkImageNetFingerprint(weights);
    if (!report.matches) {
        return "these are not the ImageNet weights (" + report.detail + ")";
    }
    return weights.preprocessing == caffePreprocessing() ? std::string()
                                                         : "the input convention is not Keras's";
}

/// The verified copy; nothing when there is none or it is damaged, which is said.
std::optional<BaseWeights> cachedImageNet(const WeightsObserver& observer)
{
    const std::filesystem::path file = fileOf(imageNetName);
    if (!isFile(file)) {
        return std::nullopt;
    }
    say(observer, "Checking the ImageNet weights in " + file.string());
    try {
        BaseWeights weights = readBaseWeights(file);
        const std::string objection = imageNetObjection(weights);
        if (objection.empty()) {
            return weights;
        }
        say(observer, "The copy cannot be used: " + objection + ". Getting it again.");
    } catch (const Error& error) {
        say(observer, "The copy cannot be used: " + error.detail() + ". Getting it again.");
    }
    return std::nullopt;
}

/// Reads what a source left, checks it and keeps it.
BaseWeights importImageNet(const std::filesystem::path& fetched, const WeightsObserver& observer)
{
    say(observer, "Checking all thirteen layers against the published network");
    BaseWeights weights = readBaseWeights(fetched);
    if (const std::string objection = imageNetObjection(weights); !objection.empty()) {
        throwWeightsInvalid(fetched.filename(), objection);
    }
    const std::filesystem::path file = fileOf(imageNetName);
    writeBaseWeights(file, weights);
    say(observer, "Kept as " + file.string());
    return weights;
}

void requireRoom(const std::filesystem::path& folder, std::uint64_t bytes)
{
    ensureWritableFolder(folder);
    if (freeSpace(folder) < bytes) {
        throw Error(ErrorCode::DiskFull, folder,
                    "there is no room for the weights (" + std::to_string(bytes / 1'000'000) + " MB)",
                    "make room on this disk");
    }
}

std::optional<BaseWeights> fetchImageNet(const WeightsObserver& observer, const std::stop_token& stop)
{
    requireRoom(weightsFolder(), importBytes);
    requireRoom(cacheFolder(), fetchBytes);
    std::string answers;
    for (const ImageNetSource& source : imageNetSources()) {
        say(observer, "Fetching the ImageNet weights from " + source.name);
        try {
            const ScratchFolder folder(cacheFolder(), fetchPrefix);
            const auto fetched = source.fetch(folder.path(), observer.progress, stop);
            if (!fetched || stop.stop_requested()) {
                return std::nullopt;
            }
            return importImageNet(*fetched, observer);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::NetworkUnavailable && error.code() != ErrorCode::WeightsInvalid) {
                throw;
            }
            say(observer, "That did not work: " + error.detail());
            answers += (answers.empty() ? "" : "; ") + error.detail();
        }
    }
    if (isOffline()) {
        answers = "THAW_OFFLINE=1 is set, so nobody is asked for them";
    }
    throw Error(ErrorCode::NetworkUnavailable, {}, "the ImageNet weights cannot be fetched: " + answers,
                std::string("fetch ") + imageNetFileName() +
                    " elsewhere and import it, or train without weights",
                Remedy::ImportWeights);
}

std::optional<BaseWeights> obtainImageNet(const WeightsObserver& observer, const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        return std::nullopt;
    }
    removeLeftFolders(cacheFolder(), fetchPrefix);
    auto cached = cachedImageNet(observer);
    return cached ? std::move(cached) : fetchImageNet(observer, stop);
}

std::string widthsText(const BackboneSpec& spec)
{
    std::string text;
    for (const int channels : spec.channels) {
        text += (text.empty() ? "" : ", ") + std::to_string(channels);
    }
    return text;
}

std::filesystem::path fileMeantBy(const std::string& weights)
{
    const bool plainName = weights.find('/') == std::string::npos;
    if (plainName && isFile(fileOf(weights))) {
        return fileOf(weights);
    }
    std::error_code ignored;
    if (std::filesystem::exists(weights, ignored)) {
        return weights;
    }
    throw Error(ErrorCode::WeightsMissing, weights, "there are no weights of this name and no such file",
                "give \"imagenet\", \"none\", a file, or the name of imported weights");
}

/// Whether this is a model of Thaw's rather than a base or another program's file.
bool holdsHead(const std::filesystem::path& file)
{
    try {
        return readSafetensorsMetadata(file).contains(metadataKey::head);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::WeightsInvalid) {
            return false; // of another format, as its base was readable
        }
        throw;
    }
}

/// The first few names.
std::string listed(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more" : text;
}

/// A name under which nothing else would be lost.
void requireFreeName(const std::string& name, const BaseWeights& weights, const std::filesystem::path& file)
{
    if (name == imageNetName || name == noneName) {
        throw Error(ErrorCode::Usage, file, "the name \"" + name + "\" has a meaning of its own",
                    "rename the file");
    }
    if (!isFile(fileOf(name))) {
        return;
    }
    BaseWeights kept;
    try {
        kept = readBaseWeights(fileOf(name));
    } catch (const Error&) {
        return; // damaged: nothing worth keeping
    }
    // The same numbers for another input convention are other weights.
    if (kept.hash != weights.hash || kept.preprocessing != weights.preprocessing) {
        throw Error(ErrorCode::OutputExists, fileOf(name), "holds other weights under this name",
                    "rename the file that you import, or remove this one");
    }
}

} // namespace

std::string lastingWeights(const std::string& weights)
{
    const bool isNamed = weights == imageNetName || weights == noneName ||
                         (weights.find('/') == std::string::npos && isFile(fileOf(weights)));
    std::error_code ignored;
    return isNamed || !std::filesystem::exists(weights, ignored)
               ? weights
               : std::filesystem::absolute(weights).string();
}

std::vector<CatalogEntry> weightsCatalog()
{
    std::vector<CatalogEntry> entries{{imageNetName,
                                       "VGG16's base trained on ImageNet, as Keras publishes it",
                                       imageNetLicence, fileOf(imageNetName), isFile(fileOf(imageNetName))}};
    std::error_code error;
    for (const auto& item : std::filesystem::directory_iterator(weightsFolder(), error)) {
        const std::filesystem::path& file = item.path();
        const std::string name = file.stem().string();
        if (file.extension() != ".safetensors" || name == imageNetName || !isFile(file)) {
            continue;
        }
        CatalogEntry entry{name, {}, {}, file, true};
        try {
            const auto metadata = readSafetensorsMetadata(file);
            const auto source = metadata.find("source");
            entry.description = source == metadata.end() ? "imported" : "imported: " + source->second;
        } catch (const Error& unreadable) {
            entry.description = "cannot be used: " + unreadable.detail();
        }
        entries.push_back(std::move(entry));
    }
    std::sort(entries.begin() + 1, entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
}

std::optional<std::filesystem::path> obtainImageNetWeights(const WeightsObserver& observer,
                                                           const std::stop_token& stop)
{
    if (!obtainImageNet(observer, stop)) {
        return std::nullopt;
    }
    return fileOf(imageNetName);
}

ImportedWeights importWeights(const std::filesystem::path& file)
{
    WeightsFile read = readWeightsFile(file);
    const BaseWeights& weights = read.base;
    requireRoom(weightsFolder(), importBytes);
    const bool imageNet = imageNetObjection(weights).empty();
    const std::string name = imageNet ? imageNetName : file.stem().string();
    if (!imageNet) {
        requireFreeName(name, weights, file);
    }
    writeBaseWeights(fileOf(name), weights);
    return {fileOf(name), std::move(read)};
}

std::optional<BaseWeights> resolveWeights(const std::string& weights,
                                          const std::optional<BackboneSpec>& backbone, std::uint64_t seed,
                                          const WeightsObserver& observer, const std::stop_token& stop)
{
    if (weights == noneName) {
        return randomBaseWeights(backbone.value_or(BackboneSpec{}), seed);
    }
    std::optional<BaseWeights> found;
    if (weights == imageNetName) {
        if (backbone && !backbone->isPublished()) {
            throwWeightsInvalid({}, "the ImageNet weights fit only blocks of " + widthsText({}) + " channels",
                                "use weights \"none\" for narrower blocks");
        }
        found = obtainImageNet(observer, stop);
        if (!found) {
            return std::nullopt;
        }
    } else {
        found = readBaseWeights(fileMeantBy(weights));
    }
    if (backbone && found->backbone() != *backbone) {
        throwWeightsInvalid(weights,
                            "its blocks have " + widthsText(found->backbone()) + " channels instead of " +
                                widthsText(*backbone),
                            "choose weights of the network's width");
    }
    return found;
}

HeadWeights resolveHead(const std::string& weights, const BaseWeights& base, const HeadSpec& spec,
                        const std::vector<std::string>& classes)
{
    constexpr const char* advice = "use a model of Thaw's for this task, or start with a new head";
    const std::filesystem::path file = fileMeantBy(weights);
    if (!holdsHead(file)) {
        throwWeightsInvalid(file, "holds no head that Thaw has trained", advice);
    }
    ModelWeights model = readModelWeights(file);
    if (model.base.hash != base.hash) {
        throwWeightsInvalid(file, "has changed since its base was read", "start again");
    }
    if (model.classes != classes) {
        throwWeightsInvalid(file,
                            "its head tells other classes apart (" + listed(model.classes) + " in place of " +
                                listed(classes) + ")",
                            advice);
    }
    if (model.headSpec.kind != spec.kind) {
        throwWeightsInvalid(file,
                            std::string("its head is \"") + nameOf(model.headSpec.kind) +
                                "\" in place of \"" + nameOf(spec.kind) + "\"",
                            advice);
    }
    if (headLayers(model.headSpec) != headLayers(spec)) {
        throwWeightsInvalid(
            file, "its head is for pictures of " + std::to_string(model.transform.inputSize) + " pixels",
            "train with input_size " + std::to_string(model.transform.inputSize) +
                ", or start with a new head");
    }
    return std::move(model.head);
}

} // namespace thaw
