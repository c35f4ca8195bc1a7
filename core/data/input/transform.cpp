#include "core/data/input/transform.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/hash.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace thaw {

namespace {

/// @param content as in drawFile()
std::vector<std::byte> readPicture(const std::filesystem::path& path,
                                   const std::optional<std::uint64_t>& content)
{
    std::vector<std::byte> bytes = readFile(path, maxImageFileSize);
    if (content && contentKey(bytes) != *content) {
        throw Error(ErrorCode::FileUnreadable, path, "has changed since the data set was read",
                    "put the old one back, or begin a new run");
    }
    return bytes;
}

/// @param content contentKey() of the bytes where that is known
DrawnImage drawImage(std::span<const std::byte> bytes, const std::filesystem::path& path,
                     const TransformSpec& spec, const std::optional<AugmentationKey>& augmentation,
                     const std::optional<std::uint64_t>& content)
{
    // Twice the size wanted leaves the averaging something to do.
    const bool mayReduce = spec.resize == ResizeRule::Antialiased && !spec.decodeWhole;
    const RgbImage image =
        decodeImage(bytes, path, {spec.applyOrientation, mayReduce ? 2 * spec.inputSize : 0, spec.dctMethod});
    DrawnImage result{resizeImage(image, spec.inputSize, spec.resize), {}};
    if (augmentation && !augmentation->spec.isIdentity()) {
        result.draw = drawAugmentation(augmentation->spec, augmentation->seed, augmentation->epoch,
                                       content ? *content : contentKey(bytes));
    }
    return result;
}

FloatImage varied(DrawnImage drawn)
{
    return augment(std::move(drawn.image), drawn.draw);
}

} // namespace

DrawnImage drawFile(const std::filesystem::path& path, const TransformSpec& spec,
                    const std::optional<AugmentationKey>& augmentation,
                    const std::optional<std::uint64_t>& content)
{
    return drawImage(readPicture(path, content), path, spec, augmentation, content);
}

FloatImage transformImage(std::span<const std::byte> bytes, const std::filesystem::path& path,
                          const TransformSpec& spec, const std::optional<AugmentationKey>& augmentation)
{
    return varied(drawImage(bytes, path, spec, augmentation, std::nullopt));
}

FloatImage transformFile(const std::filesystem::path& path, const TransformSpec& spec,
                         const std::optional<AugmentationKey>& augmentation,
                         const std::optional<std::uint64_t>& content)
{
    return varied(drawImage(readPicture(path, content), path, spec, augmentation, content));
}

RgbImage toRgbImage(const FloatImage& image)
{
    RgbImage result{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size())};
    std::transform(image.pixels.begin(), image.pixels.end(), result.pixels.begin(), [](float value) {
        return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
    });
    return result;
}

} // namespace thaw
