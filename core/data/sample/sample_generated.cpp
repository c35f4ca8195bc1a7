#include "core/base/error.h"
#include "core/base/random.h"
#include "core/data/image/image_io.h"
#include "core/data/sample/sample_dataset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace thaw {

namespace fs = std::filesystem;

namespace {

using Colour = std::array<double, 3>;

/// A disc, or a square turned by an angle, on a plain ground.
struct Drawing
{
    bool isDisc = true;
    double x = 0;
    double y = 0;
    double radius = 0; ///< of the disc; half the square's side
    double angle = 0;
    Colour ground{};
    Colour shape{};
};

Colour drawColour(RandomStream& random)
{
    return {random.uniform(0, 255), random.uniform(0, 255), random.uniform(0, 255)};
}

double distance(const Colour& a, const Colour& b)
{
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

Drawing drawShape(bool isDisc, int side, RandomStream& random)
{
    Drawing drawing;
    drawing.isDisc = isDisc;
    // Half the side is scaled so that both shapes cover the same area: size must not give the class away.
    const double radius = side * random.uniform(0.15, 0.28);
    drawing.radius = isDisc ? radius : radius * std::sqrt(std::numbers::pi) / 2;
    const double margin = side * 0.36;
    drawing.x = random.uniform(margin, side - margin);
    drawing.y = random.uniform(margin, side - margin);
    drawing.angle = random.uniform(0, std::numbers::pi / 2);
    drawing.ground = drawColour(random);
    do {
        drawing.shape = drawColour(random);
    } while (distance(drawing.shape, drawing.ground) < 120);
    return drawing;
}

/// Pixels from the shape's edge, positive inside.
double depth(const Drawing& drawing, double x, double y)
{
    const double dx = x - drawing.x;
    const double dy = y - drawing.y;
    if (drawing.isDisc) {
        return drawing.radius - std::hypot(dx, dy);
    }
    const double u = dx * std::cos(drawing.angle) + dy * std::sin(drawing.angle);
    const double v = dy * std::cos(drawing.angle) - dx * std::sin(drawing.angle);
    return drawing.radius - std::max(std::abs(u), std::abs(v));
}

RgbImage paint(const Drawing& drawing, int side, RandomStream& random)
{
    constexpr double noise = 8; // grey levels: enough that no two pictures share a flat patch
    RgbImage image{side, side, {}};
    image.pixels.reserve(std::size_t(side) * std::size_t(side) * 3);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const double share = std::clamp(depth(drawing, x, y) + 0.5, 0.0, 1.0);
            const double grain = random.uniform(-noise, noise);
            for (std::size_t c = 0; c < 3; ++c) {
                const double value = share * drawing.shape[c] + (1 - share) * drawing.ground[c] + grain;
                image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)));
            }
        }
    }
    return image;
}

} // namespace

void generateSampleDataset(const fs::path& folder, int perClass, int side, std::uint64_t seed,
                           SampleFormat format)
{
    const bool isJpeg = format == SampleFormat::Jpeg;
    const auto write = isJpeg ? writeJpeg : writePng;
    const std::array<const char*, 2> classes{"discs", "squares"};
    for (std::size_t label = 0; label < classes.size(); ++label) {
        const fs::path place = folder / classes[label];
        std::error_code error;
        fs::create_directories(place, error);
        if (error) {
            throw Error(ErrorCode::WriteFailed, place,
                        "the folder could not be made (" + error.message() + ")",
                        "check the permissions of the folder above it");
        }
        for (int i = 0; i < perClass; ++i) {
            RandomStream random(mixKey({seed, label, static_cast<std::uint64_t>(i)}));
            char name[32];
            std::snprintf(name, sizeof name, "%s_%03d.%s", classes[label], i + 1, isJpeg ? "jpg" : "png");
            write(place / name, paint(drawShape(label == 0, side, random), side, random));
        }
    }
}

} // namespace thaw
