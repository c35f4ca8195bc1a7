#pragma once

#include "core/model/layer_info.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

enum class HeadKind {
    Book, ///< Flatten (H, W, C) → Dense 256 without activation → Dropout → Dense 1 sigmoid, or N softmax
    Pooled,     ///< global average pool → Dropout → Dense 1 sigmoid, or N softmax
    AverageMax, ///< global average pool, then maximumScale · global maximum pool → as Pooled
};

inline constexpr HeadKind headKinds[] = {HeadKind::Book, HeadKind::Pooled, HeadKind::AverageMax};

const char* nameOf(HeadKind kind); ///< "book", "pooled", "average-max"
std::optional<HeadKind> headKindFromName(std::string_view name);

/// Where the kernel of the head's last layer starts, by Keras's names. The layer before it starts
/// Glorot-uniform in any case, and biases start at zero.
enum class OutputInitializer {
    GlorotUniform, ///< as Keras's Dense: Glorot & Bengio 2010, limit √(6 / (inputs + outputs))
    /// All zero: the head starts without random preferences. The loss of a head of one layer is convex, and
    /// training does not change the weights in directions that no training picture has: a random start would
    /// stay there.
    Zeros,
};

const char* nameOf(OutputInitializer initializer); ///< "glorot_uniform", "zeros"

inline constexpr int bookHeadUnits = 256;
/// Makes the maxima of block5_pool, on photographs, as large as its averages, so that one learning rate suits
/// the weights of both.
inline constexpr double maximumScale = 1.0 / 16;

struct HeadSpec
{
    HeadKind kind = HeadKind::Book;
    int classes = 2;      ///< ≥ 2
    double dropout = 0.5; ///< share dropped, in [0, 1)
    int featureSide = 5;  ///< of block5_pool's output
    int featureChannels = 512;

    bool operator==(const HeadSpec&) const = default;
    /// 1 with two classes (sigmoid), else `classes` (softmax).
    int outputs() const { return classes == 2 ? 1 : classes; }
};

/// A dense layer of the head: kernel [outputs, inputs], bias [outputs].
struct DenseInfo
{
    std::string name; ///< "dense1", "dense2" of the book head, "dense" of the pooled ones
    int inputs = 0;
    int outputs = 0;

    std::int64_t parameters() const { return (std::int64_t(inputs) + 1) * outputs; }
    bool operator==(const DenseInfo&) const = default;
};

std::vector<DenseInfo> headLayers(const HeadSpec& spec);
std::int64_t headParameters(const HeadSpec& spec);

} // namespace thaw
