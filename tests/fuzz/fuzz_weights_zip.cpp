#include "core/model/weights/format/weights_formats.h"
#include "tests/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto path = thaw::fuzz::fileOf(std::as_bytes(std::span(data, size)));
    thaw::fuzz::read([&] { thaw::readZipped(path); });
    return 0;
}
