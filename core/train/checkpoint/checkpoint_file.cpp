#include "core/train/checkpoint/checkpoint_file.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

namespace thaw {

namespace {

/// Tensors beside the weights are called optimizer.SLOT.PARAMETER; one slot is the weights' average.
constexpr std::string_view slotPrefix = "optimizer.";
constexpr std::string_view averageSlot = "average";

SafetensorsFile readChecked(const std::filesystem::path& path)
{
    SafetensorsFile file = readSafetensors(path);
    if (file.metadata["format"] != "thaw-checkpoint") {
        throw Error(ErrorCode::RunInvalid, path, "is not a checkpoint of Thaw");
    }
    const auto hash = file.metadata.find(contentHashKey);
    if (hash == file.metadata.end()) {
        throw Error(ErrorCode::RunInvalid, path, "has lost the hash that it was saved with");
    }
    if (hash->second != contentHashOf(file)) {
        throw Error(ErrorCode::RunInvalid, path,
                    "is damaged: its content does not have the hash it was saved with");
    }
    return file;
}

std::vector<NamedTensor>& slotOf(Checkpoint& checkpoint, std::string_view name)
{
    if (name == averageSlot) {
        return checkpoint.averages;
    }
    auto& slots = checkpoint.optimizer;
    const auto found =
        std::find_if(slots.begin(), slots.end(), [&](const TensorSlot& slot) { return slot.name == name; });
    return found != slots.end() ? found->tensors
                                : slots.emplace_back(TensorSlot{std::string(name), {}}).tensors;
}

/// Sorts a file's tensor into the weights or a slot, under its parameter's name.
void addTensor(Checkpoint& checkpoint, NamedTensor tensor)
{
    const std::size_t end =
        tensor.name.starts_with(slotPrefix) ? tensor.name.find('.', slotPrefix.size()) : tensor.name.npos;
    if (end == tensor.name.npos) {
        checkpoint.weights.push_back(std::move(tensor));
        return;
    }
    const std::string slot = tensor.name.substr(slotPrefix.size(), end - slotPrefix.size());
    tensor.name.erase(0, end + 1);
    slotOf(checkpoint, slot).push_back(std::move(tensor));
}

Checkpoint readCheckpoint(const std::filesystem::path& path, const std::optional<CheckpointTerms>& terms)
{
    SafetensorsFile file = readChecked(path);
    Checkpoint checkpoint;
    checkpoint.state = parseTrainState(file.metadata["state"]);
    if (terms) {
        requirePossible(checkpoint.state, terms->recipe, terms->trainImages);
    }
    checkpoint.baseHash = file.metadata["base_hash"];
    for (NamedTensor& tensor : file.tensors) {
        addTensor(checkpoint, std::move(tensor));
    }
    return checkpoint;
}

/// Where a checkpoint lies until it is verified: a name that removeLeftovers() knows.
std::filesystem::path unverified(const RunFiles& files)
{
    return files.folder / ("." + files.last().filename().string() + ".part-verify");
}

/// Reads back what was just written: mistakes of memory, controller and file system show here, while the good
/// checkpoint before it is still in place.
void verify(const std::filesystem::path& path, const std::string& hash)
{
    std::string found;
    try {
        SafetensorsFile file = readChecked(path);
        found = file.metadata[contentHashKey];
    } catch (const Error& error) {
        throw Error(ErrorCode::WriteFailed, path,
                    "does not read back as it was written (" + error.detail() + ")", "check the disk");
    }
    if (found != hash) {
        throw Error(ErrorCode::WriteFailed, path, "does not read back as it was written", "check the disk");
    }
}

} // namespace

void writeCheckpoint(const RunFiles& files, Checkpoint checkpoint)
{
    const std::filesystem::path next = unverified(files);
    std::error_code error;
    // Else one that a killed process left would lie beside the one being written.
    std::filesystem::remove(next, error);
    std::string hash;
    {
        SafetensorsFile file;
        file.metadata = {{"format", "thaw-checkpoint"},
                         {"format_version", "1"},
                         {"base_hash", checkpoint.baseHash},
                         {"state", formatTrainState(checkpoint.state)}};
        file.tensors = std::move(checkpoint.weights);
        const auto add = [&file](std::vector<NamedTensor>& tensors, std::string_view slot) {
            for (NamedTensor& tensor : tensors) {
                tensor.name.insert(0, std::string(slotPrefix) + std::string(slot) + '.');
                file.tensors.push_back(std::move(tensor));
            }
        };
        for (TensorSlot& slot : checkpoint.optimizer) {
            add(slot.tensors, slot.name);
        }
        add(checkpoint.averages, averageSlot);
        hash = contentHashOf(file);
        file.metadata[contentHashKey] = hash;
        writeSafetensors(next, file);
    }
    verify(next, hash);
    if (std::filesystem::exists(files.last(), error)) {
        shareFile(files.last(), files.previousLast());
    }
    moveFile(next, files.last());
}

Checkpoint loadCheckpoint(const RunFiles& files, const std::optional<CheckpointTerms>& terms)
{
    std::string reason;
    try {
        return readCheckpoint(files.last(), terms);
    } catch (const Error& error) {
        reason = error.what();
    }
    try {
        Checkpoint checkpoint = readCheckpoint(files.previousLast(), terms);
        checkpoint.fromPrevious = true;
        checkpoint.whyPrevious = reason;
        return checkpoint;
    } catch (const Error&) {
        throw Error(ErrorCode::RunInvalid, files.folder,
                    "there is no usable checkpoint to go on from (" + reason + ")",
                    "start again by the recipe in " + files.recipe().string(), Remedy::RepeatRun);
    }
}

bool hasCheckpoint(const RunFiles& files)
{
    std::error_code error;
    return std::filesystem::exists(files.last(), error) ||
           std::filesystem::exists(files.previousLast(), error);
}

} // namespace thaw
