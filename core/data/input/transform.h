#pragma once

#include "core/data/image/image_io.h"
#include "core/data/input/augmentation.h"
#include "core/data/input/resize.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

namespace thaw {

/// How a file becomes the picture that the network sees, before the weights' input convention. Preview,
/// training, prediction and export all go through transformImage: what the user sees is what the network
/// gets.
struct TransformSpec
{
    int inputSize = 180; ///< pixels a side, 32–512
    ResizeRule resize = ResizeRule::Stretch;
    bool applyOrientation = true;
    DctMethod dctMethod = DctMethod::Accurate;
    /// Decode every pixel also where Antialiased would let a JPEG come smaller: differs by a grey level or
    /// so. Not kept with a model.
    bool decodeWhole = false;

    bool operator==(const TransformSpec&) const = default;
};

/// Which variation to apply; absent means none (validation, test, prediction).
struct AugmentationKey
{
    AugmentationSpec spec;
    std::uint64_t seed = 0;
    int epoch = 1; ///< see drawAugmentation
};

/// A picture as resized, and the variation that it gets.
struct DrawnImage
{
    FloatImage image;
    AugmentationDraw draw;
};

/// As transformImage(), without the variation: the caller applies it.
/// @param content contentKey() that the file's bytes must have; absent: any
/// @throws Error as loadImage; FileUnreadable also when the bytes are others
DrawnImage drawFile(const std::filesystem::path& path, const TransformSpec& spec,
                    const std::optional<AugmentationKey>& augmentation,
                    const std::optional<std::uint64_t>& content = std::nullopt);

/// Decode, resize, augment.
/// @throws Error as decodeImage
FloatImage transformImage(std::span<const std::byte> bytes, const std::filesystem::path& path,
                          const TransformSpec& spec,
                          const std::optional<AugmentationKey>& augmentation = std::nullopt);

/// The same from a file. @param content and errors as in drawFile()
FloatImage transformFile(const std::filesystem::path& path, const TransformSpec& spec,
                         const std::optional<AugmentationKey>& augmentation = std::nullopt,
                         const std::optional<std::uint64_t>& content = std::nullopt);

/// Rounded and clamped to 8 bits, for showing and saving.
RgbImage toRgbImage(const FloatImage& image);

} // namespace thaw
