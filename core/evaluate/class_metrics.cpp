#include "core/evaluate/class_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

namespace thaw {

namespace {

double shareOf(double part, double whole)
{
    return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

/// @param weights one a class
AverageMetrics averageOf(const std::vector<ClassMetrics>& metrics, const std::vector<double>& weights)
{
    AverageMetrics average;
    double whole = 0;
    for (std::size_t label = 0; label < metrics.size(); ++label) {
        const auto add = [&](double& sum, double value) {
            sum += std::isnan(value) ? 0 : weights[label] * value;
        };
        add(average.precision, metrics[label].precision);
        add(average.recall, metrics[label].recall);
        add(average.f1, metrics[label].f1);
        whole += weights[label];
    }
    return {shareOf(average.precision, whole), shareOf(average.recall, whole), shareOf(average.f1, whole)};
}

} // namespace

std::vector<ClassMetrics> classMetrics(const std::vector<std::vector<int>>& confusion)
{
    std::vector<ClassMetrics> result;
    for (std::size_t label = 0; label < confusion.size(); ++label) {
        const int right = confusion[label][label];
        int predicted = 0;
        int images = 0;
        for (std::size_t other = 0; other < confusion.size(); ++other) {
            predicted += confusion[other][label];
            images += confusion[label][other];
        }
        result.push_back({shareOf(right, predicted), shareOf(right, images),
                          shareOf(2.0 * right, static_cast<double>(images) + predicted), images, predicted,
                          right, accuracyInterval(right, predicted), accuracyInterval(right, images)});
    }
    return result;
}

AverageMetrics macroAverage(const std::vector<ClassMetrics>& metrics)
{
    std::vector<double> weights;
    for (const ClassMetrics& one : metrics) {
        weights.push_back(one.images + one.predicted > 0 ? 1 : 0);
    }
    return averageOf(metrics, weights);
}

AverageMetrics weightedAverage(const std::vector<ClassMetrics>& metrics)
{
    std::vector<double> weights;
    for (const ClassMetrics& one : metrics) {
        weights.push_back(one.images);
    }
    return averageOf(metrics, weights);
}

AccuracyInterval accuracyInterval(int right, int images)
{
    constexpr double z = 1.959963984540054; // 97.5 % of the normal distribution lie below it
    const double count = images;
    const double share = shareOf(right, count);
    const double scale = 1 + z * z / count;
    const double centre = (share + z * z / (2 * count)) / scale;
    const double half = z / scale * std::sqrt(share * (1 - share) / count + z * z / (4 * count * count));
    // At the ends the sums cancel but for their rounding.
    return {right == 0 && images > 0 ? 0.0 : centre - half,
            right == images && images > 0 ? 1.0 : centre + half};
}

double balancedAccuracy(const std::vector<std::vector<int>>& confusion)
{
    std::vector<std::size_t> right;
    std::vector<std::size_t> images;
    for (std::size_t label = 0; label < confusion.size(); ++label) {
        right.push_back(static_cast<std::size_t>(confusion[label][label]));
        images.push_back(std::accumulate(confusion[label].begin(), confusion[label].end(), std::size_t(0)));
    }
    return balancedAccuracy(right, images);
}

double balancedAccuracy(const std::vector<std::size_t>& right, const std::vector<std::size_t>& images)
{
    double sum = 0;
    int classes = 0;
    for (std::size_t label = 0; label < images.size(); ++label) {
        if (images[label] > 0) {
            sum += shareOf(static_cast<double>(right[label]), static_cast<double>(images[label]));
            ++classes;
        }
    }
    return shareOf(sum, classes);
}

double baselineAccuracy(const std::vector<std::vector<int>>& confusion)
{
    int largest = 0;
    int images = 0;
    for (const ClassMetrics& metrics : classMetrics(confusion)) {
        largest = std::max(largest, metrics.images);
        images += metrics.images;
    }
    return shareOf(largest, images);
}

double topAccuracy(const std::vector<std::vector<double>>& probabilities, const std::vector<int>& truths,
                   std::size_t count)
{
    std::size_t found = 0;
    for (std::size_t i = 0; i < truths.size(); ++i) {
        const auto truth = static_cast<std::size_t>(truths[i]);
        const std::vector<double>& shares = probabilities[i];
        std::size_t before = 0;
        for (std::size_t label = 0; label < shares.size(); ++label) {
            before += shares[label] > shares[truth] || (shares[label] == shares[truth] && label < truth);
        }
        found += before < count;
    }
    return shareOf(static_cast<double>(found), static_cast<double>(truths.size()));
}

} // namespace thaw
