#pragma once

#include "core/model/weights/weights.h"

namespace thaw::test {

/// A whole model of a thirty-second of VGG16's width at 64 pixels, with classes "class 0" and on. Its answers
/// differ from picture to picture.
ModelWeights smallModel(HeadKind kind, int classes);

} // namespace thaw::test
