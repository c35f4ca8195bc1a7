#!/usr/bin/env python3
"""The recipe as a Keras user writes it: the peer that Thaw is measured against. See README.md."""

import contextlib
import json
import os
import pathlib
import tempfile
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import common

arguments = common.parse_arguments("VGG16 fine-tuned with Keras, two phases", is_keras=True)

import keras
import numpy as np
import tensorflow as tf
from keras import layers

if arguments.threads:
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
keras.utils.set_random_seed(arguments.seed)


def load_picture(path, label):
    picture = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    # image_dataset_from_directory's rule: bilinear, no antialiasing, aspect not kept.
    return tf.ensure_shape(tf.image.resize(picture, (arguments.size, arguments.size)), (None, None, 3)), label


def dataset_of(paths, labels, shuffle):
    dataset = tf.data.Dataset.from_tensor_slices((paths, labels))
    if shuffle:
        dataset = dataset.shuffle(len(paths), seed=arguments.seed, reshuffle_each_iteration=True)
    dataset = dataset.map(load_picture, num_parallel_calls=os.cpu_count()).batch(arguments.batch).prefetch(2)
    # With its tuning thread TensorFlow 2.21 waits idly for about 13 s whenever an iterator ends: twice an epoch.
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def make_base():
    """keras.applications.VGG16(include_top=False), with the weights that Thaw uses."""
    base = keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(arguments.size, arguments.size, 3)
    )
    for (name, _), (kernel, bias) in zip(common.CONVOLUTIONS, common.read_base(arguments.weights)):
        base.get_layer(name).set_weights([kernel.transpose(2, 3, 1, 0), bias])
    return base


def make_head(classes):
    last = layers.Dense(1, activation="sigmoid") if len(classes) == 2 else layers.Dense(len(classes), activation="softmax")
    return [layers.Flatten(), layers.Dense(256), layers.Dropout(0.5), last]


def applied(steps, x):
    for layer in steps:
        x = layer(x)
    return x


def make_augmentation():
    return keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.2)])


def make_model(base, head):
    augmentation = make_augmentation()
    inputs = keras.Input((arguments.size, arguments.size, 3))
    x = augmentation(inputs)
    x = keras.applications.vgg16.preprocess_input(x)
    return keras.Model(inputs, applied(head, base(x)))


def front_of(base, frozen):
    """From pictures to what the first `frozen` layers of the base give."""
    inputs = keras.Input(base.input_shape[1:])
    ends = keras.Model(base.input, base.layers[frozen - 1].output)
    return keras.Model(inputs, ends(keras.applications.vgg16.preprocess_input(inputs)))


def tail_of(base, head, frozen):
    """The rest of the model, with the same layers and so the same weights."""
    start = keras.Input(base.layers[frozen - 1].output.shape[1:])
    return keras.Model(start, applied([*base.layers[frozen:], *head], start))


class KeptValidation(keras.callbacks.Callback):
    """Validation from what the frozen layers give, computed once: fit's own numbers in a third less time. For runs
    whose accuracy is asked for, not their time."""

    def __init__(self, base, head, frozen, data, compiled):
        """frozen: how many of the base's layers."""
        super().__init__()
        self.labels = tf.concat([labels for _, labels in data], 0)
        self.features = front_of(base, frozen).predict(data, verbose=0)
        self.tail = tail_of(base, head, frozen)
        self.tail.compile(**compiled)

    def on_epoch_end(self, epoch, logs=None):
        scores = self.tail.evaluate(
            self.features, self.labels, batch_size=arguments.batch, verbose=0, return_dict=True
        )
        logs.update({f"val_{name}": value for name, value in scores.items()})


class EpochClock(keras.callbacks.Callback):
    """Tells each epoch with its validation; fit's clock starts before the first one traces its graph."""

    def __init__(self, report, phase):
        super().__init__()
        self.report, self.phase = report, phase

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.report.epoch(self.phase, epoch + 1, time.perf_counter() - self.started, logs)


def phases_of(base):
    """[(number, how many of the base's layers are frozen, epochs, learning rate)], without those of no epochs."""
    every = len(base.layers)
    phases = [(1, every, arguments.epochs1, 1e-3), (2, every - 4, arguments.epochs2, 1e-5)]
    return [phase for phase in phases if phase[2] > 0]


