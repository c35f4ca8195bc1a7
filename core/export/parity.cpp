#include "core/export/parity.h"

#include "core/base/random.h"
#include "core/base/scratch_folder.h"
#include "core/evaluate/evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace thaw {

namespace {

/// Wide, high, far smaller and far larger than networks' inputs, with odd and even sides.
constexpr std::array<std::pair<int, int>, 6> madeSizes{
    {{1, 1}, {37, 200}, {301, 40}, {64, 64}, {255, 191}, {640, 481}}};

/// Shades from edge to edge with noise over them: answers of a network differ between them.
RgbImage madePicture(int width, int height, std::uint64_t seed)
{
    RgbImage image{width, height, {}};
    image.pixels.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    RandomStream random(seed);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const std::array<int, 3> shade{160 * x / width, 160 * y / height,
                                           160 * (x + y) / (width + height)};
            for (const int value : shade) {
                image.pixels.push_back(static_cast<std::uint8_t>(value + random.uniform(0, 95)));
            }
        }
    }
    return image;
}

std::vector<std::filesystem::path> makePictures(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> pictures;
    for (const auto& [width, height] : madeSizes) {
        pictures.push_back(folder / (std::to_string(width) + "x" + std::to_string(height) + ".png"));
        writePng(pictures.back(), madePicture(width, height, pictures.size()));
    }
    return pictures;
}

/// Not-a-number where one of the answers is none, or has other classes.
double differenceOf(const std::vector<double>& one, const std::vector<double>& other)
{
    if (one.size() != other.size()) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    double largest = 0;
    for (std::size_t i = 0; i < one.size(); ++i) {
        const double apart = std::abs(one[i] - other[i]);
        if (!(apart <= largest)) {
            largest = apart;
        }
        if (std::isnan(largest)) {
            break;
        }
    }
    return largest;
}

} // namespace

std::vector<std::filesystem::path> spread(const std::vector<std::filesystem::path>& pictures,
                                          std::size_t count)
{
    std::vector<std::filesystem::path> some;
    const std::size_t taken = std::min(count, pictures.size());
    for (std::size_t i = 0; i < taken; ++i) {
        some.push_back(pictures[i * pictures.size() / taken]);
    }
    return some;
}

ParityReport compareWithModel(const ModelWeights& model, ExportedModel& exported,
                              const std::vector<std::filesystem::path>& pictures)
{
    std::optional<ScratchFolder> scratch;
    ParityReport report;
    report.reader = exported.reader();
    report.areMade = pictures.empty();
    std::vector<std::filesystem::path> files = spread(pictures, exported.enough());
    if (report.areMade) {
        scratch.emplace(std::filesystem::temp_directory_path(), "thaw-export-");
        files = makePictures(scratch->path());
    }
    ComputeOptions options;
    options.device = "cpu";
    options.precision = Precision::Float32;
    predictFiles(model, files, options, [&](const Prediction& prediction) {
        if (!prediction.error.empty() || std::isnan(report.largest)) {
            return;
        }
        const double difference = differenceOf(prediction.probabilities, exported.answer(prediction.path));
        ++report.pictures;
        if (!(difference <= report.largest)) {
            report.largest = difference;
            report.worst = report.areMade ? std::filesystem::path(prediction.path).filename()
                                          : std::filesystem::path(prediction.path);
        }
    });
    // None of them can be read any more.
    return report.pictures == 0 && !report.areMade ? compareWithModel(model, exported, {}) : report;
}

} // namespace thaw
