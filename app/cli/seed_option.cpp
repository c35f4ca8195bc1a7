#include "app/cli/seed_option.h"

#include "core/experiment/recipe.h"

#include <CLI/CLI.hpp>

#include <string>

namespace thaw::cli {

void checkSeed(CLI::Option& option)
{
    option.check([](const std::string& seed) {
        const bool isOther = seed.size() > 1 && seed.front() == '0';
        return isOther ? "write " + seed + " as a plain decimal number" : std::string();
    });
    option.check(CLI::Range(std::uint64_t(0), static_cast<std::uint64_t>(maxSeed)));
}

} // namespace thaw::cli