def stored_views(base, frozen, lists, phase, epochs):
    """What the frozen layers give for one variation of each training picture an epoch, made by Keras's own
    augmentation, and for the pictures of the other splits; kept in a file for runs with other seeds."""
    file = arguments.views / f"phase{phase}.npz"
    made_of = json.dumps([arguments.size, epochs, lists])
    if not file.exists():
        front, augmentation = front_of(base, frozen), make_augmentation()
        data = {split: dataset_of(*lists[split], shuffle=False) for split in lists}
        varied = data["train"].map(lambda pictures, labels: (augmentation(pictures, training=True), labels))
        result = {split: front.predict(data[split], verbose=0) for split in ("validation", "test")}
        result["train"] = np.stack([front.predict(varied, verbose=0) for _ in range(epochs)])
        result["made_of"] = made_of
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file.with_suffix(".part.npz"), **result)
        file.with_suffix(".part.npz").replace(file)
    result = dict(np.load(file))
    if str(result["made_of"]) != made_of:
        raise SystemExit(f"{file} is of other pictures, another size or another number of epochs: choose another folder")
    return result


def run_stored(classes, lists, report):
    """Both phases from stored views: the numbers of another draw of the augmentation, in a fraction of the time."""
    base = make_base()
    head = make_head(classes)
    labels = {split: np.array(lists[split][1]) for split in lists}
    with tempfile.TemporaryDirectory() as folder:
        for phase, frozen, epochs, rate in phases_of(base):
            views = stored_views(base, frozen, lists, phase, epochs)
            tail = tail_of(base, head, frozen)
            tail.compile(optimizer=keras.optimizers.RMSprop(learning_rate=rate), **compiled_for(classes))
            best_file = pathlib.Path(folder) / f"best{phase}.weights.h5"
            callbacks = [checkpoint(best_file, report, phase), EpochClock(report, phase)]
            for epoch in range(epochs):
                tail.fit(
                    views["train"][epoch],
                    labels["train"],
                    batch_size=arguments.batch,
                    initial_epoch=epoch,
                    epochs=epoch + 1,
                    validation_data=(views["validation"], labels["validation"]),
                    callbacks=callbacks,
                    verbose=0,
                )
        tail.load_weights(best_file)
        report.finish(*tail.evaluate(views["test"], labels["test"], verbose=0))


def compiled_for(classes):
    return {
        "loss": "binary_crossentropy" if len(classes) == 2 else "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
    }


def checkpoint(best_file, report, phase):
    return keras.callbacks.ModelCheckpoint(
        best_file,
        save_best_only=True,
        save_weights_only=True,
        monitor="val_loss",
        initial_value_threshold=report.best_loss(phase),
    )


def run_phase(model, classes, data, report, phase, epochs, rate, best_file, kept):
    """kept(compiled): KeptValidation, or nothing."""
    compiled = compiled_for(classes)
    model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=rate), **compiled)
    callbacks = [checkpoint(best_file, report, phase), EpochClock(report, phase)]
    validation = data["validation"]
    if arguments.keep_validation:
        callbacks.insert(0, kept(compiled))
        validation = None
    if report.state:
        callbacks.append(keras.callbacks.BackupAndRestore(report.state / f"phase{phase}"))
    model.fit(data["train"], epochs=epochs, validation_data=validation, callbacks=callbacks, verbose=0)


def main():
    report = common.Report("keras", {"keras": keras.__version__, "tensorflow": tf.__version__}, arguments)
    lists, classes = common.load_lists(arguments)
    if arguments.views:
        run_stored(classes, lists, report)
        return
    data = {split: dataset_of(*lists[split], shuffle=split == "train") for split in lists}
    base = make_base()
    head = make_head(classes)
    model = make_model(base, head)

    def kept(frozen):
        return lambda compiled: KeptValidation(base, head, frozen, data["validation"], compiled)

    with contextlib.ExitStack() as stack:
        folder = report.state or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        end_of_phase1 = folder / "end1.weights.h5"
        for phase, frozen, epochs, rate in phases_of(base):
            for place, layer in enumerate(base.layers):
                layer.trainable = place >= frozen
            best_file = folder / f"best{phase}.weights.h5"
            if phase == 1 and end_of_phase1.exists():
                model.load_weights(end_of_phase1)
                continue
            run_phase(model, classes, data, report, phase, epochs, rate, best_file, kept(frozen))
            if phase == 1:
                model.save_weights(end_of_phase1)
        model.load_weights(best_file)
        report.finish(*model.evaluate(data["test"], verbose=0))


main()
