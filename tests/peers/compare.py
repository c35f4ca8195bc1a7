#!/usr/bin/env python3
"""Thaw beside its peers: the same pictures, the same recipe, one after the other in turns.

    tests/peers/compare.py DATA --weights imagenet.safetensors --venv ENVIRONMENT --out RESULTS

Installs Keras and PyTorch into ENVIRONMENT if they are not there, runs every contender once a round, and prints seconds
an epoch, their ratio to Keras's, and accuracies, as a table and as RESULTS/comparison.json. What RESULTS already
holds is not run again, so it can be stopped and started at will. README.md says more.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import common

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {"keras": ("keras_recipe.py", ["tensorflow-cpu", "keras"]), "pytorch": ("torch_recipe.py", ["torch", "pillow"])}
OURS = {
    "thaw book": ["--recipe", "book"],
    "thaw book bfloat16": ["--recipe", "book", "--precision", "bfloat16"],
    # The first epoch stores the view, and is left out of the mean.
    "thaw fast, one view": ["--recipe", "fast", "--set", "augmentation.views=1"],
}


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description="Thaw against Keras and PyTorch")
    parser.add_argument("data", type=pathlib.Path, help="a folder with split.csv, or such a list itself")
    parser.add_argument("--weights", type=pathlib.Path, required=True, help="Thaw's imagenet.safetensors")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the results, kept between starts")
    parser.add_argument("--venv", type=pathlib.Path, help="scratch environment for the peers, made if absent")
    parser.add_argument("--thaw", default="build/release/app/cli/thaw-cli", help="the program to measure")
    parser.add_argument("--peers", nargs="*", default=["keras"], choices=sorted(PEERS))
    parser.add_argument(
        "--ours",
        action="append",
        metavar="NAME=FLAGS",
        help='a run of ours, such as --ours "fast=--recipe fast"; several allowed (default: the book\'s, in float32 '
        "and in bfloat16, and fast with one view)",
    )
    parser.add_argument("--epochs1", type=int, default=2)
    parser.add_argument("--epochs2", type=int, default=2)
    parser.add_argument("--limit", type=int, default=0, help="only this many pictures of each split")
    parser.add_argument("--rounds", type=int, default=1, help="each with a seed of its own, 0 and on")
    parser.add_argument("--threads", type=int, default=0, help="0: each program's own choice")
    return parser.parse_args(arguments)


def contenders_of(options):
    """{name: flags of thaw-cli, or nothing for a peer}, in the order of a round."""
    ours = dict(entry.split("=", 1) for entry in options.ours or [])
    ours = {name: flags.split() for name, flags in ours.items()} or OURS
    return {name: None for name in options.peers} | ours


def prepare_environment(options):
    """The environment's interpreter; makes and fills it when needed."""
    python = options.venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", options.venv], check=True)
    packages = [package for name in options.peers for package in PEERS[name][1]]
    found = subprocess.run([python, "-m", "pip", "show", *packages], capture_output=True, text=True, check=False)
    present = {line.split(": ")[1].lower() for line in found.stdout.splitlines() if line.startswith("Name: ")}
    # TensorFlow is there under either name.
    missing = [p for p in packages if p not in present and p.removesuffix("-cpu") not in present]
    if missing:
        subprocess.run([python, "-m", "pip", "install", *missing], check=True)
    return python


def write_manifest(options):
    """The pictures of this comparison as a list with absolute paths: all contenders get the same."""
    rows = common.limited(common.read_rows(options.data.resolve()), options.limit)
    manifest = options.out / "pictures.csv"
    with open(manifest, "w", newline="", encoding="utf-8") as file:
        writer = common.csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "label", "split"])
        writer.writerows(rows)
    return manifest


def peer_command(python, name, manifest, options, seed, result):
    script = HERE / PEERS[name][0]
    command = [python, script, manifest, "--weights", options.weights, "--json", result, "--seed", seed]
    command += ["--epochs1", options.epochs1, "--epochs2", options.epochs2, "--threads", options.threads]
    return [str(part) for part in command]


def thaw_command(flags, manifest, options, seed, folder):
    command = [options.thaw, "train", manifest, *flags, "--weights", options.weights, "--seed", seed, "--json"]
    command += ["--set", f"phases.0.epochs={options.epochs1}", "--set", f"phases.1.epochs={options.epochs2}"]
    command += ["--threads", options.threads] if options.threads else []
    return [str(part) for part in command + ["--out", folder]]


