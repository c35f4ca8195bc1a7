#include "core/evaluate/metrics/temperature.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thaw {

namespace {

/// As many logits as probabilities, the largest of each row 0.
std::vector<double> logitsOf(const Answers& answers)
{
    std::vector<double> logits;
    logits.reserve(answers.probabilities.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto logarithm = [](double p) {
            return std::log(std::max(p, std::numeric_limits<double>::epsilon()));
        };
        const double largest = logarithm(answers.confidence(i));
        for (const float probability : answers.row(i)) {
            logits.push_back(logarithm(probability) - largest);
        }
    }
    return logits;
}

/// The slope of the log-loss by 1/T at 1/T = `inverse`, times the number of pictures. It only rises.
double slopeAt(double inverse, const Answers& answers, const std::vector<double>& logits)
{
    double slope = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const double* row = logits.data() + i * answers.classes;
        double sum = 0;
        double weighted = 0;
        for (std::size_t label = 0; label < answers.classes; ++label) {
            const double share = std::exp(row[label] * inverse);
            sum += share;
            weighted += share * row[label];
        }
        slope += weighted / sum - row[answers.truth(i)];
    }
    return slope;
}

} // namespace

double fittedTemperature(const Answers& answers)
{
    const std::vector<double> logits = logitsOf(answers);
    double low = 1 / largestTemperature;
    double high = 1 / leastTemperature;
    if (answers.size() == 0) {
        return 1;
    }
    if (slopeAt(low, answers, logits) >= 0) {
        // Flat everywhere: all classes equally likely for every picture, which no temperature changes.
        return slopeAt(high, answers, logits) > 0 ? largestTemperature : 1;
    }
    if (slopeAt(high, answers, logits) <= 0) {
        return leastTemperature;
    }
    // By halves until two doubles lie side by side: it cannot miss, and 60 passes over the pictures are
    // cheap.
    for (double middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
        (slopeAt(middle, answers, logits) < 0 ? low : high) = middle;
    }
    return 1 / high;
}

Answers atTemperature(const Answers& answers, double temperature)
{
    const std::vector<double> logits = logitsOf(answers);
    Answers scaled{answers.classes, answers.truths, {}};
    scaled.probabilities.reserve(answers.probabilities.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const double* row = logits.data() + i * answers.classes;
        double sum = 0;
        for (std::size_t label = 0; label < answers.classes; ++label) {
            sum += std::exp(row[label] / temperature);
        }
        for (std::size_t label = 0; label < answers.classes; ++label) {
            scaled.probabilities.push_back(static_cast<float>(std::exp(row[label] / temperature) / sum));
        }
    }
    return scaled;
}

} // namespace thaw
