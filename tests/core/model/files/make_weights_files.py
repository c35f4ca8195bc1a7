#!/usr/bin/env python3
"""Writes weights files with the programs whose formats Thaw reads.

    make_weights_files.py keras3 | torch | keras2 | pack FOLDER

The first three write into FOLDER, "pack" puts what is there into weights_files.zip beside this script: most
of an HDF5 file is empty. Each word needs an environment of its own (as last used):

    keras3  keras 3.15.1 with KERAS_BACKEND=torch or jax
    torch   torch 2.15.0, torchvision 0.29.2, safetensors 0.8.0, onnx 1.23.2
    keras2  tensorflow-cpu 2.15.1, tf2onnx 1.17.0

The network is VGG16 with blocks of 2, 3, 4, 5 and 6 channels. Every value follows from its place, see
value() below; test_weights_files.cpp computes the same. All are multiples of 1/1024 below 1/4, which even
bfloat16 holds exactly, so that the tests compare without any tolerance.
"""

import os
import sys
import zipfile

import numpy as np

BLOCKS = [(2, 2), (2, 3), (3, 4), (3, 5), (3, 6)]  # convolutions, channels
LAYERS = []  # name, inputs, outputs
previous = 3
for block, (count, channels) in enumerate(BLOCKS, 1):
    for number in range(1, count + 1):
        LAYERS.append((f"block{block}_conv{number}", previous, channels))
        previous = channels
FEATURES = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]


def value(layer, place):
    """Of a kernel's values, counted through [out, in, row, column], and of the bias's after them."""
    return (((place * 7919 + layer * 104729) % 509) - 254) / 1024


def kernel(layer):
    _, inputs, outputs = LAYERS[layer]
    count = outputs * inputs * 9
    values = [value(layer, place) for place in range(count)]
    return np.array(values, np.float32).reshape(outputs, inputs, 3, 3)


def bias(layer):
    _, inputs, outputs = LAYERS[layer]
    first = outputs * inputs * 9
    return np.array([value(layer, first + i) for i in range(outputs)], np.float32)


def keras_base(keras, named=True, top=False):
    """As keras.applications.vgg16.VGG16 builds it, narrower."""
    layers = keras.layers
    start = x = keras.Input((32, 32, 3))
    index = 0
    for block, (count, channels) in enumerate(BLOCKS, 1):
        for number in range(1, count + 1):
            name = LAYERS[index][0] if named else None
            x = layers.Conv2D(channels, 3, activation="relu", padding="same", name=name)(x)
            index += 1
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    if top:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(4, activation="relu", name="fc1")(x)
        x = layers.Dense(4, activation="relu", name="fc2")(x)
        x = layers.Dense(3, activation="softmax", name="predictions")(x)
    model = keras.Model(start, x, name="vgg16")
    fill(keras, model)
    return model


def fill(keras, model):
    convolutions = [l for l in model.layers if isinstance(l, keras.layers.Conv2D)]
    assert len(convolutions) == len(LAYERS)
    for index, layer in enumerate(convolutions):
        layer.set_weights([kernel(index).transpose(2, 3, 1, 0), bias(index)])


def fine_tuned(keras):
    """The tutorial's model: augmentation, the base nested as one layer, a head; trained for a step, so that an
    optimizer's copies are there, and filled again afterwards."""
    base = keras_base(keras)
    start = keras.Input((32, 32, 3))
    x = keras.Sequential([keras.layers.RandomFlip(), keras.layers.RandomRotation(0.1)])(start)
    x = keras.layers.Flatten()(base(x))
    x = keras.layers.Dropout(0.5)(keras.layers.Dense(4)(x))
    model = keras.Model(start, keras.layers.Dense(1, activation="sigmoid")(x))
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="binary_crossentropy")
    pictures = np.linspace(0, 255, 2 * 32 * 32 * 3, dtype=np.float32).reshape(2, 32, 32, 3)
    model.fit(pictures, np.array([0, 1]), verbose=0)
    fill(keras, base)
    return model


