"""What the peers' scripts share: the list of pictures, the ImageNet base from Thaw's weights file, the clock and the
form of their answers. Nothing beyond the standard library and numpy, so that both environments can import it."""

import argparse
import csv
import json
import os
import pathlib
import platform
import random
import struct
import time

CONVOLUTIONS = [
    (f"block{block}_conv{i}", channels)
    for block, (count, channels) in enumerate(zip((2, 2, 3, 3, 3), (64, 128, 256, 512, 512)), 1)
    for i in range(1, count + 1)
]
TORCHVISION_INDICES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
SPLITS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation", "test": "test"}


def parse_arguments(description, is_keras=False):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=pathlib.Path, help="a folder with split.csv, or such a list itself")
    parser.add_argument("--weights", type=pathlib.Path, required=True, help="the base: Thaw's imagenet.safetensors")
    parser.add_argument("--epochs1", type=int, default=50)
    parser.add_argument("--epochs2", type=int, default=30)
    parser.add_argument("--limit", type=int, default=0, help="only this many pictures of each split, classes alike")
    parser.add_argument("--size", type=int, default=180)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="0: the framework's own choice")
    parser.add_argument("--json", type=pathlib.Path, help="where to put the results")
    if is_keras:
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--state", type=pathlib.Path, help="a folder: saves there and goes on from there")
        parser.add_argument(
            "--keep-validation", action="store_true", help="compute what frozen layers give for it once: for accuracy"
        )
        either.add_argument(
            "--views",
            type=pathlib.Path,
            metavar="FOLDER",
            help="learn from variations made once, one an epoch, and kept there: for the accuracy of many seeds",
        )
    return parser.parse_args()


def read_rows(data):
    """[(absolute path, class, split)] of a list whose every row names its split."""
    manifest = data / "split.csv" if data.is_dir() else data
    with open(manifest, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    return [(str(manifest.parent / row["path"]), row["label"], SPLITS[row["split"]]) for row in rows]


def limited(rows, limit):
    """The first `limit` rows of each split, with the classes taking turns."""
    if limit <= 0:
        return rows
    result = []
    for split in ("train", "validation", "test"):
        by_class = {}
        for row in rows:
            if row[2] == split:
                by_class.setdefault(row[1], []).append(row)
        turns = [row for turn in zip(*(by_class[name] for name in sorted(by_class))) for row in turn]
        result += turns[:limit]
    return result


def load_lists(arguments):
    """{split: ([path], [class number])} and the classes, sorted as Thaw sorts them."""
    rows = limited(read_rows(arguments.data), arguments.limit)
    classes = sorted({label for _, label, _ in rows}, key=lambda name: name.encode())
    lists = {}
    for split in ("train", "validation", "test"):
        chosen = [row for row in rows if row[2] == split]
        lists[split] = ([row[0] for row in chosen], [classes.index(row[1]) for row in chosen])
    return lists, classes


def read_base(path):
    """[(kernel [out, in, 3, 3], bias)] of the thirteen convolutions."""
    import numpy as np

    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])

    def tensor(name):
        entry = header[name]
        begin, end = entry["data_offsets"]
        return np.frombuffer(data[8 + length + begin : 8 + length + end], np.float32).reshape(entry["shape"]).copy()

    return [(tensor(f"features.{i}.weight"), tensor(f"features.{i}.bias")) for i in TORCHVISION_INDICES]


class Report:
    """Collects epochs, prints them as they come, and writes all as JSON at the end."""

    def __init__(self, program, versions, arguments):
        random.seed(arguments.seed)
        self.path = arguments.json
        self.result = {
            "program": program,
            "versions": versions | {"python": platform.python_version()},
            "machine": processor_name(),
            "cores": len(os.sched_getaffinity(0)),
            "seed": arguments.seed,
            "epochs": [],
        }
        self.state = getattr(arguments, "state", None)
        self.seconds_before = 0
        if self.state and self.state_file().exists():
            saved = json.loads(self.state_file().read_text())
            self.result["epochs"], self.seconds_before = saved["epochs"], saved["seconds"]
        self.started = time.perf_counter()

    def state_file(self):
        return self.state / "epochs.json"

    def seconds(self):
        """Spent in this sitting and, as far as their epochs were finished, in those before."""
        return self.seconds_before + time.perf_counter() - self.started

    def best_loss(self, phase):
        """The lowest validation loss of a phase so far, or None."""
        return min((row["val_loss"] for row in self.result["epochs"] if row["phase"] == phase), default=None)

    def epoch(self, phase, epoch, seconds, scores):
        # One that was told but not saved any more is done twice.
        rows = [row for row in self.result["epochs"] if (row["phase"], row["epoch"]) < (phase, epoch)]
        self.result["epochs"] = rows
        row = {"phase": phase, "epoch": epoch, "seconds": seconds} | {k: float(v) for k, v in scores.items()}
        self.result["epochs"].append(row)
        print(
            f"phase {phase} epoch {epoch}  loss {row['loss']:.4f}  accuracy {row['accuracy']:.4f}"
            f"  val loss {row['val_loss']:.4f}  val accuracy {row['val_accuracy']:.4f}  {seconds:.1f} s",
            flush=True,
        )
        if self.state:
            write_json(self.state_file(), {"epochs": self.result["epochs"], "seconds": self.seconds()})

    def finish(self, test_loss, test_accuracy):
        self.result |= {
            "test_loss": float(test_loss),
            "test_accuracy": float(test_accuracy),
            "seconds": self.seconds(),
        }
        print(f"test loss {test_loss:.4f}  test accuracy {test_accuracy:.4f}", flush=True)
        if self.path:
            write_json(self.path, self.result)


def processor_name():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def write_json(path, value):
    """Whole or not at all: a result that is there is complete."""
    path = pathlib.Path(path)
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(value, indent=1) + "\n")
    beside.replace(path)
