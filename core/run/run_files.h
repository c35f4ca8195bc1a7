#pragma once

#include <filesystem>
#include <string>

namespace thaw {

/// The names inside a run folder: fixed, other people's tools rely on them.
struct RunFiles
{
    std::filesystem::path folder;

    std::filesystem::path recipe() const { return folder / "recipe.json"; }
    std::filesystem::path record() const { return folder / "run.json"; }
    std::filesystem::path history() const { return folder / "history.csv"; }
    std::filesystem::path best() const { return folder / "best.safetensors"; }
    std::filesystem::path last() const { return folder / "last.safetensors"; }
    std::filesystem::path previousLast() const { return folder / "last.previous.safetensors"; }
    std::filesystem::path split() const { return folder / "split.csv"; }
    std::filesystem::path lock() const { return folder / "run.lock"; }
    std::filesystem::path evaluation() const { return folder / "evaluation.json"; }
    std::filesystem::path predictions() const { return folder / "predictions.csv"; }
    /// @param phase from 1
    std::filesystem::path phase(int phase) const
    {
        return folder / ("phase" + std::to_string(phase) + ".safetensors");
    }
};

} // namespace thaw
