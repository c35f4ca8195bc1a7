#pragma once

// Internal to core/model: the strings that say what the tensors of our safetensors files mean.

#include "core/model/weights/weights.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace thaw {

using Metadata = std::map<std::string, std::string>;

namespace metadataKey {
inline constexpr const char* hash = "weights_hash";
inline constexpr const char* source = "source";
inline constexpr const char* head = "head";
} // namespace metadataKey

/// @throws Error WeightsInvalid when a later version of Thaw wrote it
void requireKnownFormat(const Metadata& metadata, const std::filesystem::path& path);

/// The input convention; nothing when none of its keys is there.
/// @throws Error WeightsInvalid when it is incomplete or makes no sense
std::optional<Preprocessing> preprocessingFrom(const Metadata& metadata, const std::filesystem::path& path);

Metadata metadataOf(const BaseWeights& base);
Metadata metadataOf(const ModelWeights& model);

/// Everything but the tensors; the head's featureChannels are left at their default.
/// @throws Error WeightsInvalid, naming the key
ModelWeights modelFromMetadata(const Metadata& metadata, const std::filesystem::path& path);

} // namespace thaw
