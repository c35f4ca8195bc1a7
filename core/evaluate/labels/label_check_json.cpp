#include "core/base/printable.h"
#include "core/evaluate/labels/doubtful_labels.h"

#include <nlohmann/json.hpp>

namespace thaw {

std::string formatLabelCheck(const LabelCheck& check)
{
    using OrderedJson = nlohmann::ordered_json;
    OrderedJson object;
    object["classes"] = check.classes;
    object["images"] = check.images;
    object["agreement"] = check.agreement;
    object["suspects"] = OrderedJson::array();
    for (const DoubtfulLabel& suspect : check.suspects) {
        object["suspects"].push_back({{"path", suspect.path},
                                      {"given", suspect.given},
                                      {"suggested", suspect.suggested},
                                      {"self_confidence", suspect.selfConfidence}});
    }
    object["left_out"] = OrderedJson::array();
    for (const ExcludedImage& image : check.leftOut) {
        object["left_out"].push_back({{"path", image.path}, {"error", image.reason}});
    }
    return printableLines(object.dump(2, ' ', false, OrderedJson::error_handler_t::replace)) + "\n";
}

} // namespace thaw
