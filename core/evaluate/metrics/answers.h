#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace thaw {

/// A model's answers about pictures whose class is known: what every figure in this folder is computed from.
struct Answers
{
    std::size_t classes = 0;
    std::vector<int> truths;          ///< one a picture, each 0 … classes−1
    std::vector<float> probabilities; ///< a row a picture, a column a class; each row adds up to 1

    std::size_t size() const { return truths.size(); }
    std::span<const float> row(std::size_t picture) const
    {
        return {probabilities.data() + picture * classes, classes};
    }
    float probability(std::size_t picture, std::size_t label) const
    {
        return probabilities[picture * classes + label];
    }
    std::size_t truth(std::size_t picture) const { return static_cast<std::size_t>(truths[picture]); }
    /// The likeliest class, of equal ones the first.
    std::size_t label(std::size_t picture) const;
    /// The largest probability.
    float confidence(std::size_t picture) const { return probability(picture, label(picture)); }
    bool isRight(std::size_t picture) const { return label(picture) == truth(picture); }
};

/// By true and by predicted class: [true][predicted].
std::vector<std::vector<int>> confusionOf(const Answers& answers);

} // namespace thaw
