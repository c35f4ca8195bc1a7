#pragma once

#include "core/experiment/run_record.h"

#include <string>
#include <vector>

namespace thaw {

// What a run's numbers do not tell: an accuracy over fewer classes than the run has must not be shown bare.

/// Classes that the run's result says nothing about: the split measured had no picture of them. Empty without
/// a result.
std::vector<std::string> unmeasuredInResult(const RunRecord& record);

/// The same of the validation accuracies, by the record's counts. Empty where there were no validation
/// pictures at all, for then there is no accuracy, and where the record has no counts.
std::vector<std::string> unmeasuredInValidation(const RunRecord& record);

} // namespace thaw
