#!/usr/bin/env python3
"""Makes tests/golden/data/learning.json with Keras 3 on TensorFlow: optimizers, losses and callbacks.

    python3 -m venv VENV && VENV/bin/pip install tensorflow-cpu==2.21.0 keras==3.15.1 pillow
    VENV/bin/python tests/golden/make_learning_golden.py

Every number written here was computed by Keras; nothing of Thaw is asked. It needs the files that make_golden.py
wrote, and gives the same bytes each time. data/README.md says what the file holds.
"""

import csv
import itertools

from make_golden import (
    BATCH,
    DATA,
    SEED,
    BestWeights,
    OrderedPictures,
    ThawsOrder,
    load_split,
    make_model,
    set_seeded_head,
    set_sine_head,
    versions,
    write_json,
)

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras.src.trainers.data_adapters import data_adapter_utils

# By the names of Thaw's recipe, so that a test can build the same from them.
OPTIMIZERS = {
    "sgd": {"optimizer": "sgd"},
    "sgd, momentum": {"optimizer": "sgd", "momentum": 0.9},
    "sgd, Nesterov's momentum": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.004},
    "rmsprop": {"optimizer": "rmsprop"},
}
MAKERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
}


def make_optimizer(settings, rate):
    options = {key: value for key, value in settings.items() if key != "optimizer"}
    return MAKERS[settings["optimizer"]](rate, **options)


def floats(values):
    return [float(value) for value in np.asarray(values, np.float32).ravel()]


# Optimizers


def optimizer_trace(settings):
    """Five weights over six steps; the rate falls to a tenth after the third. Gradients down to a size at which an
    epsilon is the most of a root, and up to 100."""
    start = [1.0, -2.0, 0.5, -0.25, 10.0]
    sizes = [1e-6, 1e-4, 1e-2, 1.0, 100.0]
    rates = [1e-2] * 3 + [1e-3] * 3
    variable = keras.Variable(np.array(start, np.float32), name="w")
    optimizer = make_optimizer(settings, rates[0])
    optimizer.build([variable])
    gradients, weights = [], []
    for step, rate in enumerate(rates):
        gradients.append(floats([size * np.cos(0.9 * step + 0.3 * i) for i, size in enumerate(sizes)]))
        optimizer.learning_rate = rate
        optimizer.apply([tf.constant(gradients[-1])], [variable])
        weights.append(floats(variable.numpy()))
    state = {each.name.removeprefix("w_"): floats(each.numpy()) for each in optimizer.variables if each.shape == (5,)}
    return settings | {"start": start, "rates": rates, "gradients": gradients, "weights": weights, "state": state}


# For each optimizer the rates before and after the middle: see CASES of make_golden.py. Steps of SGD follow the size
# of the gradients, which are large here.
TRAJECTORIES = [
    ("sgd", {}, (2e-6, 5e-7)),
    ("sgd, momentum", {}, (5e-7, 1e-7)),
    ("sgd, Nesterov's momentum", {}, (5e-7, 1e-7)),
    ("adam", {}, (3e-6, 1e-6)),
    ("adamw", {"weight_decay": 20.0}, (3e-6, 1e-6)),  # decays by rate · weight_decay, which has to show
    ("rmsprop", {}, (3e-6, 1e-6)),
]
TRAJECTORY_EPOCHS = 4  # of three steps each


def train_rows():
    with open(DATA / "pictures" / "three.csv", newline="") as file:
        return [row for row in csv.DictReader(file) if row["split"] == "train"]


def trained_values(model):
    return {
        f"{layer.name}.{part}": values.astype(np.float64)
        for layer in model.layers
        if layer.trainable and layer.weights
        for part, values in zip(("weight", "bias"), layer.get_weights())
    }


