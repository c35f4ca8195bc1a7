"""The scripts' own tests: `python3 tests/peers/test_peers.py`. A stand-in for thaw-cli answers at once, so nothing is
trained and nothing beyond the standard library is needed."""

import json
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

import common
import compare
import growth
import headline

# Notes its arguments. The first seed 1 stops half-way, as Ctrl-C would make it.
STAND_IN = """#!/usr/bin/env python3
import json, pathlib, sys
arguments = sys.argv[1:]
with open(pathlib.Path(__file__).with_name("calls"), "a") as calls:
    print(json.dumps(arguments), file=calls)
resume = "--resume" in arguments
folder = pathlib.Path(arguments[arguments.index("--resume" if resume else "--out") + 1])
folder.mkdir(parents=True, exist_ok=True)
if resume:
    seed = json.loads((folder / "recipe.json").read_text())["seed"]
else:
    seed = int(arguments[arguments.index("--seed") + 1]) if "--seed" in arguments else 0
(folder / "recipe.json").write_text(json.dumps({"seed": seed}))
stops = seed == 1 and not resume and "--json" not in arguments
record = {
    "state": "stopped" if stops else "finished",
    "best": [{"epoch": 2, "val_accuracy": 0.9}, {"epoch": 1, "val_accuracy": 0.95}],
    "test": None if stops else {"accuracy": 0.96 + seed / 100, "loss": 0.25},
    "trained_seconds": 90, "machine": "M", "threads": 2, "precision": "float32",
    "thaw_version": "9", "torch_version": "8",
}
(folder / "run.json").write_text(json.dumps(record))
(folder / "history.csv").write_text("epoch,phase,seconds\\n1,1,4\\n2,1,6\\n1,2,8\\n")
for phase in (1, 2):
    for epoch in (1, 2):
        print(json.dumps({"event": "epoch", "phase": phase, "epoch": epoch, "seconds": 10.0 * phase / epoch, "loss": 1,
                          "accuracy": 0.5, "val_loss": 1, "val_accuracy": 0.75, "images_per_second": 1}))
print(json.dumps({"event": "finished", "state": record["state"], "test_loss": 0.25, "test_accuracy": 0.96}))
sys.exit(130 if stops else 0)
"""


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.thaw = self.folder / "thaw-cli"
        self.thaw.write_text(STAND_IN)
        self.thaw.chmod(self.thaw.stat().st_mode | stat.S_IXUSR)
        self.data = self.folder / "data"
        self.data.mkdir()
        rows = [f"{label}/{i}.jpg,{label},{split}" for label in "ba" for split in ("train", "val", "test") for i in range(5)]
        (self.data / "split.csv").write_text("path,label,split\n" + "\n".join(rows) + "\n")

    def calls(self):
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def test_limited_lists_take_classes_in_turn(self):
        rows = common.limited(common.read_rows(self.data), 3)
        self.assertEqual(len(rows), 9)
        training = [row for row in rows if row[2] == "train"]
        self.assertEqual([label for _, label, _ in training], ["a", "b", "a"])
        self.assertEqual(training[0][0], str(self.data / "a/0.jpg"))
        self.assertEqual(len(common.limited(common.read_rows(self.data), 0)), 30)

    def comparison(self, *more):
        words = [str(self.data), "--weights", "w", "--out", str(self.folder / "out"), "--thaw", str(self.thaw)]
        return compare.parse_arguments(words + ["--ours", "a=--recipe book", "--peers", *more])

    def test_comparison_goes_in_turns_and_runs_nothing_twice(self):
        options = self.comparison("--rounds", "2", "--ours", "b=--recipe quick --precision bfloat16", "--limit", "2")
        results = compare.run_all(options)
        calls = self.calls()
        self.assertEqual([call[call.index("--recipe") + 1] for call in calls], ["book", "quick"] * 2)
        self.assertEqual([call[call.index("--seed") + 1] for call in calls], ["0", "0", "1", "1"])
        self.assertEqual(calls[1][calls[1].index("--precision") + 1], "bfloat16")
        self.assertEqual(len(pathlib.Path(calls[0][1]).read_text().splitlines()), 7)
        self.assertEqual({name: len(runs) for name, runs in results.items()}, {"a": 2, "b": 2})
        # As if it had been cut short within the last run.
        (self.folder / "out" / "round1-b.json").unlink()
        compare.run_all(options)
        self.assertEqual(len(self.calls()), 5)
        self.assertEqual(self.calls()[4], calls[3])

    def test_comparison_refuses_other_settings(self):
        compare.run_all(self.comparison())
        with self.assertRaises(SystemExit):
            compare.run_all(self.comparison("--limit", "4"))
        self.assertEqual(len(self.calls()), 1)

    def test_ratios_are_keras_s_and_leave_the_first_epoch_out(self):
        def run(first, then):
            rows = [
                {"phase": phase, "seconds": seconds * phase, "val_accuracy": 0.5}
                for phase in (1, 2)
                for seconds in (first, then, then)
            ]
            return {"epochs": rows, "seconds": 1, "test_accuracy": 0.9}

        summary = compare.summarise({"thaw": [run(50, 1), run(50, 3)], "keras": [run(70, 8)]})
        self.assertEqual(summary["reference"], "keras")
        ours = summary["rows"][0]
        self.assertEqual((ours["phase1_seconds"], ours["phase1_ratio"]), (2, 0.25))
        self.assertEqual((ours["phase2_seconds"], ours["phase2_ratio"]), (4, 0.25))
        self.assertIn("| thaw | 2.0 | 0.250 | 4.0 | 0.250 | 1 | 90.00% | 2 |", compare.format_table(summary))

    def test_a_run_that_did_not_finish_is_no_result(self):
        with self.assertRaises(RuntimeError):
            compare.result_of_events(['{"event": "finished", "state": "stopped"}'], "thaw")

    def headline(self):
        words = [str(self.data), "--seeds", "0", "1", "2", "--out", str(self.folder / "out"), "--thaw", str(self.thaw)]
        script = pathlib.Path(__file__).with_name("headline.py")
        return subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)

    def test_headline_goes_on_where_it_stopped(self):
        first = self.headline()
        self.assertNotEqual(first.returncode, 0)
        self.assertIn("| 0 | 2 | 90.00% | 5.0 | 1 | 95.00% | 8.0 | 96.00% | 0.2500 | 1.5 |", first.stdout)
        self.assertNotIn("| 1 | 2 |", first.stdout)
        second = self.headline()
        self.assertEqual(second.returncode, 0, second.stderr)
        calls = self.calls()
        self.assertEqual(len(calls), 4)
        self.assertEqual(calls[2][:2], ["train", "--resume"])
        # Of 96, 97 and 98 %: 4.303 · 1 % / √3.
        self.assertIn("mean of 3: **97.00%** ± 2.48 (95 % interval), from 96.00% to 98.00%", second.stdout)
        self.assertEqual((self.folder / "out" / "book.md").read_text().strip(), second.stdout.strip())
        self.headline()
        self.assertEqual(len(self.calls()), 4)

    def test_growth_copies_pictures_and_runs_nothing_twice(self):
        for row in common.read_rows(self.data):
            pathlib.Path(row[0]).parent.mkdir(exist_ok=True)
            pathlib.Path(row[0]).write_bytes(b"picture")
        made = self.folder / "made"
        growth.make_data(common.read_rows(self.data), 40, made)
        rows = common.read_rows(made)
        self.assertEqual([sum(row[2] == s for row in rows) for s in ("train", "validation", "test")], [40, 20, 64])
        self.assertEqual(sum(row[1] == "a" for row in rows), 62)
        # Ten of the training pictures are there already, the rest are other files that begin alike.
        contents = [pathlib.Path(row[0]).read_bytes() for row in rows if row[2] == "train"]
        self.assertEqual((contents.count(b"picture"), len(set(contents))), (10, 31))
        self.assertTrue(all(content.startswith(b"picture") for content in contents))
        script = pathlib.Path(__file__).with_name("growth.py")
        words = [str(self.data), "--counts", "8", "4", "--out", str(self.folder / "out"), "--thaw", str(self.thaw)]
        for _ in range(2):
            shown = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=True)
            self.assertIn("| 4 + 2 | 10.0 s | 5.00 s | 10.00 s | 0.0 min |", shown.stdout)
            self.assertEqual(len(self.calls()), 2)
            self.assertFalse((self.folder / "out" / "8").exists())


if __name__ == "__main__":
    unittest.main()
