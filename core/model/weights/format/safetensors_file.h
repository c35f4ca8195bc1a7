#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace thaw {

/// A float32 tensor with its name, in memory.
struct NamedTensor
{
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values; ///< row-major, product(shape) of them

    std::int64_t size() const { return static_cast<std::int64_t>(values.size()); }
    bool operator==(const NamedTensor&) const = default;
};

/// A safetensors file: 8 bytes little-endian header length, JSON header, raw little-endian data.
struct SafetensorsFile
{
    std::vector<NamedTensor> tensors;            ///< in the file's order
    std::map<std::string, std::string> metadata; ///< the header's "__metadata__"

    const NamedTensor* find(const std::string& name) const;
};

/// The metadata's key under which a file of Thaw holds contentHashOf() itself.
inline constexpr const char* contentHashKey = "content_sha256";

/// SHA-256 in hex over all that a file says: metadata but for that key, then names, shapes and values of the
/// tensors in the file's order, with their lengths, so that no two contents read alike. Texts count as they
/// are written, see writeSafetensors().
std::string contentHashOf(const SafetensorsFile& file);

/// Reads F32 tensors; F16, BF16, F64 and U8 are converted to float, I64 … refused where they are wanted.
/// Bounds everything by the file's size before allocating; offsets may neither overlap nor leave holes;
/// header ≤ 100 MB; names unique.
/// @param wanted says of a tensor's name whether it is read; by default all are
/// @throws Error FileNotFound, FileUnreadable, WeightsInvalid (names the tensor)
SafetensorsFile readSafetensors(const std::filesystem::path& path,
                                const std::function<bool(const std::string&)>& wanted = {});

/// Only the metadata: reads no tensor.
std::map<std::string, std::string> readSafetensorsMetadata(const std::filesystem::path& path);

/// Writes F32, whole or not at all, tensors in the given order, data aligned to 8 bytes. The format's texts
/// are UTF-8: a byte of a name or of metadata that is not becomes four characters such as \xE8.
/// @throws Error WriteFailed, DiskFull
void writeSafetensors(const std::filesystem::path& path, const SafetensorsFile& file);

} // namespace thaw
