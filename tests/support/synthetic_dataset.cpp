#include "tests/support/synthetic_dataset.h"

#include "core/base/random.h"
#include "core/data/image/image_io.h"

#include <algorithm>
#include <cmath>

namespace thaw::test {

namespace {

RgbImage hueImage(double hueTurns, int side, std::uint64_t key)
{
    RandomStream random(key);
    RgbImage image{side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side * 3)};
    const double stripe = random.uniform(0.1, 0.5);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const double shade = 0.75 + 0.25 * std::sin(stripe * x + 0.5 * stripe * y);
            for (int c = 0; c < 3; ++c) {
                const double wave = 0.5 + 0.5 * std::cos(2 * M_PI * (hueTurns - c / 3.0));
                const double level = 255 * wave * shade + random.uniform(-20, 20);
                image.pixels[(static_cast<std::size_t>(y) * side + x) * 3 + c] =
                    static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0));
            }
        }
    }
    return image;
}

} // namespace

void writeSyntheticDataset(const std::filesystem::path& root, const SyntheticSpec& spec)
{
    const std::vector<std::string> parts = spec.splitFolders
                                               ? std::vector<std::string>{"train", "validation", "test"}
                                               : std::vector<std::string>{""};
    for (std::size_t part = 0; part < parts.size(); ++part) {
        for (std::size_t label = 0; label < spec.classes.size(); ++label) {
            const auto folder = root / parts[part] / spec.classes[label];
            std::filesystem::create_directories(folder);
            for (int i = 0; i < spec.perClass; ++i) {
                const double hue = static_cast<double>(label) / static_cast<double>(spec.classes.size());
                const auto key = mixKey({spec.seed, part, label, static_cast<std::uint64_t>(i)});
                writePng(folder / (spec.classes[label] + "." + std::to_string(i) + ".png"),
                         hueImage(hue, spec.side, key));
            }
        }
    }
}

} // namespace thaw::test
