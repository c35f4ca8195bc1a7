#include "core/train/checkpoint/checkpoint_file.h"
#include "tests/fuzz/fuzz_target.h"

#include <filesystem>
#include <string>
#include <unistd.h>

namespace {

/// A run folder whose last.safetensors is the file in memory.
const thaw::RunFiles& folderOf(const std::filesystem::path& file)
{
    static const thaw::RunFiles files = [&] {
        const auto folder =
            std::filesystem::temp_directory_path() / ("thaw-fuzz-" + std::to_string(getpid()));
        std::filesystem::create_directories(folder);
        const thaw::RunFiles made{folder};
        std::filesystem::remove(made.last());
        std::filesystem::create_symlink(file, made.last());
        return made;
    }();
    static const struct Remover
    {
        ~Remover() { std::filesystem::remove_all(files.folder); }
    } remover;
    return files;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto path = thaw::fuzz::fileOf(std::as_bytes(std::span(data, size)));
    thaw::fuzz::read([&] { thaw::loadCheckpoint(folderOf(path)); });
    // The state alone: mutants of a whole checkpoint seldom reach it.
    thaw::fuzz::read([&] {
        const thaw::TrainState state =
            thaw::parseTrainState(std::string(reinterpret_cast<const char*>(data), size));
        thaw::formatTrainState(state);
        thaw::requirePossible(state, thaw::bookRecipe(), 40);
    });
    return 0;
}
