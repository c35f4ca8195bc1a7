#include "app/cli/remedy_words.h"

namespace thaw::cli {

std::string remedyText(Remedy remedy)
{
    switch (remedy) {
    case Remedy::None:
        break;
    case Remedy::AcceptLosses:
        return "to start all the same: --accept-losses";
    case Remedy::AcceptChanges:
        return "to go on all the same: --accept-changes";
    case Remedy::AcceptAll:
        return "to go on all the same: --accept-losses --accept-changes";
    case Remedy::ResumeRun:
        return "to go on: thaw-cli train --resume RUN";
    case Remedy::LowerRate:
        return "to go on with a tenth of the rate: thaw-cli train --resume RUN --rate-factor 0.1";
    case Remedy::UseProcessor:
        return "--device cpu or auto";
    case Remedy::MeasureAll:
        return "--split all";
    case Remedy::RepeatRun:
        return "thaw-cli train DATASET --recipe RUN/recipe.json";
    case Remedy::ImportWeights:
        return "thaw-cli weights import FILE, or --weights none";
    }
    return {};
}

std::string errorLine(const Error& error)
{
    const std::string remedy = remedyText(error.remedy());
    return error.what() + (remedy.empty() ? "" : " (" + remedy + ")");
}

} // namespace thaw::cli
