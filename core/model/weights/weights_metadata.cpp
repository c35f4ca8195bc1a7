#include "core/model/weights/weights_metadata.h"

#include "core/base/number_text.h"
#include "core/model/weights/format/weights_formats.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <set>

namespace thaw {

namespace {

namespace key {
constexpr const char* format = "format";
constexpr const char* version = "format_version";
constexpr const char* order = "preprocessing.order";
constexpr const char* scale = "preprocessing.scale";
constexpr const char* mean = "preprocessing.mean";
constexpr const char* std = "preprocessing.std";
constexpr const char* inputSize = "input_size";
constexpr const char* resize = "resize";
constexpr const char* exif = "exif";
constexpr const char* dctMethod = "dct_method";
constexpr const char* classes = "classes";
constexpr const char* dropout = "dropout";
constexpr const char* flatten = "flatten";
constexpr const char* recipe = "recipe";
constexpr const char* phase = "phase";
} // namespace key

constexpr const char* formatName = "thaw-weights";
constexpr int formatVersion = 1;
constexpr std::size_t classLimit = 100'000;
constexpr std::size_t listLimit = 8'000'000; ///< bytes: a document tree takes many times its text

const std::set<std::string>& ownKeys()
{
    static const std::set<std::string> keys{
        key::format,  key::version,      key::order,          key::scale,    key::mean,
        key::std,     key::inputSize,    key::resize,         key::exif,     key::dctMethod,
        key::classes, metadataKey::head, key::dropout,        key::flatten,  key::recipe,
        key::phase,   metadataKey::hash, metadataKey::source, contentHashKey};
    return keys;
}

[[noreturn]] void badValue(const char* name, const std::filesystem::path& path)
{
    throwWeightsInvalid(path, std::string("its description lacks a valid \"") + name + "\"");
}

const std::string& valueOf(const Metadata& metadata, const char* name, const std::filesystem::path& path)
{
    const auto found = metadata.find(name);
    if (found == metadata.end()) {
        badValue(name, path);
    }
    return found->second;
}

template <class Number>
Number numberFrom(const Metadata& metadata, const char* name, const std::filesystem::path& path)
{
    const std::string& text = valueOf(metadata, name, path);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        badValue(name, path);
    }
    return value;
}

std::string listText(const std::array<float, 3>& values)
{
    return "[" + numberText(values[0]) + "," + numberText(values[1]) + "," + numberText(values[2]) + "]";
}

nlohmann::json arrayFrom(const Metadata& metadata, const char* name, const std::filesystem::path& path)
{
    const std::string& text = valueOf(metadata, name, path);
    if (text.size() > listLimit) {
        badValue(name, path);
    }
    auto list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array()) {
        badValue(name, path);
    }
    return list;
}

std::array<float, 3> listFrom(const Metadata& metadata, const char* name, const std::filesystem::path& path)
{
    const nlohmann::json list = arrayFrom(metadata, name, path);
    std::array<float, 3> values{};
    if (list.size() != values.size()) {
        badValue(name, path);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!list[i].is_number() || !std::isfinite(list[i].get<float>())) {
            badValue(name, path);
        }
        values[i] = list[i].get<float>();
    }
    return values;
}

std::vector<std::string> classesFrom(const Metadata& metadata, const std::filesystem::path& path)
{
    std::vector<std::string> classes;
    for (const auto& item : arrayFrom(metadata, key::classes, path)) {
        if (!item.is_string()) {
            badValue(key::classes, path);
        }
        classes.push_back(item.get<std::string>());
    }
    if (classes.size() < 2 || classes.size() > classLimit) {
        badValue(key::classes, path);
    }
    return classes;
}

TransformSpec transformFrom(const Metadata& metadata, const std::filesystem::path& path)
{
    TransformSpec transform;
    transform.inputSize = numberFrom<int>(metadata, key::inputSize, path);
    if (transform.inputSize < minInputSize || transform.inputSize > maxInputSize) {
        badValue(key::inputSize, path);
    }
    const auto rule = resizeRuleFromName(valueOf(metadata, key::resize, path));
    if (!rule) {
        badValue(key::resize, path);
    }
    transform.resize = *rule;
    const std::string& exif = valueOf(metadata, key::exif, path);
    if (exif != "true" && exif != "false") {
        badValue(key::exif, path);
    }
    transform.applyOrientation = exif == "true";
    // Models from before there was a choice lack it.
    if (const auto found = metadata.find(key::dctMethod); found != metadata.end()) {
        const auto method = dctMethodFromName(found->second);
        if (!method) {
            badValue(key::dctMethod, path);
        }
        transform.dctMethod = *method;
    }
    return transform;
}

} // namespace

