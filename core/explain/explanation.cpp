#include "core/explain/explanation.h"

#include "core/base/enum_names.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace thaw {

namespace {

constexpr EnumNames<ExplainMethod, 3> explainMethodNames{{
    {ExplainMethod::HiResCam, "hirescam"},
    {ExplainMethod::GradCam, "gradcam"},
    {ExplainMethod::Occlusion, "occlusion"},
}};
static_assert(isComplete(explainMethodNames, ExplainMethod::Occlusion));

} // namespace

const char* nameOf(ExplainMethod method)
{
    return nameIn(explainMethodNames, method);
}

std::optional<ExplainMethod> explainMethodFromName(std::string_view name)
{
    return valueIn(explainMethodNames, name);
}

bool setEvidence(Explanation& explanation, PlaceMap evidence)
{
    const std::vector<float>& values = evidence.values;
    if (values.empty() ||
        !std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
        return false;
    }
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    explanation.largest = std::max(*most, 0.0f);
    explanation.largestAgainst = std::max(-*least, 0.0f);
    explanation.map = evidence;
    if (explanation.method != ExplainMethod::Occlusion) {
        for (float& value : explanation.map.values) {
            value = std::max(value, 0.0f);
        }
    }
    explanation.evidence = std::move(evidence);
    return true;
}

} // namespace thaw
