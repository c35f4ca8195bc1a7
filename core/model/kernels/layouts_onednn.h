#pragma once

// Internal to core: needs oneDNN.

#include <array>
#include <dnnl.hpp>

namespace thaw::onednn {

const dnnl::engine& cpu();

/// Layers of a base: 3 × 3 kernels, zero padding of one.
inline const dnnl::memory::dims one{1, 1};

dnnl::memory::desc anyLayout(const dnnl::memory::dims& dims,
                             dnnl::memory::data_type type = dnnl::memory::data_type::f32);
dnnl::memory::desc plain(const dnnl::memory::dims& dims, dnnl::memory::format_tag layout,
                         dnnl::memory::data_type type = dnnl::memory::data_type::f32);

/// Memory that is kept from one use to the next: given back to the system each time, its pages would take as
/// long as the sums. Each purpose has a slot, whose memory serves until the slot is used again.
class Workspace
{
public:
    enum Slot { Scratchpad, Input, Gradient, Result, PlainKernel, Kernel, slotCount };

    dnnl::memory get(Slot slot, const dnnl::memory::desc& layout);

private:
    std::array<dnnl::memory, slotCount> m_slots;
};

/// Values from one layout to another. Both are handles.
void copy(dnnl::memory from, dnnl::memory to, dnnl::stream& stream);

/// `from` in another layout: itself where the layouts agree, else a copy in the slot.
dnnl::memory inLayout(const dnnl::memory& from, const dnnl::memory::desc& layout, Workspace& workspace,
                      Workspace::Slot slot, dnnl::stream& stream);

/// A kernel [outputs, 3, 3, inputs] in the layout that a convolution asks for, in Workspace::Kernel.
dnnl::memory kernelInLayout(const float* kernel, const dnnl::memory::desc& layout, Workspace& workspace,
                            dnnl::stream& stream);

} // namespace thaw::onednn
