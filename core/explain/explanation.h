#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// How a map of what speaks for a class is made; docs/explanations.md has the formulas and their sources.
enum class ExplainMethod {
    HiResCam,  ///< gradient times activation, place by place (Draelos & Carin 2020)
    GradCam,   ///< activations weighted by each channel's mean gradient (Selvaraju et al. 2017)
    Occlusion, ///< by how much the score falls when a place is covered (Zeiler & Fergus 2014)
};

inline constexpr ExplainMethod explainMethods[] = {ExplainMethod::HiResCam, ExplainMethod::GradCam,
                                                   ExplainMethod::Occlusion};

const char* nameOf(ExplainMethod method); ///< "hirescam", "gradcam", "occlusion"
std::optional<ExplainMethod> explainMethodFromName(std::string_view name);

/// A number for each place of a grid that covers the square that the network sees.
struct PlaceMap
{
    int height = 0;
    int width = 0;
    std::vector<float> values; ///< [height, width]

    bool operator==(const PlaceMap&) const = default;
};

/// Where one picture has what speaks for one class.
struct Explanation
{
    std::string path;
    int label = -1; ///< the class explained
    /// Its score before sigmoid or softmax, which the map is about. With one sigmoid that is z for the second
    /// class, and −z for the first.
    double logit = 0;
    ExplainMethod method = ExplainMethod::HiResCam;
    std::string layer; ///< whose output the map is of; empty for occlusion
    /// What speaks for the class, positive, and against it, negative, in units of the logit. With one sigmoid
    /// the other class's is the same with the other sign.
    PlaceMap evidence;
    /// The map as its source defines it, neither scaled nor enlarged: the evidence after a ReLU; for
    /// occlusion the evidence itself.
    PlaceMap map;
    float largest = 0; ///< of the map; 0 where nothing in it is positive
    /// The largest evidence against the class, as a positive number: with one sigmoid `largest` of the other
    /// class.
    float largestAgainst = 0;
    std::string error; ///< why there is no map; all but `path` is then empty

    /// Nothing speaks for the class.
    bool isEmpty() const { return largest <= 0; }
};

/// The evidence's map and sizes. @return false when a number of it is infinite or none
bool setEvidence(Explanation& explanation, PlaceMap evidence);

} // namespace thaw