def write_keras3():
    import keras
    from keras.src.legacy.saving import legacy_h5_format
    import h5py

    assert keras.__version__.startswith("3.")
    keras.utils.set_random_seed(1)
    keras_base(keras).save_weights("keras3.weights.h5")
    keras_base(keras, named=False, top=True).save_weights("keras3_top.weights.h5")
    model = fine_tuned(keras)
    model.save_weights("keras3_finetuned.weights.h5")
    model.save("keras3_finetuned.keras")
    keras.Sequential([keras_base(keras), keras.layers.Flatten(), keras.layers.Dense(2)]).save(
        "keras3_sequential.h5"
    )
    with h5py.File("keras3_legacy_notop.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, keras_base(keras))


def write_keras2():
    import tensorflow as tf
    import tf2onnx

    assert tf.__version__.startswith("2.15.")  # the last with Keras 2
    keras = tf.keras
    keras.utils.set_random_seed(1)
    keras_base(keras).save_weights("keras2_notop.h5")
    keras_base(keras, top=True).save_weights("keras2_top.h5")
    keras_base(keras).save_weights("keras2.weights.h5")
    fine_tuned(keras).save("keras2_finetuned.h5")
    fine_tuned(keras).save("keras2_finetuned.keras")
    tf2onnx.convert.from_keras(keras_base(keras), output_path="keras2_tf2onnx.onnx")


def write_torch():
    import torch
    import torchvision
    from safetensors.torch import save_file

    configuration = []
    for count, channels in BLOCKS:
        configuration += [channels] * count + ["M"]
    torch.manual_seed(1)
    network = torchvision.models.VGG(torchvision.models.vgg.make_layers(configuration), 3, False)
    network.avgpool = torch.nn.AdaptiveAvgPool2d(1)
    network.classifier = torch.nn.Sequential(
        torch.nn.Linear(6, 4), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(4, 3)
    )
    with torch.no_grad():
        for layer, index in enumerate(FEATURES):
            network.features[index].weight.copy_(torch.from_numpy(kernel(layer)))
            network.features[index].bias.copy_(torch.from_numpy(bias(layer)))
    state = network.state_dict()
    base = {name: tensor for name, tensor in state.items() if name.startswith("features.")}
    save_file(state, "torchvision_classifier.safetensors")
    save_file(base, "torchvision_base.safetensors")
    save_file({name: t.to(torch.bfloat16) for name, t in base.items()}, "torchvision_bfloat16.safetensors")

    torch.save(state, "torch_classifier.pth")
    torch.save(base, "torch_protocol4.pth", pickle_protocol=4)
    torch.save(network.half().state_dict(), "torch_half.pth")
    torch.save(network.to(torch.bfloat16).state_dict(), "torch_bfloat16.pth")
    torch.save(network.double().state_dict(), "torch_double.pth")
    network.float().to(memory_format=torch.channels_last)
    torch.save(network.state_dict(), "torch_channels_last.pth")
    network.to(memory_format=torch.contiguous_format)

    # A training script's checkpoint, of a network that was spread over devices.
    spread = torch.nn.DataParallel(network)
    optimizer = torch.optim.SGD(spread.parameters(), 1e-2, momentum=0.9)
    network(torch.zeros(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    for parameter, saved in zip(network.parameters(), state.values()):
        parameter.data.copy_(saved)
    torch.save(
        {"epoch": 7, "best": 0.5, "name": "vgg16", "state_dict": spread.state_dict(),
         "optimizer": optimizer.state_dict(), "history": [(1, 0.25), (2, None)]},
        "torch_checkpoint.pth",
    )
    # Views of one storage, as a program that keeps its parameters in one piece has them.
    flat = torch.cat([tensor.flatten() for tensor in base.values()])
    views, first = {}, 0
    for name, tensor in base.items():
        views[name] = flat[first : first + tensor.numel()].view(tensor.shape)
        first += tensor.numel()
    torch.save(views, "torch_views.pth")
    torch.save(base, "torch_old_format.pth", _use_new_zipfile_serialization=False)
    torch.save(network.features, "torch_whole_module.pth")
    bn = torchvision.models.vgg.make_layers(configuration, batch_norm=True)
    torch.save(bn.state_dict(prefix="features."), "torch_batch_norm.pth")
    torch.onnx.export(
        network.eval().features, (torch.zeros(1, 3, 32, 32),), "torch.onnx", dynamo=False, input_names=["x"]
    )


def pack():
    here = os.path.dirname(__file__)
    with zipfile.ZipFile(os.path.join(here, "weights_files.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(os.listdir(".")):
            with open(name, "rb") as file:
                archive.writestr(zipfile.ZipInfo(name), file.read(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    work = {"keras3": write_keras3, "keras2": write_keras2, "torch": write_torch, "pack": pack}[sys.argv[1]]
    __file__ = os.path.abspath(__file__)
    os.chdir(sys.argv[2])
    work()
