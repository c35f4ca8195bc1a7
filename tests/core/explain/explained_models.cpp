#include "tests/core/explain/explained_models.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace thaw::test {

namespace {

HeadWeights randomHead(const HeadSpec& spec, double scale, std::uint64_t seed)
{
    RandomStream random(mixKey({seed, 77}));
    HeadWeights head;
    for (const DenseInfo& layer : headLayers(spec)) {
        const double limit = scale * std::sqrt(6.0 / (layer.inputs + layer.outputs));
        NamedTensor kernel{"head." + layer.name + ".weight", {layer.outputs, layer.inputs}, {}};
        kernel.values.resize(static_cast<std::size_t>(layer.inputs) *
                             static_cast<std::size_t>(layer.outputs));
        std::ranges::generate(kernel.values,
                              [&] { return static_cast<float>(random.uniform(-limit, limit)); });
        NamedTensor bias{"head." + layer.name + ".bias", {layer.outputs}, {}};
        bias.values.resize(static_cast<std::size_t>(layer.outputs));
        std::ranges::generate(bias.values, [&] { return static_cast<float>(random.uniform(-0.5, 0.5)); });
        head.push_back(std::move(kernel));
        head.push_back(std::move(bias));
    }
    return head;
}

} // namespace

ModelWeights narrowModel(const NarrowModel& what)
{
    ModelWeights model;
    model.base = randomBaseWeights(scaledBackbone(1.0 / 16), what.seed);
    RandomStream random(mixKey({what.seed, 5}));
    for (ConvolutionWeights& layer : model.base.layers) {
        std::ranges::generate(layer.bias, [&] { return static_cast<float>(random.uniform(-3, 3)); });
    }
    model.base.hash = hashOf(model.base.layers);
    model.transform.inputSize = what.side;
    model.headSpec = {what.head, what.classes, 0, featureSide(what.side),
                      model.base.backbone().channels.back()};
    for (int i = 0; i < what.classes; ++i) {
        model.classes.push_back("class " + std::to_string(i));
    }
    model.head = randomHead(model.headSpec, 0.1, what.seed);
    return model;
}

ModelWeights mirroredModel(const NarrowModel& what)
{
    ModelWeights model = narrowModel(what);
    for (ConvolutionWeights& layer : model.base.layers) {
        for (std::size_t row = 0; row < layer.kernel.size(); row += 3) {
            const float mean = (layer.kernel[row] + layer.kernel[row + 2]) / 2;
            layer.kernel[row] = mean;
            layer.kernel[row + 2] = mean;
        }
    }
    model.base.hash = hashOf(model.base.layers);
    NamedTensor& kernel = model.head.front();
    const auto side = static_cast<std::size_t>(model.headSpec.featureSide);
    const auto channels = static_cast<std::size_t>(model.headSpec.featureChannels);
    if (model.headSpec.kind == HeadKind::Book) {
        for (std::size_t row = 0; row < kernel.values.size(); row += side * channels) {
            for (std::size_t x = 0; x < side / 2; ++x) {
                for (std::size_t c = 0; c < channels; ++c) {
                    float& left = kernel.values[row + x * channels + c];
                    float& right = kernel.values[row + (side - 1 - x) * channels + c];
                    left = right = (left + right) / 2;
                }
            }
        }
    }
    return model;
}

ModelWeights withRandomHead(ModelWeights model, std::uint64_t seed)
{
    HeadWeights drawn = randomHead(model.headSpec, 1, seed);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        const auto size = [](const std::vector<float>& values) {
            return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
        };
        const double factor = size(model.head[i].values) / size(drawn[i].values);
        for (float& value : drawn[i].values) {
            value = static_cast<float>(value * factor);
        }
    }
    model.head = std::move(drawn);
    return model;
}

PlantedPicture plantedPicture(int side, bool hasSquare, std::uint64_t seed)
{
    RandomStream random(mixKey({seed, hasSquare ? 1u : 0u}));
    PlantedPicture picture;
    picture.square = side / 12; // so small that one of the patches of occlusion covers it whole
    picture.left = static_cast<int>(random.below(static_cast<std::uint64_t>(side - picture.square)));
    picture.top = static_cast<int>(random.below(static_cast<std::uint64_t>(side - picture.square)));
    picture.image = {side, side, {}};
    const double across = random.uniform(0.05, 0.2);
    const double down = random.uniform(0.05, 0.2);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const bool isInside = hasSquare && x >= picture.left && x < picture.left + picture.square &&
                                  y >= picture.top && y < picture.top + picture.square;
            const double grey =
                125 + 40 * std::sin(across * x) * std::cos(down * y) + random.uniform(-25, 25);
            for (const double channel : {220.0, 40.0, 30.0}) {
                picture.image.pixels.push_back(
                    static_cast<std::uint8_t>(isInside ? channel : std::clamp(grey, 0.0, 255.0)));
            }
        }
    }
    return picture;
}

RgbImage mirrored(const RgbImage& image)
{
    RgbImage result = image;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const auto from = static_cast<std::size_t>(y * image.width + x) * 3;
            const auto to = static_cast<std::size_t>(y * image.width + image.width - 1 - x) * 3;
            std::copy_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(from), 3,
                        result.pixels.begin() + static_cast<std::ptrdiff_t>(to));
        }
    }
    return result;
}

std::vector<Explanation> explained(const ModelWeights& model, const std::vector<std::filesystem::path>& files,
                                   const ExplainRequest& request, const ComputeOptions& options)
{
    std::vector<Explanation> result;
    Explainer(model, options).explain(files, request, [&](const Explanation& explanation) {
        result.push_back(explanation);
    });
    return result;
}

double rankCorrelation(const std::vector<float>& a, const std::vector<float>& b)
{
    const auto ranks = [](const std::vector<float>& values) {
        std::vector<double> result;
        for (const float value : values) {
            const auto below = std::ranges::count_if(values, [&](float other) { return other < value; });
            const auto same = std::ranges::count(values, value);
            result.push_back(static_cast<double>(below) + static_cast<double>(same - 1) / 2);
        }
        return result;
    };
    const std::vector<double> x = ranks(a);
    const std::vector<double> y = ranks(b);
    const double mean = (static_cast<double>(a.size()) - 1) / 2;
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

} // namespace thaw::test
