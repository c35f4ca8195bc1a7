#include "core/model/kernels/winograd.h"

#include "core/model/kernels/winograd_avx2.h"
#include "core/model/kernels/winograd_onednn.h"

namespace thaw {

WinogradKind winogradKind()
{
    static const WinogradKind kind = OnednnWinograd::isThere() ? WinogradKind::Onednn
                                     : Avx2Winograd::isThere() ? WinogradKind::Avx2
                                                               : WinogradKind::None;
    return kind;
}

const Winograd* winogradFor(const ConvolutionShape& shape)
{
    static const OnednnWinograd onednn;
    static const Avx2Winograd avx2;
    const Winograd* chosen = nullptr;
    switch (winogradKind()) {
    case WinogradKind::None:
        return nullptr;
    case WinogradKind::Onednn:
        chosen = &onednn;
        break;
    case WinogradKind::Avx2:
        chosen = &avx2;
        break;
    }
    const bool hasFitChannels = shape.inputs % 16 == 0 && shape.outputs % 16 == 0;
    return shape.images > 0 && hasFitChannels && chosen->fits(shape) ? chosen : nullptr;
}

} // namespace thaw
