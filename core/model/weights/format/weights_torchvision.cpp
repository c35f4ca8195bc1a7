#include "core/model/weights/format/weights_formats.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace thaw {

namespace {

/// Of one prefix: where each tensor stands.
struct Candidate
{
    std::map<std::pair<std::size_t, bool>, std::size_t> places; ///< by convolution and whether it is the bias
};

std::string nameOf(const std::string& prefix, std::size_t convolution, bool isBias)
{
    return prefix + std::to_string(torchvisionIndices()[convolution]) + (isBias ? ".bias" : ".weight");
}

std::size_t placeOf(const Candidate& candidate, const std::string& prefix, std::size_t convolution,
                    bool isBias, const std::vector<std::string>& names, const std::filesystem::path& path)
{
    const auto found = candidate.places.find({convolution, isBias});
    if (found != candidate.places.end()) {
        return found->second;
    }
    const auto isOfThis = [&prefix](const std::string& name) {
        return name.starts_with(prefix) && isNormalisation(name);
    };
    if (std::any_of(names.begin(), names.end(), isOfThis)) {
        throwWeightsInvalid(path, "holds a VGG with batch normalisation, which is another network",
                            "use torchvision's vgg16");
    }
    throwWeightsInvalid(path, "tensor " + nameOf(prefix, convolution, isBias) + " is missing",
                        "use a file that holds a VGG16 network");
}

} // namespace

std::optional<TorchvisionName> torchvisionName(std::string_view name)
{
    TorchvisionName result;
    const std::string_view whole = name;
    if (name.ends_with(".weight")) {
        name.remove_suffix(std::string_view(".weight").size());
    } else if (name.ends_with(".bias")) {
        name.remove_suffix(std::string_view(".bias").size());
        result.isBias = true;
    } else {
        return std::nullopt;
    }
    const std::size_t dot = name.rfind('.');
    const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
    int index = -1;
    const auto [end, error] = std::from_chars(name.data() + begin, name.data() + name.size(), index);
    const auto& indices = torchvisionIndices();
    const auto found = std::find(indices.begin(), indices.end(), index);
    if (error != std::errc() || end != name.data() + name.size() || found == indices.end()) {
        return std::nullopt;
    }
    result.prefix = whole.substr(0, begin);
    result.convolution = static_cast<std::size_t>(found - indices.begin());
    // "classifier.0.weight" is another layer; "10.bias" alone is what features.state_dict() gives.
    const bool isBase =
        result.prefix.empty() || result.prefix == "features." || result.prefix.ends_with(".features.");
    return isBase ? std::optional(result) : std::nullopt;
}

bool isNormalisation(std::string_view name)
{
    return name == "1.weight" || name == "features.1.weight" || name.ends_with(".features.1.weight");
}

void throwNoTorchvisionNames(const std::filesystem::path& path)
{
    throwWeightsInvalid(path, "holds no tensors under torchvision's names (features.0.weight …)",
                        "use a file that holds torchvision's VGG16");
}

TorchvisionPlaces findTorchvisionBase(const std::vector<std::string>& names,
                                      const std::filesystem::path& path)
{
    std::map<std::string, Candidate> candidates;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (const auto name = torchvisionName(names[i])) {
            auto& places = candidates[std::string(name->prefix)].places;
            if (!places.emplace(std::pair(name->convolution, name->isBias), i).second) {
                throwWeightsInvalid(path, "tensor " + names[i] + " is there twice");
            }
        }
    }
    const auto fuller = [](const auto& a, const auto& b) {
        return a.second.places.size() < b.second.places.size();
    };
    const auto best = std::max_element(candidates.begin(), candidates.end(), fuller);
    if (best == candidates.end()) {
        throwNoTorchvisionNames(path);
    }
    const auto& [prefix, candidate] = *best;
    const auto isAsFull = [&best](const auto& other) {
        return other.second.places.size() == best->second.places.size();
    };
    if (std::count_if(candidates.begin(), candidates.end(), isAsFull) > 1) {
        throwWeightsInvalid(path, "holds two networks (\"" + prefix + "\" and another)",
                            "save one of them alone");
    }
    TorchvisionPlaces result;
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = {placeOf(candidate, prefix, i, false, names, path),
                     placeOf(candidate, prefix, i, true, names, path)};
    }
    return result;
}

BaseWeights withTorchvisionConvention(BaseWeights weights)
{
    weights = namedBySource(std::move(weights));
    weights.preprocessing =
        conventionOfFirstLayer(weights.layers.front()).value_or(torchvisionPreprocessing());
    return weights;
}

} // namespace thaw
