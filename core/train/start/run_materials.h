#pragma once

#include "core/base/progress.h"
#include "core/data/dataset/dataset_index.h"
#include "core/model/weights/weights.h"
#include "core/run/notice.h"

#include <cstdint>
#include <functional>

namespace thaw {

/// What is done before a run.
enum class Preparation {
    Dataset, ///< its pictures are read
    Weights, ///< they are found, fetched or drawn
    Run,     ///< all is there: the run begins
};

/// Told on the calling thread; each may be empty.
struct PrepareObserver
{
    std::function<void(Preparation)> begun;
    ProgressCallback progressed; ///< of the preparation in hand
    std::function<void(const DatasetIndex&)> scanned;
    std::function<void(const Notice&)> noticed;
};

/// What the files of a data set look like from outside: a key over their sizes and times of change; never 0.
std::uint64_t stampOf(const DatasetIndex& dataset);

/// Pictures and weights of a run, kept so that it can go on at once: see ResumeOptions::materials.
struct RunMaterials
{
    DatasetIndex dataset;
    BaseWeights weights;
    std::uint64_t stamp = 0; ///< stampOf() the data set when it was read; 0: there is nothing here

    /// Whether no picture's file has been touched since.
    bool areFresh() const;
};

} // namespace thaw
