#pragma once

#include "core/model/weights/weights.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace thaw {

/// How many pictures answers are compared on at most.
inline constexpr std::size_t parityPictures = 64;

/// An exported file, loaded by a program that did not write it.
class ExportedModel
{
public:
    virtual ~ExportedModel() = default;
    /// Its name and version: "OpenCV 4.6.0".
    virtual std::string reader() const = 0;
    /// How many pictures to compare on: fewer where it is slow.
    virtual std::size_t enough() const { return parityPictures; }
    /// Probabilities of a picture's classes, from the file on.
    /// @throws Error as loadImage, and where the exported file cannot compute
    virtual std::vector<double> answer(const std::filesystem::path& picture) = 0;
};

/// Largest difference of a probability between an export and its model: both compute in float32, by other
/// libraries and in another order.
inline constexpr double parityTolerance = 1e-4;

/// How an exported file's answers compare with those of the model that it was made from.
struct ParityReport
{
    std::string reader;
    int pictures = 0;
    bool areMade = false;        ///< noise and shades drawn for this, since the run's pictures are not there
    double largest = 0;          ///< difference of a probability; not-a-number where an answer is none
    std::filesystem::path worst; ///< the picture that it was at

    bool isMet() const { return largest <= parityTolerance; }
};

/// `count` of them at most, spread over the whole list in its order.
std::vector<std::filesystem::path> spread(const std::vector<std::filesystem::path>& pictures,
                                          std::size_t count);

/// Compares on real pictures, as many as are enough, or on made ones of odd sizes where `pictures` is empty.
/// The model computes in float32 on the processor, as for a prediction. A real picture that cannot be read is
/// passed over.
/// @throws Error as ExportedModel::answer
ParityReport compareWithModel(const ModelWeights& model, ExportedModel& exported,
                              const std::vector<std::filesystem::path>& pictures);

} // namespace thaw
