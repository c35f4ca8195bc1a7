#include "core/data/dataset/csv.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <string>
#include <string_view>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    thaw::fuzz::read([&] {
        const auto rows = thaw::parseCsv(text, "fuzz.csv");
        // Written out again, the fields are the same.
        std::string written;
        for (const thaw::CsvRow& row : rows) {
            for (std::size_t i = 0; i < row.fields.size(); ++i) {
                written += (i ? "," : "") + thaw::csvField(row.fields[i]);
            }
            written += "\n";
        }
        const auto again = thaw::parseCsv(written, "again.csv");
        std::size_t next = 0;
        for (const thaw::CsvRow& row : rows) {
            // A lone empty field makes a blank line, which is skipped.
            if (row.fields.size() == 1 && row.fields[0].empty()) {
                continue;
            }
            if (next == again.size() || again[next++].fields != row.fields) {
                std::abort();
            }
        }
    });
    return 0;
}
