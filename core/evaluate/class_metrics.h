#pragma once

#include <cstddef>
#include <vector>

namespace thaw {

/// Between what the accuracy on all such pictures lies, for all that these few can tell.
struct AccuracyInterval
{
    double low = 0;
    double high = 1;
};

/// How one class fares. With a picture called positive when its class is this one: precision is the share of
/// those predicted positive that are, recall the share of the positive that were predicted, F1 their harmonic
/// mean. All 0–1; not-a-number where the share is of nothing.
struct ClassMetrics
{
    double precision = 0; ///< not-a-number when the class was never predicted
    double recall = 0;    ///< not-a-number when no picture is of the class
    double f1 = 0;        ///< 2·right / (pictures + predicted); not-a-number when both are none
    int images = 0;       ///< pictures of the class
    int predicted = 0;    ///< pictures taken for it
    int right = 0;        ///< of the class, and taken for it
    AccuracyInterval precisionInterval; ///< accuracyInterval() of right of predicted
    AccuracyInterval recallInterval;    ///< of right of images
};

/// One entry a class. @param confusion [true][predicted], square, counts ≥ 0
std::vector<ClassMetrics> classMetrics(const std::vector<std::vector<int>>& confusion);

/// Precision, recall and F1 of all classes together: of the classes that have pictures or were predicted, a
/// figure that is not defined counting 0, as scikit-learn's with zero_division=0.
struct AverageMetrics
{
    double precision = 0;
    double recall = 0;
    double f1 = 0;
};
AverageMetrics macroAverage(const std::vector<ClassMetrics>& metrics);    ///< each class counts the same
AverageMetrics weightedAverage(const std::vector<ClassMetrics>& metrics); ///< each by its pictures

/// Wilson's interval of 95 %, without continuity correction. Not-a-number of no pictures.
AccuracyInterval accuracyInterval(int right, int images);

/// The mean recall of the classes of which there are pictures: each counts the same, however many it has.
double balancedAccuracy(const std::vector<std::vector<int>>& confusion);
/// The same of counts by class. @param right of them, answered rightly; as many
double balancedAccuracy(const std::vector<std::size_t>& right, const std::vector<std::size_t>& images);
/// What always answering with the largest class would reach.
double baselineAccuracy(const std::vector<std::vector<int>>& confusion);

/// Share of the pictures whose class is among the `count` likeliest; of equal ones the first in order.
/// @param probabilities one list a picture  @param truths likewise
double topAccuracy(const std::vector<std::vector<double>>& probabilities, const std::vector<int>& truths,
                   std::size_t count);

} // namespace thaw
