#!/usr/bin/env python3
"""Makes tests/golden/data with Keras 3 on TensorFlow: what Thaw is compared with in a fresh clone.

    python3 -m venv VENV && VENV/bin/pip install tensorflow-cpu==2.21.0 keras==3.15.1 pillow
    VENV/bin/python tests/golden/make_golden.py

Every number written here was computed by Keras; nothing of Thaw is asked. The base is VGG16 at a sixteenth of its
width with random weights, the pictures are made from formulas, and the whole is some 550 kB. data/README.md says
what each file holds.
"""

import csv
import json
import os
import pathlib
import struct
import tempfile

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image

from keyed_random import epoch_order, glorot_kernel
from made_pictures import made_picture

DATA = pathlib.Path(__file__).resolve().parent / "data"
SIDE = 72  # block4 has 9 × 9 outputs and block5_pool 4 // 2: pools must round down, flattening has an order
CHANNELS = (4, 8, 16, 32, 32)
CONVOLUTIONS = (2, 2, 3, 3, 3)
BATCH = 4
SPLITS = {"train": 10, "validation": 7, "test": 7}  # none is a multiple of the batch
SEED = 20


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, array in tensors.items():
        dtype = {"float32": "F32", "uint8": "U8"}[str(array.dtype)]
        end = offset + array.nbytes
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array).tobytes())


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def versions():
    return {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}


# The network


