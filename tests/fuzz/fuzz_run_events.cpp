#include "core/run/run_event_reader.h"
#include "tests/fuzz/fuzz_target.h"

#include <string_view>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    thaw::RunEventReader reader([](const thaw::RunEvent& event) {
        // What was taken is written, and taken again.
        thaw::parseRunEvent(thaw::toJsonLine(event));
    });
    reader.read(text.substr(0, size / 2));
    reader.read(text.substr(size / 2));
    reader.finish();
    return 0;
}
