#!/usr/bin/env python3
"""Draws the epochs of runs: validation accuracy and loss, a line each, the phases side by side.

    tests/peers/curves.py RESULTS/best-seed* --out docs/images/results-best.svg

Takes run folders of Thaw's and the --json files of the peers. Needs matplotlib (pip install matplotlib in the peers'
environment).
"""

import argparse
import csv
import json
import pathlib

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "thaw"  # the same file from the same runs
from matplotlib import pyplot


def read_epochs(path):
    """[(phase, validation accuracy, validation loss)] in order."""
    if path.is_dir():
        with open(path / "history.csv", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = json.loads(path.read_text())["epochs"]
    return [(int(row["phase"]), float(row["val_accuracy"]), float(row["val_loss"])) for row in rows]


def main():
    parser = argparse.ArgumentParser(description="Curves of runs")
    parser.add_argument("runs", type=pathlib.Path, nargs="+")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    figure, (accuracies, losses) = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for path in options.runs:
        epochs = read_epochs(path)
        numbers = range(1, len(epochs) + 1)
        name = path.name if path.is_dir() else path.stem
        accuracies.plot(numbers, [epoch[1] * 100 for epoch in epochs], label=name, linewidth=1)
        losses.plot(numbers, [epoch[2] for epoch in epochs], linewidth=1)
        boundary = sum(1 for epoch in epochs if epoch[0] == 1) + 0.5
    for axes, title in ((accuracies, "Validation accuracy, %"), (losses, "Validation loss")):
        axes.axvline(boundary, color="0.6", linewidth=0.8, linestyle=":")
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("epoch (dotted: phase 2 begins)", fontsize=9)
        axes.grid(alpha=0.25)
    losses.set_yscale("log")
    accuracies.legend(fontsize=8)
    figure.savefig(options.out, metadata={"Date": None})


if __name__ == "__main__":
    main()
