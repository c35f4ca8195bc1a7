#pragma once

#include "core/base/image.h"
#include "core/explain/explainer.h"
#include "core/model/weights/weights.h"

#include <filesystem>
#include <string>
#include <vector>

namespace thaw::test {

/// What a narrow model of random weights is.
struct NarrowModel
{
    HeadKind head = HeadKind::Book;
    int classes = 2;
    int side = 96; ///< six places each way on block 5's convolutions
    std::uint64_t seed = 1;
};

/// VGG16 at a sixteenth of its width with random weights; no bias is zero, and logits are of the order of 1.
ModelWeights narrowModel(const NarrowModel& what);

/// The same with every kernel equal to its mirror image, left and right, and so the head: a mirrored picture
/// has mirrored maps.
ModelWeights mirroredModel(const NarrowModel& what);

/// Another head, drawn from `seed`, with weights as large as the model's.
ModelWeights withRandomHead(ModelWeights model, std::uint64_t seed);

/// Grey noise on soft waves, with a red square on it or none.
struct PlantedPicture
{
    RgbImage image;
    int left = 0;
    int top = 0;
    int square = 0; ///< pixels a side
};
PlantedPicture plantedPicture(int side, bool hasSquare, std::uint64_t seed);

RgbImage mirrored(const RgbImage& image);

/// All explanations of an Explainer on one thread. Fails the test's expectations by an exception only.
std::vector<Explanation> explained(const ModelWeights& model, const std::vector<std::filesystem::path>& files,
                                   const ExplainRequest& request, const ComputeOptions& options = {});

/// Spearman's: Pearson's correlation of ranks, equal values sharing theirs.
double rankCorrelation(const std::vector<float>& a, const std::vector<float>& b);

} // namespace thaw::test
