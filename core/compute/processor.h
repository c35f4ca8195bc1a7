#pragma once

#include <string>

namespace thaw {

/// How a processor or a card computes bfloat16.
enum class Bfloat16Support {
    None,     ///< not at all, or by emulation: processors without its instructions
    NoFaster, ///< no faster than float32: AVX-512's instructions, cards before Ampere
    Faster,   ///< AMX, Ampere on
};

/// What this processor's instructions are good for as oneDNN sees them: the operating system may withhold
/// some, and so may the variable ONEDNN_MAX_CPU_ISA.
Bfloat16Support processorBfloat16();

std::string onednnVersion(); ///< "2.6.3": other versions may round otherwise

} // namespace thaw
