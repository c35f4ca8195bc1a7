#include "core/export/export_description.h"

#include "core/base/number_text.h"
#include "core/base/version.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace thaw {

namespace {

using Json = nlohmann::json;

constexpr int descriptionVersion = 2;
/// Thaw answers with plain probabilities.
constexpr double temperature = 1;

std::string dumped(const Json& json, int indent)
{
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// As Python writes a text: 'it\'s'. JSON's own escapes mean the same there.
std::string pythonText(const std::string& text)
{
    const std::string quoted = dumped(Json(text), -1);
    std::string result = "'";
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (quoted[i] == '\\' && quoted[i + 1] == '"') {
            continue;
        }
        result += quoted[i] == '\'' ? "\\'" : std::string(1, quoted[i]);
        if (quoted[i] == '\\') {
            result += quoted[++i];
        }
    }
    return result + "'";
}

/// {0: 'cat', 1: 'dog'}, as Ultralytics's programs read it.
std::string pythonNames(const std::vector<std::string>& classes)
{
    std::string text;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        text += (i == 0 ? "{" : ", ") + std::to_string(i) + ": " + pythonText(classes[i]);
    }
    return text + "}";
}

/// The figure says nothing of the pictures' names.
Json parityJson(const ParityReport& parity)
{
    return {{"largest_difference", std::isfinite(parity.largest) ? Json(parity.largest) : Json()},
            {"pictures", parity.pictures},
            {"made_pictures", parity.areMade},
            {"reader", parity.reader}};
}

const char* interpolationOf(ResizeRule rule)
{
    return rule == ResizeRule::Antialiased
               ? "area average where it shrinks, else bilinear, half-pixel centres"
               : "bilinear, half-pixel centres, no antialiasing";
}

} // namespace

std::string describeExport(const ModelWeights& model, const ExportFacts& facts, ExportInput input)
{
    const Preprocessing& preprocessing = model.base.preprocessing;
    const bool isImage = input == ExportInput::Image;
    Json taken{{"layout", isImage ? "NHWC" : "NCHW"},
               {"type", isImage ? "uint8" : "float32"},
               {"channels", "RGB"},
               {"range", {0, 255}},
               {"size", model.transform.inputSize},
               {"resize", nameOf(model.transform.resize)},
               {"resize_is_inside", isImage},
               {"interpolation", interpolationOf(model.transform.resize)},
               {"exif", model.transform.applyOrientation},
               {"dct_method", nameOf(model.transform.dctMethod)}};
    Json description{{"version", descriptionVersion},
                     {"program", std::string("Thaw ") + thawVersion},
                     {"classes", model.classes},
                     {"input", std::move(taken)},
                     {"inside",
                      {{"order", preprocessing.order == ChannelOrder::Bgr ? "BGR" : "RGB"},
                       {"scale", preprocessing.scale},
                       {"mean", preprocessing.mean},
                       {"std", preprocessing.std}}},
                     {"output", "probabilities, one a class"},
                     {"threshold", facts.threshold},
                     {"temperature", temperature},
                     {"base", model.base.source}};
    const auto addKnown = [&](const char* key, const std::string& value) {
        if (!value.empty()) {
            description[key] = value;
        }
    };
    addKnown("threshold_chosen_on", facts.thresholdFrom);
    addKnown("data_fingerprint", facts.dataFingerprint);
    addKnown("licence", facts.licence);
    if (facts.parity) {
        description["parity"] = parityJson(*facts.parity);
    }
    return dumped(description, 2);
}

std::map<std::string, std::string> safetensorsProperties(const ExportFacts& facts)
{
    std::map<std::string, std::string> properties{{"threshold", numberText(facts.threshold)},
                                                  {"temperature", numberText(temperature)}};
    const auto addKnown = [&](const char* key, const std::string& value) {
        if (!value.empty()) {
            properties[key] = value;
        }
    };
    addKnown("threshold_chosen_on", facts.thresholdFrom);
    addKnown("data_fingerprint", facts.dataFingerprint);
    addKnown("licence", facts.licence);
    if (facts.parity) {
        properties["parity"] = dumped(parityJson(*facts.parity), -1);
    }
    return properties;
}

std::map<std::string, std::string> onnxProperties(const ModelWeights& model, const ExportFacts& facts,
                                                  ExportInput input)
{
    const std::string side = std::to_string(model.transform.inputSize);
    std::map<std::string, std::string> properties{{"thaw.preprocess", describeExport(model, facts, input)},
                                                  // Ultralytics's keys.
                                                  {"description", "VGG16 image classifier"},
                                                  {"version", thawVersion},
                                                  {"task", "classify"},
                                                  {"imgsz", "[" + side + ", " + side + "]"},
                                                  {"names", pythonNames(model.classes)},
                                                  {"channels", "3"},
                                                  // ONNX's own keys for pictures.
                                                  {"Image.BitmapPixelFormat", "Rgb8"},
                                                  {"Image.ColorSpaceGamma", "SRGB"},
                                                  {"Image.NominalPixelRange", "NominalRange_0_255"}};
    if (!facts.licence.empty()) {
        properties["license"] = facts.licence;
    }
    return properties;
}

} // namespace thaw
