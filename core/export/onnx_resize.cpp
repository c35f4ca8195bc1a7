#include "core/export/onnx_operations.h"

#include <algorithm>
#include <cmath>

namespace thaw {

namespace {

/// Where a place of the output lies between two places of the input, by half-pixel centres.
struct Between
{
    std::size_t low;
    std::size_t high;
    double share; ///< of `high`
};

std::vector<Between> placesOf(std::int64_t from, std::int64_t to)
{
    std::vector<Between> places;
    for (std::int64_t i = 0; i < to; ++i) {
        const double place = (double(i) + 0.5) * double(from) / double(to) - 0.5;
        const double inside = std::clamp(place, 0.0, double(from - 1));
        const auto low = static_cast<std::size_t>(std::floor(inside));
        places.push_back({low, std::min(low + 1, static_cast<std::size_t>(from - 1)), inside - double(low)});
    }
    return places;
}

} // namespace

/// To given sizes of height and width, bilinear.
OnnxTensor onnxResize(const OnnxNode& node, const std::vector<const OnnxTensor*>& inputs)
{
    if (inputs.size() != 4 || !inputs[0] || inputs[1] || inputs[2] || !inputs[3] || node.texts.size() != 2 ||
        !node.numbers.empty())
    {
        throwOnnxInvalid("it resizes in a manner that is not known");
    }
    const auto mode = node.texts.find("mode");
    const auto centres = node.texts.find("coordinate_transformation_mode");
    const std::vector<std::int64_t>& from = inputs[0]->shape;
    const std::vector<std::int64_t>& to = integersOf(*inputs[3]);
    if (mode == node.texts.end() || mode->second != "linear" || centres == node.texts.end() ||
        centres->second != "half_pixel" || from.size() != 4 || to.size() != 4 || to[0] != from[0] ||
        to[1] != from[1] || from[2] < 1 || from[3] < 1)
    {
        throwOnnxInvalid("it resizes in a manner that is not known");
    }
    OnnxTensor result{to, {}};
    std::vector<float> values;
    values.reserve(elementCount(to));
    const std::vector<Between> rows = placesOf(from[2], to[2]);
    const std::vector<Between> columns = placesOf(from[3], to[3]);
    const auto height = static_cast<std::size_t>(from[2]);
    const auto width = static_cast<std::size_t>(from[3]);
    const float* plane = floatsOf(*inputs[0]).data();
    for (std::int64_t i = 0; i < from[0] * from[1]; ++i, plane += height * width) {
        for (const Between& row : rows) {
            const float* upper = plane + row.low * width;
            const float* lower = plane + row.high * width;
            for (const Between& column : columns) {
                const auto across = [&column](const float* line) {
                    return line[column.low] + (double(line[column.high]) - line[column.low]) * column.share;
                };
                values.push_back(
                    static_cast<float>(across(upper) + (across(lower) - across(upper)) * row.share));
            }
        }
    }
    result.values = std::move(values);
    return result;
}

} // namespace thaw
