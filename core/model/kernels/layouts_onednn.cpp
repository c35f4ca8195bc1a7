#include "core/model/kernels/layouts_onednn.h"

namespace thaw::onednn {

const dnnl::engine& cpu()
{
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

dnnl::memory::desc anyLayout(const dnnl::memory::dims& dims, dnnl::memory::data_type type)
{
    return {dims, type, dnnl::memory::format_tag::any};
}

dnnl::memory::desc plain(const dnnl::memory::dims& dims, dnnl::memory::format_tag layout,
                         dnnl::memory::data_type type)
{
    return {dims, type, layout};
}

dnnl::memory Workspace::get(Slot slot, const dnnl::memory::desc& layout)
{
    dnnl::memory& kept = m_slots[slot];
    if (layout.get_size() == 0) {
        return {layout, cpu(), nullptr};
    }
    if (!kept || kept.get_desc().get_size() < layout.get_size()) {
        kept = {};
        kept = dnnl::memory(layout, cpu());
    }
    return {layout, cpu(), kept.get_data_handle()};
}

void copy(dnnl::memory from, dnnl::memory to, dnnl::stream& stream)
{
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
}

dnnl::memory inLayout(const dnnl::memory& from, const dnnl::memory::desc& layout, Workspace& workspace,
                      Workspace::Slot slot, dnnl::stream& stream)
{
    if (from.get_desc() == layout) {
        return from;
    }
    dnnl::memory to = workspace.get(slot, layout);
    copy(from, to, stream);
    return to;
}

dnnl::memory kernelInLayout(const float* kernel, const dnnl::memory::desc& layout, Workspace& workspace,
                            dnnl::stream& stream)
{
    using Tag = dnnl::memory::format_tag;
    // oneDNN only reads through it.
    const dnnl::memory given(plain(layout.dims(), Tag::ohwi), cpu(), const_cast<float*>(kernel));
    // Winograd's transform is made of this order only.
    const dnnl::memory ordered =
        inLayout(given, plain(layout.dims(), Tag::oihw), workspace, Workspace::PlainKernel, stream);
    return inLayout(ordered, layout, workspace, Workspace::Kernel, stream);
}

} // namespace thaw::onednn
