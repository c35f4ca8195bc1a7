#pragma once

#include "core/experiment/recipe.h"

#include <array>
#include <cstddef>
#include <stop_token>

namespace thaw {

/// Multiply-adds a second that one of block 3's convolutions does in the recipe's arithmetic on its device.
/// Takes about a third of a second, with the threads of setThreadCount(), and should not run beside training.
/// @return 0 when stopped @throws Error DeviceUnavailable
double measureSpeed(const Recipe& recipe, const std::stop_token& stop = {});

/// Seconds that a whole run would take, its test included and its views not found stored: all multiply-adds
/// of ProgressMeter at that speed, less what the first layers, reading pictures and updating weights lose.
/// Right within a third on the processors it was tried on; 0 where the speed is 0.
/// @param counts pictures in train, validation, test
double estimateRunSeconds(const Recipe& recipe, const std::array<std::size_t, 3>& counts, int classes,
                          double speed);

} // namespace thaw
