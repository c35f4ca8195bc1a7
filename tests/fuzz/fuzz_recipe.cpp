#include "core/experiment/recipe.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <string_view>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    thaw::fuzz::read([&] {
        const thaw::RecipeReading reading = thaw::parseRecipe(text);
        if (!reading.issues.empty()) {
            return;
        }
        // What is written of a good recipe is the same recipe.
        const thaw::RecipeReading again = thaw::parseRecipe(thaw::formatRecipe(reading.recipe));
        if (!again.issues.empty() || !(again.recipe == reading.recipe)) {
            std::abort();
        }
    });
    return 0;
}