def make_base():
    inputs = keras.Input((SIDE, SIDE, 3))
    x = inputs
    for block, (channels, count) in enumerate(zip(CHANNELS, CONVOLUTIONS), 1):
        for i in range(1, count + 1):
            x = layers.Conv2D(channels, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
        x = layers.MaxPooling2D(2, 2, name=f"block{block}_pool")(x)
    return keras.Model(inputs, x, name="vgg16")


def make_base_weights(base):
    """He-normal kernels, and biases that are not zero, so that a forgotten one shows."""
    random = np.random.default_rng(16)
    for layer in base.layers:
        if isinstance(layer, layers.Conv2D):
            kernel, bias = layer.get_weights()
            deviation = np.sqrt(2 / (kernel.shape[0] * kernel.shape[1] * kernel.shape[2]))
            layer.set_weights(
                [
                    random.normal(0, deviation, kernel.shape).astype(np.float32),
                    random.normal(0, 2, bias.shape).astype(np.float32),
                ]
            )


def make_model(head, classes):
    base = make_base()
    base.load_weights(DATA / "narrow.weights.h5")
    x = base.output
    if head == "book":
        x = layers.Flatten()(x)
        x = layers.Dense(256, name="dense1")(x)
        name = "dense2"
    else:
        pooled = layers.GlobalAveragePooling2D()(x)
        maxima = layers.Rescaling(1 / 16)(layers.GlobalMaxPooling2D()(x))
        x = layers.Concatenate()([pooled, maxima]) if head == "average-max" else pooled
        name = "dense"
    if classes == 2:
        x = layers.Dense(1, activation="sigmoid", name=name)(x)
    else:
        x = layers.Dense(classes, activation="softmax", name=name)(x)
    return keras.Model(base.input, x)


def compile_model(model, phase, steps=0):
    """Freezes all before the phase's first layer and compiles anew: a new optimizer. `steps` are those of the phase."""
    trainable = False
    for layer in model.layers:
        trainable = trainable or layer.name == phase["from"]
        layer.trainable = trainable
    binary = model.output.shape[-1] == 1
    rate = phase["rate"]
    if phase.get("schedule") == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    momentum = phase.get("ema_momentum", 0)
    model.compile(
        optimizer=keras.optimizers.RMSprop(rate, use_ema=momentum > 0, ema_momentum=momentum or 0.99),
        loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


def dense_layers(model):
    return [layer for layer in model.layers if isinstance(layer, layers.Dense)]


def set_sine_head(model):
    """Kernel [i, j] = scale · sin(0.1 i + 0.7 j), with i the input in H, W, C order and j the output; biases 0."""
    for layer, scale in zip(dense_layers(model)[::-1], (0.02, 0.01)):
        i, j = np.mgrid[0 : layer.kernel.shape[0], 0 : layer.kernel.shape[1]]
        kernel = (scale * np.sin(0.1 * i + 0.7 * j)).astype(np.float32)
        layer.set_weights([kernel, np.zeros(layer.bias.shape, np.float32)])


def set_seeded_head(model, seed):
    for i, layer in enumerate(dense_layers(model)):
        kernel = glorot_kernel(seed, i, *layer.kernel.shape)
        layer.set_weights([kernel, np.zeros(layer.bias.shape, np.float32)])


# The pictures


def make_pictures():
    """Writes the pictures and their lists, and gives back the lists' rows."""
    folder = DATA / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    rows, number = [], 0
    for split, count in SPLITS.items():
        for _ in range(count):
            name = f"p{number:02}.png"
            Image.fromarray(made_picture(number, SIDE, SIDE)).save(folder / name, optimize=True)
            rows.append({"path": name, "two": f"class{number % 2}", "three": f"class{number % 3}", "split": split})
            number += 1
    for column in ("two", "three"):
        with open(folder / f"{column}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["path", "label", "split"])
            writer.writerows([row["path"], row[column], row["split"]] for row in rows)
    return rows


def load_split(rows, column, split):
    chosen = [row for row in rows if row["split"] == split]
    pixels = np.stack([np.asarray(Image.open(DATA / "pictures" / row["path"])) for row in chosen])
    inputs = keras.applications.vgg16.preprocess_input(pixels.astype(np.float32))
    return inputs, np.array([int(row[column][-1]) for row in chosen])


# What is measured


def make_forward(base):
    pixels = made_picture(3, SIDE, SIDE)
    inputs = keras.applications.vgg16.preprocess_input(pixels[None].astype(np.float32))
    names = [f"block{block}_pool" for block in range(1, 6)]
    outputs = keras.Model(base.input, [base.get_layer(name).output for name in names]).predict(inputs, verbose=0)
    small = made_picture(4, 20, 20)
    tensors = {"image": small}
    tensors["preprocessed"] = keras.applications.vgg16.preprocess_input(small.astype(np.float32))
    tensors |= {name: output[0] for name, output in zip(names, outputs)}
    write_safetensors(DATA / "forward.safetensors", tensors, {"picture": "p03.png"} | versions())


def make_resize():
    """By Keras's own loader of folders, which is what its users call."""
    sizes = [(61, 37), (24, 48), (97, 130), (13, 9), (50, 50)]
    folder = DATA / "resize"
    folder.mkdir(exist_ok=True)
    tensors = {}
    for number, (width, height) in enumerate(sizes):
        name = f"resize_{number}_{width}x{height}"
        Image.fromarray(made_picture(number + 30, width, height)).save(folder / f"{name}.png", optimize=True)
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(f"{root}/class")
            os.symlink(folder / f"{name}.png", f"{root}/class/picture.png")
            loaded = keras.utils.image_dataset_from_directory(
                root, labels=None, image_size=(24, 24), shuffle=False, verbose=False
            )
            tensors[name] = next(iter(loaded)).numpy()[0]
    write_safetensors(DATA / "resize.safetensors", tensors, versions())


def make_jpegs():
    """What TensorFlow decodes, by its own choice of method and by the other. Keras's loader of folders leaves the choice."""
    kinds = {
        "halved": {"subsampling": "4:2:0"},
        "full": {"subsampling": "4:4:4"},
        "progressive": {"subsampling": "4:2:2", "progressive": True},
        "grey": {},
    }
    folder = DATA / "jpeg"
    folder.mkdir(exist_ok=True)
    tensors = {}
    for number, (name, options) in enumerate(kinds.items()):
        picture = Image.fromarray(made_picture(number + 40, 45, 35)).convert("L" if name == "grey" else "RGB")
        picture.save(folder / f"{name}.jpg", quality=90, **options)
        data = tf.io.read_file(str(folder / f"{name}.jpg"))
        tensors[f"{name} fast"] = tf.io.decode_image(data, channels=3).numpy()
        tensors[f"{name} accurate"] = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE").numpy()
    write_safetensors(DATA / "jpeg.safetensors", tensors, versions())


def make_augment():
    """Each layer at one fixed value, on a picture that is not square. Numbers are in the metadata."""
    pixels = made_picture(5, 34, 26)
    image = pixels[None].astype(np.float32)

    def rotated(turns, x=image):
        return layers.RandomRotation((turns, turns))(x, training=True).numpy()

    def zoomed(share, x=image):
        return layers.RandomZoom((share, share))(x, training=True).numpy()

    outputs, draws = {}, {}
    for turns in (0.05, -0.1):
        outputs[f"rotate {turns}"] = rotated(turns)
        draws[f"rotate {turns}"] = [0, turns, 0]
    for share in (-0.2, 0.2, 0.07):
        outputs[f"zoom {share}"] = zoomed(share)
        draws[f"zoom {share}"] = [0, 0, share]
    flip = layers.RandomFlip("horizontal", seed=1)
    flipped = image
    while np.array_equal(flipped, image):
        flipped = flip(image, training=True).numpy()
    outputs["flip"], draws["flip"] = flipped, [1, 0, 0]
    outputs["all"] = zoomed(0.15, rotated(0.08, flipped))
    draws["all"] = [1, 0.08, 0.15]
    tensors = {"image": pixels} | {name: output[0] for name, output in outputs.items()}
    write_safetensors(DATA / "augment.safetensors", tensors, {"draws": json.dumps(draws)} | versions())


def norms_of(model):
    result = {}
    for layer in model.layers:
        if layer.trainable and layer.weights:
            for part, values in zip(("weight", "bias"), layer.get_weights()):
                result[f"{layer.name}.{part}"] = float(np.linalg.norm(values.astype(np.float64)))
    return result


def step_trajectory(model, data, phases):
    """Step by step in the pictures' order: each step's loss before its update, and the end of each epoch."""
    inputs, labels = data
    result = []
    for phase in phases:
        compile_model(model, phase)
        losses, ends = [], []
        for _ in range(phase["epochs"]):
            for first in range(0, len(inputs), BATCH):
                model.reset_metrics()
                step = model.train_on_batch(
                    inputs[first : first + BATCH], labels[first : first + BATCH], return_dict=True
                )
                losses.append(float(step["loss"]))
            scores = model.evaluate(inputs, labels, batch_size=len(inputs), verbose=0)
            ends.append({"loss": float(scores[0]), "accuracy": float(scores[1])})
        result.append(phase | {"losses": losses, "epoch_end": ends, "norms": norms_of(model)})
    return result


class OrderedPictures(keras.utils.PyDataset):
    """Batches in an order that can be set."""

    def __init__(self, inputs, labels):
        super().__init__()
        self.inputs, self.labels, self.order = inputs, labels, np.arange(len(inputs))

    def __len__(self):
        return -(-len(self.inputs) // BATCH)

    def __getitem__(self, index):
        chosen = self.order[index * BATCH : (index + 1) * BATCH]
        return self.inputs[chosen], self.labels[chosen]


class ThawsOrder(keras.callbacks.Callback):
    """Gives the pictures the order that Thaw draws for each epoch of the run."""

    def __init__(self, pictures, epochs_before):
        super().__init__()
        self.pictures, self.epochs_before = pictures, epochs_before

    def on_epoch_begin(self, epoch, logs=None):
        self.pictures.order = epoch_order(len(self.pictures.inputs), SEED, self.epochs_before + epoch + 1)


class BestWeights(keras.callbacks.Callback):
    """Those that the lowest validation loss was measured with."""

    def __init__(self):
        super().__init__()
        self.lowest, self.weights, self.epoch, self.validated = np.inf, None, 0, 0

    def on_test_end(self, logs=None):
        self.validated += 1
        if logs["loss"] < self.lowest:
            self.lowest, self.weights, self.epoch = logs["loss"], self.model.get_weights(), self.validated


def whole_run(model, rows, column, phases):
    """A run as `fit` makes it, in the order and from the start that Thaw draws from SEED."""
    inputs, labels = load_split(rows, column, "train")
    validation = load_split(rows, column, "validation")
    test = load_split(rows, column, "test")
    set_seeded_head(model, SEED)
    history, best = [], []
    for number, phase in enumerate(phases, 1):
        pictures = OrderedPictures(inputs, labels)
        compile_model(model, phase, phase["epochs"] * len(pictures))
        kept = BestWeights()
        # Called in this order: the averages are still in place when the weights are kept.
        callbacks = [ThawsOrder(pictures, len(history)), kept] + ([keras.callbacks.SwapEMAWeights()] if "ema_momentum" in phase else [])
        fitted = model.fit(
            pictures,
            epochs=phase["epochs"],
            shuffle=False,
            validation_data=validation,
            validation_batch_size=BATCH,
            callbacks=callbacks,
            verbose=0,
        )
        for epoch in range(phase["epochs"]):
            row = {key: float(fitted.history[key][epoch]) for key in ("accuracy", "loss", "val_accuracy", "val_loss")}
            history.append({"phase": number, "epoch": epoch + 1} | row)
        best.append(kept.epoch)
    model.set_weights(kept.weights)
    scores = model.evaluate(*test, batch_size=BATCH, verbose=0)
    return {
        "phases": phases,
        "history": history,
        "best": best,
        "test": {"loss": float(scores[0]), "accuracy": float(scores[1])},
    }


# Rates are chosen small enough that a rounding error in one step does not grow beyond the tolerance in the next,
# and large enough that every loss differs from the one before in the fourth digit at least.
CASES = [
    ("book, two classes", "book", 2, "two", "dense1", (1e-5, 3e-6)),
    ("book, three classes", "book", 3, "three", "dense1", (1e-5, 3e-6)),
    ("pooled, two classes", "pooled", 2, "two", "dense", (1e-4, 3e-6)),
    ("pooled, three classes", "pooled", 3, "three", "dense", (1e-4, 3e-6)),
    ("average and maximum, three classes", "average-max", 3, "three", "dense", (1e-4, 3e-6)),
]


def make_trajectories(rows):
    result = []
    for name, head, classes, column, first_dense, rates in CASES:
        phases = [
            {"from": first_dense, "unfreeze": 0, "rate": rates[0], "epochs": 2},
            {"from": "block5_conv1", "unfreeze": 4, "rate": rates[1], "epochs": 2},
        ]
        model = make_model(head, classes)
        set_sine_head(model)
        steps = step_trajectory(model, load_split(rows, column, "train"), phases)
        run = whole_run(make_model(head, classes), rows, column, phases)
        result.append({"name": name, "head": head, "classes": classes, "list": column, "steps": steps, "run": run})
    averaged = [
        {"from": "dense", "unfreeze": 0, "rate": 3e-3, "epochs": 3, "ema_momentum": 0.8},
        {"from": "block5_conv1", "unfreeze": 4, "rate": 1e-5, "epochs": 3, "ema_momentum": 0.9},
    ]
    phases = [phase | {"schedule": "cosine"} for phase in averaged]
    run = whole_run(make_model("pooled", 2), rows, "two", phases)
    name = "averaged weights, cosine schedule"
    result.append({"name": name, "head": "pooled", "classes": 2, "list": "two", "steps": [], "run": run})
    settings = {"batch": BATCH, "seed": SEED, "side": SIDE, "versions": versions()}
    write_json(DATA / "trajectories.json", settings | {"cases": result})


def make_optimizer_trace():
    """RMSprop from gradients of every size, zero included: where epsilon stands shows in the small ones."""
    start = [1.0, -2.0, 0.5, 3.0, -0.25, 0.0, 10.0]
    sizes = [0.0, 1e-6, 1e-4, 3e-4, 1e-2, 1.0, 100.0]
    variable = keras.Variable(np.array(start, np.float32))
    optimizer = keras.optimizers.RMSprop(1e-2)
    optimizer.build([variable])
    gradients, weights = [], []
    for step in range(8):
        gradient = [size * np.cos(0.9 * step + 0.3 * i) for i, size in enumerate(sizes)]
        gradients.append([float(value) for value in np.array(gradient, np.float32)])
        optimizer.apply([tf.constant(gradients[-1])], [variable])
        weights.append([float(value) for value in variable.numpy()])
    return {"rate": 1e-2, "start": start, "gradients": gradients, "weights": weights}


def make_losses():
    """What `evaluate` reports for given logits, through the activation that a model ends in."""

    def reported(activation, loss, logits, label):
        inputs = keras.Input((len(logits),))
        model = keras.Model(inputs, layers.Activation(activation)(inputs))
        model.compile(loss=loss)
        return float(model.evaluate(np.array([logits], np.float32), np.array([label]), verbose=0))

    binary = [([logit], label) for logit in (-1000.0, -20.0, -0.5, 0.0, 3.0, 90.0, 1000.0) for label in (0, 1)]
    several = [([0.0, 0.0, 0.0], 1), ([2.0, -1.0, 0.5], 2), ([1000.0, 0.0, -1000.0], 2), ([50.0, 49.0, -30.0], 0)]
    rows = [
        {"logits": logits, "label": label, "loss": reported("sigmoid", "binary_crossentropy", logits, label)}
        for logits, label in binary
    ]
    rows += [
        {
            "logits": logits,
            "label": label,
            "loss": reported("softmax", "sparse_categorical_crossentropy", logits, label),
        }
        for logits, label in several
    ]
    return rows


def main():
    DATA.mkdir(exist_ok=True)
    base = make_base()
    make_base_weights(base)
    base.save_weights(DATA / "narrow.weights.h5")
    rows = make_pictures()
    make_forward(base)
    make_resize()
    make_jpegs()
    make_augment()
    make_trajectories(rows)
    write_json(
        DATA / "formulas.json",
        {"rmsprop": make_optimizer_trace(), "losses": make_losses(), "versions": versions()},
    )


if __name__ == "__main__":
    main()
