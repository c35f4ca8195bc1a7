#include "core/compute/processor.h"

#include <dnnl.hpp>

namespace thaw {

Bfloat16Support processorBfloat16()
{
    // Sets of bits, one for each instruction set: a greater number need not have all of a smaller one's.
    const auto has = [there = static_cast<unsigned>(dnnl::get_effective_cpu_isa())](dnnl::cpu_isa isa) {
        return (there & static_cast<unsigned>(isa)) == static_cast<unsigned>(isa);
    };
    // AVX-512's bfloat16 instructions do twice what float32's do, and Winograd's transform more than that.
    // Without either LibTorch's convolutions take more than seventy times as long as in float32.
    return has(dnnl::cpu_isa::avx512_core_amx)    ? Bfloat16Support::Faster
           : has(dnnl::cpu_isa::avx512_core_bf16) ? Bfloat16Support::NoFaster
                                                  : Bfloat16Support::None;
}

std::string onednnVersion()
{
    const dnnl_version_t& version = *dnnl_version();
    return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
           std::to_string(version.patch);
}

} // namespace thaw
