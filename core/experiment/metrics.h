#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace thaw {

/// One row of history.csv. Not-a-number where something was not measured (no validation set).
struct EpochMetrics
{
    int phase = 1;   ///< from 1
    int epoch = 1;   ///< from 1, restarts in each phase
    double loss = 0; ///< running mean over the epoch's batches, weighted by their size, dropout on (as Keras)
    double accuracy = 0;                                       ///< likewise, 0–1
    double valLoss = std::numeric_limits<double>::quiet_NaN(); ///< measured at the epoch's end
    double valAccuracy = std::numeric_limits<double>::quiet_NaN();
    double learningRate = 0;
    double seconds = 0;         ///< validation included
    double imagesPerSecond = 0; ///< training pictures over training time
};

/// Loss and accuracy over a set of pictures.
struct Score
{
    double loss = std::numeric_limits<double>::quiet_NaN();
    double accuracy = std::numeric_limits<double>::quiet_NaN();
    int images = 0;
};

/// The best epoch of a phase: lowest validation loss, first on ties; training loss decides without a
/// validation set.
struct BestEpoch
{
    int phase = 1;
    int epoch = 0; ///< 0: none yet
    double valLoss = std::numeric_limits<double>::infinity();
    double valAccuracy = std::numeric_limits<double>::quiet_NaN();
    /// Number of validation pictures measured for both; 0: none, or not noted (older runs).
    int images = 0;
    /// Both were measured again later, on other validation pictures; the history has the first values.
    bool measuredAgain = false;
    /// The hash that the file of its weights contains; empty: not known (older runs).
    std::string contentHash{};
};

} // namespace thaw
