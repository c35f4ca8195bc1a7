#include "core/model/weights/format/weights_formats.h"
#include "tests/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span(data, size));
    thaw::fuzz::read([&] { thaw::parseOnnx(bytes, "fuzz.onnx"); });
    return 0;
}
