#!/usr/bin/env python3
"""How time, memory and disk grow with the number of pictures.

    tests/peers/growth.py DATA --counts 500 2000 8000 20000 --out RESULTS

Trains once for each count, on that many training pictures and half as many for validation, from a cache of its own
that starts empty. Where DATA has fewer, its pictures come again with some bytes behind their end: decoders pass over
them, and to Thaw it is another file. Prints a Markdown table, also in RESULTS/growth.md; what RESULTS already holds is
not run again.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time

import common

TEST_PICTURES = 64


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description="Thaw on growing data sets")
    parser.add_argument("data", type=pathlib.Path, help="a folder with split.csv, or such a list itself")
    parser.add_argument("--counts", type=int, nargs="+", default=[500, 2000, 8000, 20000])
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="passed on to thaw-cli")
    parser.add_argument("--thaw", default="build/release/app/cli/thaw-cli")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    return parser.parse_args(arguments)


def make_data(rows, count, folder):
    """Writes the pictures and their list; classes take turns."""
    wanted = {"train": count, "validation": count // 2, "test": TEST_PICTURES}
    lines = []
    for split, number in wanted.items():
        source = [row for row in common.limited(rows, len(rows)) if row[2] == split]
        for i in range(number):
            path, label, _ = source[i % len(source)]
            copy = folder / label / f"{split}-{i:06}{pathlib.Path(path).suffix}"
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(pathlib.Path(path).read_bytes() + (b"" if i < len(source) else b"copy %d" % i))
            lines.append([copy.relative_to(folder), label, split])
    with open(folder / "split.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([["path", "label", "split"], *lines])


def anonymous_memory(process):
    """MiB of memory that is not a file's."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1024


def measure(options, data, scratch):
    command = [options.thaw, "train", data, "--recipe", options.recipe, "--json", "--out", scratch / "run"]
    for setting in options.set:
        command += ["--set", setting]
    log = scratch / "events"
    started, peak = time.monotonic(), 0
    with open(log, "w") as events:
        environment = os.environ | {"XDG_CACHE_HOME": str(scratch / "cache")}
        child = subprocess.Popen([str(part) for part in command], stdout=events, env=environment)
        while child.poll() is None:
            peak = max(peak, anonymous_memory(child.pid))
            time.sleep(0.2)
    if child.returncode != 0:
        raise SystemExit(f"thaw-cli failed with status {child.returncode}")
    rows = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    phases = {}
    for row in rows:
        if row.get("event") == "epoch":
            phases.setdefault(row["phase"], []).append(row["seconds"])
    stored = sum(file.stat().st_size for file in (scratch / "cache").rglob("*") if file.is_file())
    return {
        # The first epoch computes and stores what later ones find.
        "first": phases[1][0],
        "phases": [statistics.fmean(phases[number][1:] or phases[number]) for number in sorted(phases)],
        "minutes": (time.monotonic() - started) / 60,
        "anonymous_mib": peak,
        "stored_mib": stored / 2**20,
    }


def format_table(results):
    lines = [
        "| pictures | first epoch | phase-1 epoch | phase-2 epoch | whole | anonymous memory | stored |",
        "|" + "---:|" * 7,
    ]
    for count, row in sorted(results.items()):
        epochs = " | ".join(f"{seconds:.2f} s" for seconds in row["phases"][:2])
        lines.append(
            f"| {count:,} + {count // 2:,} | {row['first']:.1f} s | {epochs} | {row['minutes']:.1f} min "
            f"| {row['anonymous_mib']:,.0f} MiB | {row['stored_mib']:,.0f} MiB |"
        )
    return "\n".join(lines) + "\n"


def main():
    options = parse_arguments()
    rows = common.read_rows(options.data.resolve())
    results = {}
    for count in options.counts:
        scratch = options.out / str(count)
        result = options.out / f"{count}.json"
        if not result.exists():
            shutil.rmtree(scratch, ignore_errors=True)
            make_data(rows, count, scratch / "data")
            common.write_json(result, measure(options, scratch / "data", scratch))
            shutil.rmtree(scratch)
        results[count] = json.loads(result.read_text())
        (options.out / "growth.md").write_text(format_table(results))
    print(format_table(results))


if __name__ == "__main__":
    main()
