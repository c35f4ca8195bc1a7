#!/usr/bin/env python3
"""One recipe, several seeds: the runs behind docs/lab/results.md.

    tests/peers/headline.py DATA --recipe book --seeds 0 1 2 --out RESULTS

A run for each seed in RESULTS/RECIPE-seedN. May be stopped at any time (Ctrl-C) and started again: finished runs are
kept, one that was stopped goes on where it was. Prints a Markdown table of what is there, also in RESULTS/RECIPE.md.
"""

import argparse
import csv
import json
import math
import pathlib
import signal
import statistics
import subprocess
import sys

# Student's distribution, two-sided 95 %, from one degree of freedom on.
STUDENT_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description="Thaw's results over several seeds")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--recipe", default="book", help="a built-in recipe or a file")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="passed on to thaw-cli")
    parser.add_argument("--precision", default="", help="passed on to thaw-cli")
    parser.add_argument("--cache-limit", default="", metavar="GIB", help="passed on to thaw-cli")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--name", help="of the runs and the table (default: the recipe's)")
    parser.add_argument("--thaw", default="build/release/app/cli/thaw-cli")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    return parser.parse_args(arguments)


def read_record(folder):
    file = folder / "run.json"
    return json.loads(file.read_text()) if file.exists() else None


def run_seed(options, name, seed):
    """Brings one run to its end. False when it was stopped."""
    folder = options.out / f"{name}-seed{seed}"
    record = read_record(folder)
    if record and record["state"] == "finished":
        return True
    limit = ["--cache-limit", options.cache_limit] if options.cache_limit else []
    if record:
        command = [options.thaw, "train", "--resume", folder, *limit]
    else:
        command = [options.thaw, "train", options.data, "--recipe", options.recipe, "--seed", seed, "--out", folder, *limit]
        for setting in options.set:
            command += ["--set", setting]
        command += ["--precision", options.precision] if options.precision else []
    print(f"— {folder.name}", file=sys.stderr, flush=True)
    # Ctrl-C reaches thaw-cli as well, which saves and leaves with 130: let it.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen([str(part) for part in command], stdout=sys.stderr, preexec_fn=listen_again)
        status = child.wait()
    finally:
        signal.signal(signal.SIGINT, handler)
    if status not in (0, 130):
        raise SystemExit(f"{folder.name} failed with status {status}")
    return status == 0


def listen_again():
    """A child would ignore what its parent ignores."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def describe(folder):
    """What the table says of a finished run; nothing of another."""
    record = read_record(folder)
    if not record or record["state"] != "finished":
        return None
    with open(folder / "history.csv", newline="") as file:
        history = list(csv.DictReader(file))
    recipe = json.loads((folder / "recipe.json").read_text())
    seconds = {}
    for row in history:
        seconds.setdefault(int(row["phase"]), []).append(float(row["seconds"]))
    return {
        "seed": recipe["seed"],
        "best": [(best["epoch"], best["val_accuracy"]) for best in record["best"]],
        "epoch_seconds": [statistics.fmean(seconds[phase]) for phase in sorted(seconds)],
        "test_accuracy": record["test"]["accuracy"],
        "test_loss": record["test"]["loss"],
        "minutes": record["trained_seconds"] / 60,
        "machine": f"{record['machine']}, {record['threads']} threads, {record['precision']}",
        "versions": f"Thaw {record['thaw_version']}, LibTorch {record['torch_version']}",
    }


def spread_of(accuracies):
    """Student's interval for the mean over seeds (the pictures are the same for all), and the extremes."""
    count = len(accuracies)
    if count < 2:
        return ""
    quantile = STUDENT_975[min(count - 2, len(STUDENT_975) - 1)]
    half = quantile * statistics.stdev(accuracies) / math.sqrt(count)
    return f" ± {half * 100:.2f} (95 % interval), from {min(accuracies):.2%} to {max(accuracies):.2%}"


def format_table(name, runs):
    phases = len(runs[0]["best"]) if runs else 0
    header = ["seed"]
    for phase in range(1, phases + 1):
        header += [f"phase {phase}: best epoch", "validation accuracy", "s an epoch"]
    header += ["test accuracy", "test loss", "minutes"]
    lines = [f"### {name}", "", "| " + " | ".join(header) + " |", "|" + "---:|" * len(header)]
    for run in runs:
        cells = [str(run["seed"])]
        for (epoch, accuracy), seconds in zip(run["best"], run["epoch_seconds"]):
            cells += [str(epoch), f"{accuracy:.2%}", f"{seconds:.1f}"]
        cells += [f"{run['test_accuracy']:.2%}", f"{run['test_loss']:.4f}", f"{run['minutes']:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    accuracies = [run["test_accuracy"] for run in runs]
    if accuracies:
        lines += ["", f"Test accuracy, mean of {len(runs)}: **{statistics.fmean(accuracies):.2%}**{spread_of(accuracies)}. "]
        lines[-1] += "; ".join(sorted({run["machine"] for run in runs})) + "; "
        lines[-1] += "; ".join(sorted({run["versions"] for run in runs})) + "."
    return "\n".join(lines) + "\n"


def main():
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    name = options.name or pathlib.Path(options.recipe).stem
    stopped = False
    for seed in options.seeds:
        if not run_seed(options, name, seed):
            stopped = True
            break
    runs = [describe(options.out / f"{name}-seed{seed}") for seed in options.seeds]
    table = format_table(name, [run for run in runs if run])
    (options.out / f"{name}.md").write_text(table)
    print(table)
    if stopped:
        raise SystemExit("Stopped. Start again with the same words to go on.")


if __name__ == "__main__":
    main()
