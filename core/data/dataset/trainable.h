#pragma once

#include "core/data/dataset/dataset_index.h"

#include <vector>

namespace thaw {

/// What keeps a data set from being trained on, all at once, as findings of severity Error: no training
/// pictures, classes that only validation or test has, names of classes that a model's file cannot hold.
/// Empty where it can be trained on. A scan for training has them among its problems; a run refuses them too.
std::vector<Problem> obstaclesToTraining(const DatasetIndex& dataset);

} // namespace thaw