def result_of_events(lines, name):
    """What the peers' scripts write, from the events of `thaw-cli train --json`."""
    events = [json.loads(line) for line in lines if line.startswith("{")]
    keep = ("phase", "epoch", "seconds", "loss", "accuracy", "val_loss", "val_accuracy")
    epochs = [{key: event[key] for key in keep} for event in events if event.get("event") == "epoch"]
    end = next(event for event in events if event.get("event") == "finished")
    if end["state"] != "finished":
        raise RuntimeError(f"{name} ended as {end['state']}")
    return {
        "program": name,
        "machine": common.processor_name(),
        "epochs": epochs,
        "test_loss": end["test_loss"],
        "test_accuracy": end["test_accuracy"],
    }


def run_thaw(name, flags, manifest, options, seed, result):
    folder = result.with_suffix(".run")
    # One that was cut short is measured anew: half its epochs would be timed on another day.
    if folder.exists():
        subprocess.run(["rm", "-r", "--", str(folder)], check=True)
    started = time.perf_counter()
    command = thaw_command(flags, manifest, options, seed, folder)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured = result_of_events(done.stdout.splitlines(), name)
    common.write_json(result, measured | {"seconds": time.perf_counter() - started, "seed": seed})


def run_all(options):
    """Each contender once a round; gives back {name: [result]} of all that is there."""
    options.out.mkdir(parents=True, exist_ok=True)
    check_settings(options)
    manifest = write_manifest(options)
    python = None
    results = {}
    for seed in range(options.rounds):
        for name, flags in contenders_of(options).items():
            result = (options.out / f"round{seed}-{name.replace(' ', '-')}.json").resolve()
            if not result.exists():
                print(f"— round {seed + 1} of {options.rounds}: {name}", file=sys.stderr, flush=True)
                if flags is None:
                    python = python or prepare_environment(options)
                    subprocess.run(
                        peer_command(python, name, manifest, options, seed, result), stdout=sys.stderr, check=True
                    )
                else:
                    run_thaw(name, flags, manifest, options, seed, result)
            results.setdefault(name, []).append(json.loads(result.read_text()))
    return results


def check_settings(options):
    """Results of other settings must not be mixed in."""
    settings = {
        "data": str(options.data.resolve()),
        "epochs": [options.epochs1, options.epochs2],
        "limit": options.limit,
        "threads": options.threads,
    }
    file = options.out / "settings.json"
    if file.exists() and json.loads(file.read_text()) != settings:
        raise SystemExit(f"{options.out} holds results of other settings: choose another --out")
    common.write_json(file, settings)


def epoch_seconds(results, phase):
    """Mean seconds an epoch. The first one of a phase also builds graphs or features, so it counts only when it is
    the only one."""
    means = []
    for result in results:
        seconds = [row["seconds"] for row in result["epochs"] if row["phase"] == phase]
        if seconds:
            means.append(statistics.fmean(seconds[1:] or seconds))
    return statistics.fmean(means) if means else None


def summarise(results):
    """A row for each contender, with ratios to Keras's (the first one's, where Keras is not among them)."""
    reference = "keras" if "keras" in results else next(iter(results))
    rows = []
    for name, runs in results.items():
        row = {"name": name, "rounds": len(runs)}
        for phase in (1, 2):
            seconds, base = epoch_seconds(runs, phase), epoch_seconds(results[reference], phase)
            row[f"phase{phase}_seconds"] = seconds
            row[f"phase{phase}_ratio"] = seconds / base if seconds and base else None
            last = [[r["val_accuracy"] for r in run["epochs"] if r["phase"] == phase][-1:] for run in runs]
            last = [value for values in last for value in values]
            row[f"phase{phase}_val_accuracy"] = statistics.fmean(last) if last else None
        row["seconds"] = statistics.fmean(run["seconds"] for run in runs)
        row["test_accuracy"] = statistics.fmean(run["test_accuracy"] for run in runs)
        rows.append(row)
    return {"reference": reference, "rows": rows}


def format_table(summary):
    def number(value, form):
        return "–" if value is None else format(value, form)

    lines = [
        f"| | phase 1, s an epoch | of {summary['reference']}'s | phase 2, s an epoch | of {summary['reference']}'s "
        "| whole, s | test accuracy | rounds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in summary["rows"]:
        cells = [row["name"]]
        for phase in (1, 2):
            cells += [number(row[f"phase{phase}_seconds"], ".1f"), number(row[f"phase{phase}_ratio"], ".3f")]
        cells += [number(row["seconds"], ".0f"), number(row["test_accuracy"], ".2%"), str(row["rounds"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    options = parse_arguments()
    if options.peers and not options.venv:
        raise SystemExit("--venv says where the peers are to be installed (or use --peers with no name)")
    summary = summarise(run_all(options))
    common.write_json(options.out / "comparison.json", summary)
    print(format_table(summary))


if __name__ == "__main__":
    main()