def optimizer_trajectory(name, changes, rates):
    """The pooled head and block 5 of the narrow network, in the pictures' order: each step's loss before its update,
    and of each trained tensor the norm at the end, the norm of its change, and four values as Keras lays them out."""
    model = make_model("pooled", 3)
    set_sine_head(model)
    for layer in model.layers:
        layer.trainable = layer.name.startswith(("block5", "dense"))
    settings = OPTIMIZERS[name] | changes
    model.compile(optimizer=make_optimizer(settings, rates[0]), loss="sparse_categorical_crossentropy")
    inputs, labels = load_split(train_rows(), "label", "train")
    start = trained_values(model)
    epoch_rates = [rates[epoch >= TRAJECTORY_EPOCHS // 2] for epoch in range(TRAJECTORY_EPOCHS)]
    losses = []
    for rate in epoch_rates:
        model.optimizer.learning_rate = rate
        for first in range(0, len(inputs), BATCH):
            model.reset_metrics()
            batch = slice(first, first + BATCH)
            losses.append(float(model.train_on_batch(inputs[batch], labels[batch], return_dict=True)["loss"]))
    tensors = {
        key: {
            "norm": float(np.linalg.norm(values)),
            "change": float(np.linalg.norm(values - start[key])),
            "values": [float(value) for value in values.ravel()[:4]],
        }
        for key, values in trained_values(model).items()
    }
    return {"name": name} | settings | {"epoch_rates": epoch_rates, "losses": losses, "tensors": tensors}


# Losses

LOGITS = {
    2: ([[-1000.0], [-20.0], [-0.5], [0.0], [3.0], [90.0], [-4.0]], [0, 1, 0, 1, 1, 0, 0]),
    5: (
        [
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [2.0, -1.0, 0.5, 0.25, -3.0],
            [1000.0, 0.0, -1000.0, 5.0, 0.0],
            [50.0, 49.0, -30.0, 48.0, 1.0],
            [-0.5, 1.5, 4.0, -2.5, 0.75],
            [0.1, 0.2, 0.3, 0.4, 0.5],
        ],
        [3, 2, 1, 0, 2, 4],
    ),
}
CLASS_WEIGHTS = {2: [0.625, 2.5], 5: [0.5, 1.0, 2.0, 0.25, 4.0]}


def loss_of(classes, smoothing, weights):
    """What a step of `fit` reports, and its gradient with respect to the logits behind the activation."""
    logits, labels = LOGITS[classes]
    inputs = keras.Input((len(logits[0]),))
    activation = layers.Activation("sigmoid" if classes == 2 else "softmax")
    model = keras.Model(inputs, activation(inputs))
    if classes == 2:
        model.compile(loss=keras.losses.BinaryCrossentropy(label_smoothing=smoothing))
        targets = np.array(labels, np.float32)[:, None]
    else:
        model.compile(loss=keras.losses.CategoricalCrossentropy(label_smoothing=smoothing))
        targets = np.eye(classes, dtype=np.float32)[labels]
    by_class = dict(enumerate(weights)) if weights else None
    of_pictures = data_adapter_utils.class_weight_to_sample_weights(targets, by_class) if weights else None
    points = tf.constant(logits)

    @tf.function  # as in fit: Keras finds the logits behind the activation in a graph alone
    def loss_and_gradient():
        with tf.GradientTape() as tape:
            tape.watch(points)
            loss = model.compute_loss(None, targets, activation(points), of_pictures)
        return loss, tape.gradient(loss, points)

    loss, gradient = loss_and_gradient()
    reported = float(model.train_on_batch(np.array(logits), targets, class_weight=by_class, return_dict=True)["loss"])
    assert abs(reported - float(loss)) <= 1e-6 * reported
    return {
        "classes": classes,
        "label_smoothing": smoothing,
        "class_weights": weights,
        "logits": logits,
        "labels": labels,
        "loss": reported,
        "gradient": [floats(row) for row in gradient.numpy()],
    }


# Callbacks

NAN = float("nan")
VALIDATION_LOSSES = {
    "falls, then stands": [1.0, 0.75, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    "stands from the start": [0.5] * 12,
    "rises": [0.25 * (epoch + 1) for epoch in range(12)],
    "falls all the time": [2.0 - 0.125 * epoch for epoch in range(12)],
    "noise about a fall": [1.0, 1.1, 0.8, 0.95, 0.82, 0.7, 0.71, 0.9, 0.69, 0.66, 0.8, 0.67, 0.68, 0.65],
    "noise about a level": [0.7, 0.72, 0.69, 0.71, 0.7, 0.73, 0.6999, 0.70005, 0.6898, 0.69, 0.71, 0.7],
    "falls by a quarter each time": [3.0 - 0.25 * epoch for epoch in range(12)],
    "falls by a tenth each time": [1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4],
    "two falls with a plateau between": [1.0, 0.9, 0.9, 0.9, 0.9, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3, 0.3, 0.3],
    "better while it cools down": [1.0, 1.0, 0.5, 0.6, 0.4, 0.6, 0.6, 0.3, 0.6, 0.6, 0.6, 0.6],
    "no number in the middle": [1.0, 0.9, NAN, 0.8, NAN, NAN, 0.7, 0.7, 0.7, 0.6, 0.6, 0.6],
    "no number at first": [NAN, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5],
    "slow creep": [1.0 - 0.00005 * epoch for epoch in range(14)],
}
EARLY_STOPPING = [
    {"patience": patience, "min_delta": delta} for patience, delta in itertools.product((1, 2, 3), (0.0, 0.1, 0.25))
]
PLATEAU = [
    {"factor": 0.5, "patience": patience, "min_delta": 1e-4, "cooldown": cooldown, "min_rate": 0.0}
    for patience, cooldown in itertools.product((1, 3), (0, 1, 2, 3))
] + [
    {"factor": 0.1, "patience": 1, "min_delta": 0.0, "cooldown": 0, "min_rate": 2e-5},
    {"factor": 0.1, "patience": 2, "min_delta": 0.25, "cooldown": 0, "min_rate": 0.0},
    {"factor": 0.3, "patience": 1, "min_delta": 0.1, "cooldown": 2, "min_rate": 1e-4},
    {"factor": 0.5, "patience": 1, "min_delta": 0.0, "cooldown": 0, "min_rate": 1e-3},  # the least from the start
]
RATE = 1e-3


class StubModel:
    """What the callbacks ask of a model."""

    def __init__(self):
        self.stop_training = False
        self.optimizer = keras.optimizers.SGD(RATE)

    def get_weights(self):
        return []

    def set_weights(self, weights):
        pass


def told(callback, losses):
    """The model after each epoch, until it is told to stop."""
    model = StubModel()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        yield model
        if model.stop_training:
            return


def number_or_null(value):
    return None if np.isnan(value) else float(value)


def early_stopping(settings, losses):
    callback = keras.callbacks.EarlyStopping(mode="min", restore_best_weights=True, **settings)
    models = list(told(callback, losses))
    stopped = len(models) if models[-1].stop_training else 0  # 0: never
    return settings | {"stops_after": stopped, "best": number_or_null(callback.best)}


def reduce_on_plateau(settings, losses):
    options = {("min_lr" if key == "min_rate" else key): value for key, value in settings.items()}
    callback = keras.callbacks.ReduceLROnPlateau(mode="min", **options)
    rates = [float(model.optimizer.learning_rate) for model in told(callback, losses)]
    return settings | {"rates_after": rates, "best": number_or_null(callback.best)}


def make_callbacks():
    return [
        {
            "name": name,
            "losses": [number_or_null(loss) for loss in losses],
            "early_stopping": [early_stopping(settings, losses) for settings in EARLY_STOPPING],
            "reduce_on_plateau": [reduce_on_plateau(settings, losses) for settings in PLATEAU],
        }
        for name, losses in VALIDATION_LOSSES.items()
    ]


# A whole run


# The recipe's fields beside those of make_golden.py's runs. Rates are such that phase 1 falls, meets a plateau, and
# ends early.
RUN = {
    "label_smoothing": 0.1,
    "class_weights": "balanced",
    "phases.0.epochs": 20,
    "phases.0.learning_rate": 1e-2,
    "phases.0.optimizer": "adam",
    "phases.0.early_stopping.patience": 3,
    "phases.0.reduce_on_plateau.patience": 2,
    "phases.0.reduce_on_plateau.factor": 0.5,
    "phases.1.epochs": 3,
    "phases.1.learning_rate": 1e-6,
    "phases.1.unfreeze": 4,
    "phases.1.optimizer": "sgd",
    "phases.1.momentum": 0.9,
    "phases.1.nesterov": True,
}


def load_one_hot(split):
    with open(DATA / "pictures" / "three.csv", newline="") as file:
        inputs, labels = load_split(list(csv.DictReader(file)), "label", split)
    return inputs, np.eye(3, dtype=np.float32)[labels]


def balanced_weights(targets):
    """scikit-learn's "balanced": pictures / (classes · pictures of the class)."""
    return dict(enumerate(len(targets) / (targets.shape[1] * targets.sum(axis=0))))


def phase_fields(number):
    prefix = f"phases.{number}."
    return {key.removeprefix(prefix): value for key, value in RUN.items() if key.startswith(prefix)}


def callbacks_of(phase):
    result = []
    if "reduce_on_plateau.patience" in phase:
        result.append(
            keras.callbacks.ReduceLROnPlateau(
                patience=phase["reduce_on_plateau.patience"], factor=phase["reduce_on_plateau.factor"]
            )
        )
    if "early_stopping.patience" in phase:
        result.append(
            keras.callbacks.EarlyStopping(patience=phase["early_stopping.patience"], restore_best_weights=True)
        )
    return result


def whole_run():
    """A run as `fit` makes it, in the order and from the start that Thaw draws from SEED."""
    model = make_model("pooled", 3)
    set_seeded_head(model, SEED)
    inputs, targets = load_one_hot("train")
    history, best = [], []
    for number, first in enumerate(("dense", "block5")):
        phase = phase_fields(number)
        for layer in model.layers:
            layer.trainable = layer.name.startswith((first, "dense"))
        settings = {key: phase[key] for key in ("optimizer", "momentum", "nesterov") if key in phase}
        smoothed = keras.losses.CategoricalCrossentropy(label_smoothing=RUN["label_smoothing"])
        model.compile(make_optimizer(settings, phase["learning_rate"]), loss=smoothed, metrics=["accuracy"])
        pictures, kept = OrderedPictures(inputs, targets), BestWeights()
        fitted = model.fit(
            pictures,
            epochs=phase["epochs"],
            shuffle=False,
            validation_data=load_one_hot("validation"),
            validation_batch_size=BATCH,
            class_weight=balanced_weights(targets),
            callbacks=[ThawsOrder(pictures, len(history)), kept, *callbacks_of(phase)],
            verbose=0,
        ).history
        for epoch in range(len(fitted["loss"])):
            row = {key: float(fitted[key][epoch]) for key in ("accuracy", "loss", "val_accuracy", "val_loss")}
            rate = float(fitted["learning_rate"][epoch]) if "learning_rate" in fitted else phase["learning_rate"]
            history.append({"phase": number + 1, "epoch": epoch + 1, "learning_rate": rate} | row)
        best.append(kept.epoch)
    model.set_weights(kept.weights)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])  # Thaw's test is without smoothing
    scores = model.evaluate(*load_one_hot("test"), batch_size=BATCH, verbose=0)
    test = {"loss": float(scores[0]), "accuracy": float(scores[1])}
    return {
        "name": "adam and momentum, smoothed and weighted, plateau and early end",
        "head": "pooled",
        "classes": 3,
        "list": "three",
        "recipe": RUN,
        "run": {"history": history, "best": best, "test": test},
    }


def main():
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)  # asked for by the former; nothing is drawn that counts
    traces = [{"name": name} | optimizer_trace(settings) for name, settings in OPTIMIZERS.items()]
    trajectories = [optimizer_trajectory(*each) for each in TRAJECTORIES]
    losses = [
        loss_of(classes, smoothing, weights)
        for classes in (2, 5)
        for smoothing in (0.0, 0.1)
        for weights in (None, CLASS_WEIGHTS[classes])
    ]
    write_json(
        DATA / "learning.json",
        {
            "versions": versions(),
            "traces": traces,
            "pictures": [row["path"] for row in train_rows()],
            "labels": [int(row["label"][-1]) for row in train_rows()],
            "batch": BATCH,
            "trajectories": trajectories,
            "losses": losses,
            "rate": RATE,
            "callbacks": make_callbacks(),
            "runs": [whole_run()],
        },
    )


if __name__ == "__main__":
    main()
