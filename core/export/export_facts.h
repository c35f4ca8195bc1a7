#pragma once

#include "core/export/parity.h"
#include "core/run/model_source.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// What is known of a model beside its weights, to be written into exports. None of it tells of the machine
/// or of whoever trained it.
struct ExportFacts
{
    std::string dataFingerprint;        ///< of the data set that it was trained on; empty: not known
    std::string licence;                ///< of the weights that training began with; empty: not known
    double threshold = 0.5;             ///< see ChosenThreshold
    std::string thresholdFrom;          ///< ChosenThreshold::chosenOn; empty: nobody chose one
    std::optional<ParityReport> parity; ///< measured on the file itself; absent while it is not
    /// Pictures to compare answers on; empty: made ones.
    std::vector<std::filesystem::path> pictures;
};

/// @return with pictures of the run's own data set where they are still there: those of the test split, else
/// of validation's, else of training's, spread over the whole split
ExportFacts exportFactsOf(const ModelSource& source);

} // namespace thaw
