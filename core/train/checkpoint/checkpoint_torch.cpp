#include "core/train/checkpoint/checkpoint_torch.h"

#include "core/base/error.h"

#include <algorithm>
#include <utility>

namespace thaw {

namespace {

std::vector<NamedTensor> copied(const std::vector<NamedParameter>& parameters)
{
    std::vector<NamedTensor> tensors;
    for (const NamedParameter& parameter : parameters) {
        const at::Tensor plain = parameter.tensor.detach().to(at::kCPU).contiguous();
        const float* data = plain.data_ptr<float>();
        tensors.push_back({parameter.name, plain.sizes().vec(), {data, data + plain.numel()}});
    }
    return tensors;
}

} // namespace

void saveCheckpoint(const RunFiles& files, const TrainState& state, const CheckpointTensors& tensors)
{
    Checkpoint checkpoint;
    checkpoint.state = state;
    checkpoint.baseHash = tensors.baseHash;
    checkpoint.weights = copied(tensors.trained);
    if (tensors.optimizer) {
        for (const OptimizerSlot& slot : tensors.optimizer->state()) {
            checkpoint.optimizer.push_back({slot.name, copied(slot.values)});
        }
    }
    if (tensors.average) {
        checkpoint.averages = copied(tensors.average->averages());
    }
    writeCheckpoint(files, std::move(checkpoint));
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
