#pragma once

#include <vector>

namespace thaw {

/// How one class fares. With a picture called positive when its class is this one: precision is the share of
/// those predicted positive that are, recall the share of the positive that were predicted, F1 their harmonic
/// mean. All 0–1; not-a-number where the share is of nothing.
struct ClassMetrics
{
    double precision = 0; ///< not-a-number when the class was never predicted
    double recall = 0;    ///< not-a-number when no picture is of the class
    double f1 = 0;        ///< 2·right / (pictures + predicted); not-a-number when both are none
    int images = 0;       ///< pictures of the class
};

/// One entry a class. @param confusion [true][predicted], square, counts ≥ 0
std::vector<ClassMetrics> classMetrics(const std::vector<std::vector<int>>& confusion);

} // namespace thaw
