#pragma once

#include <cstdlib>
#include <string_view>

namespace thaw::planted {

/// Whether this is the fault that a run of the tests is to meet: see plant.py, which alone includes this.
inline bool is(std::string_view id)
{
    static const char* const chosen = std::getenv("THAW_PLANTED_FAULT");
    return chosen && id == chosen;
}

} // namespace thaw::planted