void requireKnownFormat(const Metadata& metadata, const std::filesystem::path& path)
{
    const auto format = metadata.find(key::format);
    if (format == metadata.end() || format->second != formatName) {
        return;
    }
    const int version = numberFrom<int>(metadata, key::version, path);
    if (version > formatVersion) {
        throwWeightsInvalid(path,
                            "is of format version " + std::to_string(version) + ", this program knows " +
                                std::to_string(formatVersion),
                            "use a newer version of Thaw");
    }
    if (version < 1) {
        badValue(key::version, path);
    }
    valueOf(metadata, key::order, path);
}

std::optional<Preprocessing> preprocessingFrom(const Metadata& metadata, const std::filesystem::path& path)
{
    const bool any = metadata.contains(key::order) || metadata.contains(key::scale) ||
                     metadata.contains(key::mean) || metadata.contains(key::std);
    if (!any) {
        return std::nullopt;
    }
    Preprocessing result;
    const std::string& order = valueOf(metadata, key::order, path);
    if (order != "bgr" && order != "rgb") {
        badValue(key::order, path);
    }
    result.order = order == "bgr" ? ChannelOrder::Bgr : ChannelOrder::Rgb;
    result.scale = numberFrom<float>(metadata, key::scale, path);
    if (!std::isfinite(result.scale) || result.scale == 0) {
        badValue(key::scale, path);
    }
    result.mean = listFrom(metadata, key::mean, path);
    result.std = listFrom(metadata, key::std, path);
    for (const float deviation : result.std) {
        if (!(deviation > 0)) {
            badValue(key::std, path);
        }
    }
    return result;
}

Metadata metadataOf(const BaseWeights& base)
{
    return {{key::format, formatName},
            {key::version, std::to_string(formatVersion)},
            {key::order, base.preprocessing.order == ChannelOrder::Bgr ? "bgr" : "rgb"},
            {key::scale, numberText(base.preprocessing.scale)},
            {key::mean, listText(base.preprocessing.mean)},
            {key::std, listText(base.preprocessing.std)},
            {metadataKey::source, base.source},
            {metadataKey::hash, hashOf(base.layers)}};
}

Metadata metadataOf(const ModelWeights& model)
{
    Metadata metadata = metadataOf(model.base);
    metadata[key::inputSize] = std::to_string(model.transform.inputSize);
    metadata[key::resize] = nameOf(model.transform.resize);
    metadata[key::exif] = model.transform.applyOrientation ? "true" : "false";
    metadata[key::dctMethod] = nameOf(model.transform.dctMethod);
    metadata[key::classes] =
        nlohmann::json(model.classes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    metadata[metadataKey::head] = nameOf(model.headSpec.kind);
    metadata[key::dropout] = numberText(model.headSpec.dropout);
    metadata[key::flatten] = "HWC";
    if (!model.recipeJson.empty()) {
        metadata[key::recipe] = model.recipeJson;
    }
    if (model.phase > 0) {
        metadata[key::phase] = std::to_string(model.phase);
    }
    // Ours win: insert leaves what is there.
    metadata.insert(model.otherMetadata.begin(), model.otherMetadata.end());
    return metadata;
}

ModelWeights modelFromMetadata(const Metadata& metadata, const std::filesystem::path& path)
{
    if (const auto format = metadata.find(key::format);
        format == metadata.end() || format->second != formatName) {
        throwWeightsInvalid(path, "does not hold a model trained by Thaw",
                            "choose the best.safetensors of a run, or an exported file");
    }
    requireKnownFormat(metadata, path);
    ModelWeights model;
    model.transform = transformFrom(metadata, path);
    model.classes = classesFrom(metadata, path);
    const auto kind = headKindFromName(valueOf(metadata, metadataKey::head, path));
    if (!kind) {
        badValue(metadataKey::head, path);
    }
    model.headSpec.kind = *kind;
    model.headSpec.classes = static_cast<int>(model.classes.size());
    model.headSpec.dropout = numberFrom<double>(metadata, key::dropout, path);
    if (!(model.headSpec.dropout >= 0 && model.headSpec.dropout < 1)) {
        badValue(key::dropout, path);
    }
    model.headSpec.featureSide = featureSide(model.transform.inputSize);
    if (valueOf(metadata, key::flatten, path) != "HWC") {
        badValue(key::flatten, path);
    }
    if (const auto recipe = metadata.find(key::recipe); recipe != metadata.end()) {
        model.recipeJson = recipe->second;
    }
    if (metadata.contains(key::phase)) {
        model.phase = numberFrom<int>(metadata, key::phase, path);
        if (model.phase < 1) {
            badValue(key::phase, path);
        }
    }
    if (const auto hash = metadata.find(contentHashKey); hash != metadata.end()) {
        model.contentHash = hash->second;
    }
    for (const auto& [name, value] : metadata) {
        if (!ownKeys().contains(name)) {
            model.otherMetadata[name] = value;
        }
    }
    return model;
}

} // namespace thaw
