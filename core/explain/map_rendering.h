#pragma once

#include "core/base/image.h"
#include "core/data/input/resize.h"
#include "core/data/input/transform.h"
#include "core/explain/explanation.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>

namespace thaw {

/// A colour, R, G, B.
using HeatColour = std::array<std::uint8_t, 3>;

/// Colours for 0 to 1, from dark violet by red to light yellow: equal steps are equally much lighter (OKLab),
/// so that heat can be read without seeing hues. Clamped; not-a-number is 0.
HeatColour heatColour(double heat);

/// The value that gets the lightest colour where these maps are shown side by side: their largest; 0 when
/// nothing in any of them is positive.
float commonScale(std::span<const Explanation> shown);

/// The same for one explanation. @param oneSigmoid the other of two classes has the same scale then
float scaleOf(const Explanation& explanation, bool oneSigmoid);

/// Bilinear, the map's values at the centres of their places. @param width and height > 0
PlaceMap enlarged(const PlaceMap& map, int width, int height);

inline constexpr double overlayOpacity = 0.6; ///< shows picture and map alike

/// The picture under a map's colours; it turns grey as they get opaque (from 0.5 on wholly), so that its own
/// are not taken for the map's.
/// @param picture whole and upright as its file has it, of any size
/// @param resize how it became the square that the map covers; what the network did not see stays as it is
/// @param scale value of the lightest colour; with 0 nothing is stretched and all is the darkest
/// @param opacity of the colours, 0–1; clamped
RgbImage overlaid(const RgbImage& picture, const PlaceMap& map, ResizeRule resize, float scale,
                  double opacity);

/// A picture for people to look at: whole, upright as the network takes it, shrunk by a whole number until
/// neither side is longer than `longest`.
/// @throws Error as loadImage
RgbImage pictureToShow(const std::filesystem::path& path, const TransformSpec& transform, int longest);

} // namespace thaw
