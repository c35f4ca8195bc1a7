#pragma once

#include "core/evaluate/evaluation.h"
#include "core/run/run_split.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// evaluation.json as read back: what a page shows of a run without computing anything.
struct KeptEvaluation
{
    std::string evaluatedAt; ///< ISO 8601, UTC
    /// The data set's folder or list, and the folder that the paths of predictions.csv begin in. Bytes that
    /// are not UTF-8 are U+FFFD in both: the run's record has the path exactly.
    std::filesystem::path dataset;
    std::filesystem::path root;
    std::string fingerprint;
    Evaluation evaluation; ///< without its predictions
};

/// Reads RUN/evaluation.json; nothing where there is none. Files of before, without the later keys, are read
/// too. Every count and share is checked for its range, and the counts for adding up.
/// @throws Error RunInvalid (names the file, and what is wrong)
std::optional<KeptEvaluation> readEvaluation(const std::filesystem::path& run);

/// Reads RUN/predictions.csv, in the file's order, with whole paths; nothing where there is none. The
/// probabilities are the float32 numbers that were written. Checked: as many pictures as `kept` has, the same
/// classes and the same confusion, probabilities within 0–1 that add up to 1, the likeliest as the answer.
/// @param entries of the run (RUN/split.csv): the file's paths are made fit to be shown, and get their exact
/// bytes back from these where they have any
/// @throws Error RunInvalid (names the line)
std::optional<std::vector<Prediction>> readPredictions(const std::filesystem::path& run,
                                                       const KeptEvaluation& kept,
                                                       const std::vector<SplitEntry>& entries = {});

/// Largest files that are read: 1,000 classes have a matrix of some 20 MB, 100,000 answers of 200 classes are
/// some 250 MB.
inline constexpr std::uint64_t maxEvaluationSize = std::uint64_t(64) << 20;
inline constexpr std::uint64_t maxPredictionsSize = std::uint64_t(1) << 30;

/// `kind` in left_out.
inline constexpr struct
{
    const char* lost = "lost";                  ///< Evaluation::leftOut
    const char* unknownClass = "unknown-class"; ///< Evaluation::notKnown
    const char* unreadable = "unreadable";      ///< Evaluation::unreadable
} leftOutKinds;

} // namespace thaw
