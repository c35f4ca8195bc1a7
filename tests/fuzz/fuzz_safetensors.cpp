#include "core/model/weights/format/safetensors_file.h"
#include "core/model/weights/weights.h"
#include "tests/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto path = thaw::fuzz::fileOf(std::as_bytes(std::span(data, size)));
    thaw::fuzz::read([&] { thaw::readSafetensors(path); });
    thaw::fuzz::read([&] { thaw::readModelWeights(path); });
    return 0;
}
