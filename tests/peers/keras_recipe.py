#!/usr/bin/env python3
"""The recipe as a Keras user writes it: the peer that Thaw is measured against. See README.md."""

import contextlib
import os
import pathlib
import tempfile
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import common

arguments = common.parse_arguments("VGG16 fine-tuned with Keras, two phases", resumable=True)

import keras
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


def make_model(base, classes):
    augmentation = keras.Sequential(
        [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.2)]
    )
    inputs = keras.Input((arguments.size, arguments.size, 3))
    x = augmentation(inputs)
    x = keras.applications.vgg16.preprocess_input(x)
    x = base(x)
    x = layers.Flatten()(x)
    x = layers.Dense(256)(x)
    x = layers.Dropout(0.5)(x)
    if len(classes) == 2:
        return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
    return keras.Model(inputs, layers.Dense(len(classes), activation="softmax")(x))


class EpochClock(keras.callbacks.Callback):
    """Tells each epoch with its validation; fit's clock starts before the first one traces its graph."""

    def __init__(self, report, phase):
        super().__init__()
        self.report, self.phase = report, phase

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.report.epoch(self.phase, epoch + 1, time.perf_counter() - self.started, logs)


def run_phase(model, classes, data, report, phase, epochs, rate, best_file):
    model.compile(
        loss="binary_crossentropy" if len(classes) == 2 else "sparse_categorical_crossentropy",
        optimizer=keras.optimizers.RMSprop(learning_rate=rate),
        metrics=["accuracy"],
    )
    best = keras.callbacks.ModelCheckpoint(
        best_file,
        save_best_only=True,
        save_weights_only=True,
        monitor="val_loss",
        initial_value_threshold=report.best_loss(phase),
    )
    callbacks = [best, EpochClock(report, phase)]
    if report.state:
        callbacks.append(keras.callbacks.BackupAndRestore(report.state / f"phase{phase}"))
    model.fit(data["train"], epochs=epochs, validation_data=data["validation"], callbacks=callbacks, verbose=0)


def main():
    report = common.Report("keras", {"keras": keras.__version__, "tensorflow": tf.__version__}, arguments)
    lists, classes = common.load_lists(arguments)
    data = {split: dataset_of(*lists[split], shuffle=split == "train") for split in lists}
    base = make_base()
    model = make_model(base, classes)
    with contextlib.ExitStack() as stack:
        folder = report.state or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        end_of_phase1 = folder / "end1.weights.h5"
        base.trainable = False
        if end_of_phase1.exists():
            model.load_weights(end_of_phase1)
        else:
            run_phase(model, classes, data, report, 1, arguments.epochs1, 1e-3, folder / "best1.weights.h5")
            model.save_weights(end_of_phase1)
        base.trainable = True
        for layer in base.layers[:-4]:
            layer.trainable = False
        best_file = folder / "best2.weights.h5"
        run_phase(model, classes, data, report, 2, arguments.epochs2, 1e-5, best_file)
        model.load_weights(best_file)
        report.finish(*model.evaluate(data["test"], verbose=0))


main()
