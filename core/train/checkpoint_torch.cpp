#include "core/train/checkpoint_torch.h"

#include "core/base/error.h"
#include "core/model/safetensors_file.h"

#include <algorithm>
#include <cstdio>
#include <system_error>

namespace thaw {

namespace {

constexpr std::string_view velocityPrefix = "optimizer.velocity.";

NamedTensor toNamedTensor(const std::string& name, const at::Tensor& tensor)
{
    const at::Tensor plain = tensor.detach().to(at::kCPU).contiguous();
    const float* data = plain.data_ptr<float>();
    return {name, plain.sizes().vec(), {data, data + plain.numel()}};
}

Checkpoint readCheckpoint(const std::filesystem::path& path)
{
    SafetensorsFile file = readSafetensors(path);
    if (file.metadata["format"] != "thaw-checkpoint") {
        throw Error(ErrorCode::RunInvalid, path, "is not a checkpoint of Thaw");
    }
    Checkpoint checkpoint;
    checkpoint.state = parseTrainState(file.metadata["state"]);
    checkpoint.baseHash = file.metadata["base_hash"];
    for (NamedTensor& tensor : file.tensors) {
        if (tensor.name.starts_with(velocityPrefix)) {
            tensor.name.erase(0, velocityPrefix.size());
            checkpoint.velocities.push_back(std::move(tensor));
        } else {
            checkpoint.weights.push_back(std::move(tensor));
        }
    }
    return checkpoint;
}

} // namespace

void saveCheckpoint(const RunFiles& files, const TrainState& state, const std::string& baseHash,
                    const std::vector<NamedParameter>& trained, const KerasRmsprop* optimizer)
{
    SafetensorsFile file;
    file.metadata = {{"format", "thaw-checkpoint"},
                     {"format_version", "1"},
                     {"base_hash", baseHash},
                     {"state", formatTrainState(state)}};
    for (const NamedParameter& parameter : trained) {
        file.tensors.push_back(toNamedTensor(parameter.name, parameter.tensor));
    }
    if (optimizer) {
        for (const NamedParameter& velocity : optimizer->velocities()) {
            file.tensors.push_back(
                toNamedTensor(std::string(velocityPrefix) + velocity.name, velocity.tensor));
        }
    }
    const std::filesystem::path next = files.folder / "last.next.safetensors";
    writeSafetensors(next, file);
    std::error_code error;
    std::filesystem::rename(files.last(), files.previousLast(), error);
    std::filesystem::rename(next, files.last());
}

Checkpoint loadCheckpoint(const RunFiles& files)
{
    std::string reason;
    try {
        return readCheckpoint(files.last());
    } catch (const Error& error) {
        reason = error.what();
    }
    try {
        Checkpoint checkpoint = readCheckpoint(files.previousLast());
        checkpoint.fromPrevious = true;
        return checkpoint;
    } catch (const Error&) {
        throw Error(ErrorCode::RunInvalid, files.folder,
                    "there is no usable checkpoint to go on from (" + reason + ")",
                    "start the run again with --recipe " + files.recipe().string());
    }
}

void restoreParameters(const std::vector<NamedParameter>& parameters, const std::vector<NamedTensor>& values)
{
    const at::NoGradGuard guard;
    for (const NamedParameter& parameter : parameters) {
        const auto found = std::find_if(values.begin(), values.end(), [&](const NamedTensor& value) {
            return value.name == parameter.name;
        });
        if (found == values.end() || found->shape != parameter.tensor.sizes().vec()) {
            throw Error(ErrorCode::RunInvalid, {},
                        "the checkpoint's tensor " + parameter.name +
                            (found == values.end() ? " is missing" : " has another shape"));
        }
        parameter.tensor.copy_(
            at::from_blob(const_cast<float*>(found->values.data()), found->shape, at::kFloat));
    }
}

} // namespace thaw
