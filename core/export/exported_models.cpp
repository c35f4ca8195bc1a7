#include "core/export/exported_models.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/evaluate/evaluation.h"
#include "core/export/onnx_interpreter.h"
#include "core/export/onnx_operations.h"

#include <opencv2/dnn.hpp>

#include <array>
#include <optional>

namespace thaw {

namespace {

/// A second a picture of the published network, where OpenCV takes a tenth.
constexpr std::size_t interpretedPictures = 16;

/// [1, 3, S, S].
std::vector<float> channelsFirst(const FloatImage& image)
{
    const std::size_t plane = image.pixels.size() / 3;
    std::vector<float> values(image.pixels.size());
    for (std::size_t i = 0; i < plane; ++i) {
        for (std::size_t channel = 0; channel < 3; ++channel) {
            values[channel * plane + i] = image.pixels[i * 3 + channel];
        }
    }
    return values;
}

class SafetensorsModel : public ExportedModel
{
public:
    explicit SafetensorsModel(const std::filesystem::path& file) : m_model(readModelWeights(file)) {}

    std::string reader() const override { return std::string("Thaw ") + thawVersion; }

    std::vector<double> answer(const std::filesystem::path& picture) override
    {
        ComputeOptions options;
        options.device = "cpu";
        options.precision = Precision::Float32;
        Prediction answered;
        predictFiles(m_model, {picture}, options, [&](const Prediction& each) { answered = each; });
        return answered.probabilities;
    }

private:
    ModelWeights m_model;
};

class OpencvModel : public ExportedModel
{
public:
    OpencvModel(cv::dnn::Net net, const TransformSpec& transform)
        : m_net(std::move(net)), m_transform(transform)
    {
    }

    std::string reader() const override { return std::string("OpenCV ") + cv::getVersionString(); }

    std::vector<double> answer(const std::filesystem::path& picture) override
    {
        const FloatImage image = transformFile(picture, m_transform);
        std::vector<float> values = channelsFirst(image);
        const std::array<int, 4> shape{1, 3, image.height, image.width};
        m_net.setInput(cv::Mat(4, shape.data(), CV_32F, values.data()));
        const cv::Mat output = m_net.forward();
        return {output.begin<float>(), output.end<float>()};
    }

private:
    cv::dnn::Net m_net;
    TransformSpec m_transform;
};

class InterpretedModel : public ExportedModel
{
public:
    InterpretedModel(const std::filesystem::path& file, const TransformSpec& transform, bool takesImages)
        : m_interpreter(readOnnxGraph(file)), m_transform(transform), m_takesImages(takesImages)
    {
    }

    std::string reader() const override { return std::string("the ONNX interpreter of Thaw ") + thawVersion; }

    std::size_t enough() const override { return interpretedPictures; }

    /// @throws Error WeightsInvalid where the file cannot compute a black picture
    void requireAnswer() const
    {
        const std::int64_t side = m_transform.inputSize;
        m_interpreter.run(
            {{1, 3, side, side}, std::vector<float>(static_cast<std::size_t>(3 * side * side))});
    }

    std::vector<double> answer(const std::filesystem::path& picture) override
    {
        const OnnxTensor output = m_interpreter.run(m_takesImages ? bytesOf(picture) : pixelsOf(picture));
        const std::vector<float>& values = floatsOf(output);
        return {values.begin(), values.end()};
    }

private:
    OnnxTensor bytesOf(const std::filesystem::path& picture) const
    {
        RgbImage image = loadImage(picture, m_transform.applyOrientation);
        return {{1, image.height, image.width, 3}, std::move(image.pixels)};
    }

    OnnxTensor pixelsOf(const std::filesystem::path& picture) const
    {
        const FloatImage image = transformFile(picture, m_transform);
        return {{1, 3, image.height, image.width}, channelsFirst(image)};
    }

    OnnxInterpreter m_interpreter;
    TransformSpec m_transform;
    bool m_takesImages;
};

/// Nothing where OpenCV refuses the file: it knows fewer operations, and fewer versions of ONNX.
std::optional<cv::dnn::Net> opencvNet(const std::filesystem::path& file)
{
    try {
        cv::dnn::Net net = cv::dnn::readNetFromONNX(file.string());
        return net.empty() ? std::nullopt : std::optional(net);
    } catch (const cv::Exception&) {
        return std::nullopt;
    }
}

} // namespace

std::unique_ptr<ExportedModel> openSafetensors(const std::filesystem::path& file, const TransformSpec&)
{
    return std::make_unique<SafetensorsModel>(file);
}

std::unique_ptr<ExportedModel> openOnnx(const std::filesystem::path& file, const TransformSpec& transform)
{
    // Computed here first: OpenCV trusts the shapes of a file that nobody vouches for.
    auto interpreted = std::make_unique<InterpretedModel>(file, transform, false);
    interpreted->requireAnswer();
    if (auto net = opencvNet(file)) {
        return std::make_unique<OpencvModel>(std::move(*net), transform);
    }
    return interpreted;
}

std::unique_ptr<ExportedModel> openOnnxImage(const std::filesystem::path& file,
                                             const TransformSpec& transform)
{
    return std::make_unique<InterpretedModel>(file, transform, true);
}

} // namespace thaw
