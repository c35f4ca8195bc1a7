#include "core/model/weights/format/weights_pickle.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <string_view>

// What is found of a tensor is trusted to be of one length by those who check it against its storage.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    thaw::fuzz::read([&] {
        for (const thaw::PickledDictionary& dictionary :
             thaw::readPickledTensors({reinterpret_cast<const char*>(data), size}, "fuzz.pth"))
        {
            for (const thaw::PickledTensor& tensor : dictionary.tensors) {
                if (tensor.shape.size() != tensor.strides.size()) {
                    std::abort();
                }
            }
        }
    });
    return 0;
}
