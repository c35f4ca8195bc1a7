#pragma once

#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "ui/session.h"

#include <filesystem>
#include <string>

class QMouseEvent;
class QWidget;

namespace thaw::test {

/// Far more than is needed, also on a machine under load.
inline constexpr int patienceMs = 60000;

/// Points settings, data, cache, state and configuration into `root`, and gives the program a name, so that
/// a test touches nothing of the user's. Before the first QSettings.
void isolateProgram(const std::filesystem::path& root);

/// A network so narrow that a step takes milliseconds.
void makeNarrow(Recipe& recipe, int headEpochs, int jointEpochs = 1);
/// The same as an edit of the session's recipe. False when it was refused.
bool makeNarrow(ui::Session& session, int headEpochs, int jointEpochs = 1);

/// In place of measuring the machine, which takes most of a second: before the pages are made.
void useFixedSpeed(ui::Session& session);

/// Two classes of made pictures in `folder`, scanned deeply.
ui::DatasetPointer makeDataset(const std::filesystem::path& folder, int perClass = 12);

EpochMetrics makeEpoch(int phase, int epoch, double loss = 0.5);
/// A run folder as a training of quick leaves it, with a checkpoint that only looks like one and no weights.
/// Its history: two epochs of phase 1.
std::filesystem::path writeRun(const std::filesystem::path& folder, RunState state,
                               const std::string& started = "2026-11-01T10:00:00Z");

/// A drop of one local path onto a widget, as the desktop sends it. @return whether it was taken
bool dropOnto(QWidget* target, const std::filesystem::path& path);

} // namespace thaw::test
