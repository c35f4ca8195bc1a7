#!/usr/bin/env python3
"""Plants small faults in a scratch copy of the sources and says whether the tests notice them. See README.md."""

import argparse
import fnmatch
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ALLOWED_SURVIVORS = 1 / 20
KINDS = ("expression", "statement", "text")


class TableError(Exception):
    """The table, or the copy it is for, is not fit for use."""


def read_table(file):
    with open(file, "rb") as stream:
        rows = tomllib.load(stream)["fault"]
    known = {"id", "file", "how", "within", "old", "new", "tests", "target", "why"}
    seen = set()
    for row in rows:
        name = row.get("id", "a row without id")
        for key in ("id", "file", "old", "new", "tests", "why"):
            if key not in row:
                raise TableError(f"{name}: '{key}' is missing")
        if row.keys() - known:
            raise TableError(f"{name}: unknown {', '.join(sorted(row.keys() - known))}")
        if row.setdefault("how", "expression") not in KINDS:
            raise TableError(f"{name}: 'how' is none of {', '.join(KINDS)}")
        if name in seen:
            raise TableError(f"{name}: this id is there twice")
        if not row["tests"]:
            raise TableError(f"{name}: no test is named")
        seen.add(name)
    return rows


def place_of(row, tree):
    """Where the old text of a row begins and ends in its file."""
    file = tree / row["file"]
    if not file.is_file():
        raise TableError(f"{row['id']}: there is no {row['file']}")
    source = file.read_text(encoding="utf-8")
    begin, end = 0, len(source)
    for key in ("within", "old"):
        if key not in row:
            continue
        part = source[begin:end]
        count = part.count(row[key])
        if count != 1:
            raise TableError(f"{row['id']}: '{key}' is found {count} times, not once, in {row['file']}:\n{row[key]}")
        begin += part.index(row[key])
        end = begin + len(row[key])
    return begin, end


def require_places(rows, tree):
    """@throws TableError with all that cannot be planted."""
    problems = []
    for row in rows:
        try:
            place_of(row, tree)
        except TableError as problem:
            problems.append(str(problem))
    if problems:
        raise TableError("\n".join(problems))


def planted_text(row):
    """What stands in place of the old text. All but plain text is chosen when the program runs."""
    test = f'::thaw::planted::is("{row["id"]}")'
    if row["how"] == "expression":
        return f'({test} ? ({row["new"]}) : ({row["old"]}))'
    if row["how"] == "statement":
        return f'if ({test}) {{\n{row["new"]}\n}} else {{\n{row["old"]}\n}}'
    return row["new"]


def rounds_of(rows, tree, apart):
    """Rows that can be built together: none overlaps another, and plain text stands alone."""
    rounds = []
    for row in rows:
        begin, end = place_of(row, tree)
        home = None
        if row["how"] != "text" and not apart:
            for members in rounds:
                if members[0][0]["how"] != "text" and all(
                        other["file"] != row["file"] or end <= b or e <= begin for other, b, e in members):
                    home = members
                    break
        if home is None:
            home = []
            rounds.append(home)
        home.append((row, begin, end))
    return rounds


class Copy:
    """A checkout to plant in, with its build folder."""

    def __init__(self, tree, build):
        self.tree = tree
        self.build = build
        self.touched = set()

    def git(self, *arguments):
        return subprocess.run(["git", "-C", str(self.tree), *arguments], check=True, text=True,
                              capture_output=True).stdout

    def require_clean(self):
        changed = self.git("status", "--porcelain", "--untracked-files=no").strip()
        if changed:
            raise TableError(f"{self.tree} has changes of its own, which planting would undo:\n{changed}")

    def plant(self, members):
        by_file = {}
        for member in members:
            by_file.setdefault(member[0]["file"], []).append(member)
        for name, parts in by_file.items():
            file = self.tree / name
            source = file.read_text(encoding="utf-8")
            for row, begin, end in sorted(parts, key=lambda part: -part[1]):
                source = source[:begin] + planted_text(row) + source[end:]
            if any(row["how"] != "text" for row, _, _ in parts):
                source = f'#include "{HERE / "planted.h"}"\n' + source
            file.write_text(source, encoding="utf-8")
            self.touched.add(name)

    def restore(self):
        if self.touched:
            self.git("checkout", "--", *sorted(self.touched))
            self.touched.clear()

    def programs(self):
        """The program of each test, by the test's name, as CTest itself was told."""
        found = {}
        for file in self.build.rglob("CTestTestfile.cmake"):
            for name, program in re.findall(r'^add_test\((?:\[=\[)?(\S+?)(?:\]=\])? "([^"]+)"',
                                            file.read_text(encoding="utf-8"), re.MULTILINE):
                found[name] = pathlib.Path(program)
        return found

    def configure(self):
        if not (self.build / "build.ninja").exists():
            command = ["cmake", "--preset", "release", "-B", str(self.build)]
            subprocess.run(command, cwd=self.tree, check=True)
        else:
            subprocess.run(["cmake", str(self.build)], cwd=self.tree, check=True, stdout=subprocess.DEVNULL)

    def make(self, targets):
        """@return an empty text, or what the compiler said."""
        done = subprocess.run(["cmake", "--build", str(self.build), "--target", *sorted(targets)], text=True,
                              cwd=self.tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return "" if done.returncode == 0 else done.stdout

    def failures(self, tests, fault):
        """Names of those of the tests that fail, the first of them at least."""
        environment = dict(os.environ)
        environment.pop("THAW_PLANTED_FAULT", None)
        if fault:
            environment["THAW_PLANTED_FAULT"] = fault
        pattern = "^(" + "|".join(re.escape(test) for test in tests) + ")$"
        done = subprocess.run(["ctest", "--test-dir", str(self.build), "--no-tests=error", "--stop-on-failure",
                               "-R", pattern], text=True, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        names = re.findall(r"^\s+\d+ - (\S+) \(", done.stdout, re.MULTILINE)
        if done.returncode != 0 and not names:
            raise TableError(f"ctest could not run {', '.join(tests)}:\n{done.stdout}")
        return names


def tests_of(row, known):
    names = [name for name in known if any(fnmatch.fnmatchcase(name, pattern) for pattern in row["tests"])]
    for pattern in row["tests"]:
        if not fnmatch.filter(known, pattern):
            raise TableError(f"{row['id']}: no test is called {pattern}")
    return sorted(names)


def targets_of(row, tests, programs, build):
    if "target" in row:
        return {row["target"]}
    return {str(programs[name].relative_to(build)) for name in tests if programs[name].is_relative_to(build)}


def try_round(copy, members, programs, fitness):
    """Plants the rows of a round, builds, and yields each row with what became of it."""
    tests = {row["id"]: tests_of(row, programs) for row, _, _ in members}
    targets = set().union(*(targets_of(row, tests[row["id"]], programs, copy.build) for row, _, _ in members))
    wanted = set().union(*tests.values())
    isChosen = members[0][0]["how"] != "text"
    if not isChosen and not wanted <= fitness.keys():
        complaint = copy.make(targets)
        if complaint:
            raise TableError(f"this does not compile without a fault:\n{complaint}")
        try_without_fault(copy, wanted, fitness)
    try:
        copy.plant(members)
        complaint = copy.make(targets)
        if complaint:
            for row, _, _ in members:
                yield row, "did not compile", complaint
            return
        if isChosen:
            try_without_fault(copy, wanted, fitness)
        for row, _, _ in members:
            unfit = [test for test in tests[row["id"]] if not fitness[test]]
            if unfit:
                yield row, "untried", f"without a fault too fails {', '.join(unfit)}"
                continue
            failed = copy.failures(tests[row["id"]], row["id"] if isChosen else None)
            yield row, "noticed" if failed else "survived", ", ".join(failed)
    finally:
        copy.restore()


def try_without_fault(copy, tests, fitness):
    """What fails anyway notices nothing."""
    for test in sorted(tests - fitness.keys()):
        fitness[test] = not copy.failures([test], None)


def chosen(rows, options):
    if options.sample:
        return random.Random(options.seed).sample(rows, min(options.sample, len(rows)))
    if options.all:
        return rows
    wanted = [row for row in rows if any(fnmatch.fnmatchcase(row["id"], name) for name in options.rows)]
    for name in options.rows:
        if not any(fnmatch.fnmatchcase(row["id"], name) for row in rows):
            raise TableError(f"no row is called {name}")
    return wanted


def copy_of(options):
    """The scratch copy: the one named, or a work tree under build/ with what is committed here."""
    tree = pathlib.Path(options.tree).resolve() if options.tree else ROOT / "build" / "faults" / "tree"
    build = pathlib.Path(options.build).resolve() if options.build else tree / "build" / "release"
    if not options.tree:
        git = ["git", "-C", str(ROOT)]
        if not (tree / ".git").exists():
            shutil.rmtree(tree, ignore_errors=True)
            subprocess.run([*git, "worktree", "prune"], check=True)
            subprocess.run([*git, "worktree", "add", "--quiet", "--detach", str(tree), "HEAD"], check=True)
        head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, text=True, capture_output=True).stdout.strip()
        subprocess.run(["git", "-C", str(tree), "checkout", "--quiet", "--detach", head], check=True)
    copy = Copy(tree, build)
    copy.require_clean()
    return copy


def run(options):
    rows = read_table(options.table)
    if options.list:
        for row in rows:
            print(f"{row['id']:40} {row['file']}")
        return 0
    if options.check:
        require_places(rows, pathlib.Path(options.tree or ROOT))
        print(f"{len(rows)} faults can be planted")
        return 0
    rows = chosen(rows, options)
    if not rows:
        raise TableError("name rows, or give --all or --sample; --list shows them")
    copy = copy_of(options)
    require_places(rows, copy.tree)
    rounds = rounds_of(rows, copy.tree, options.apart)
    copy.configure()
    programs = copy.programs()
    counts = dict.fromkeys(("noticed", "survived", "untried", "did not compile"), 0)
    fitness = {}
    for members in rounds:
        for row, outcome, detail in try_round(copy, members, programs, fitness):
            counts[outcome] += 1
            isLong = outcome == "did not compile"
            print(f"{outcome:10} {row['id']}" + (f"  ({detail})" if detail and not isLong else ""), flush=True)
            if outcome == "survived":
                print(f"           {row['file']}: {row['why']}", flush=True)
            if isLong:
                print("\n".join(line for line in detail.splitlines() if "error" in line), flush=True)
    planted = counts["noticed"] + counts["survived"]
    print(f"{planted} planted, {counts['noticed']} noticed, {counts['survived']} survived")
    if counts["did not compile"] or counts["untried"]:
        print(f"{counts['did not compile']} did not compile (--apart builds each by itself), "
              f"{counts['untried']} could not be tried")
        return 2
    return 1 if counts["survived"] > ALLOWED_SURVIVORS * planted else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ID", help="faults to plant, also as patterns: 'csv-*'")
    parser.add_argument("--all", action="store_true", help="plant every fault")
    parser.add_argument("--sample", type=int, metavar="N", help="plant N faults chosen at random")
    parser.add_argument("--seed", type=int, help="of the choice")
    parser.add_argument("--list", action="store_true", help="list the faults")
    parser.add_argument("--check", action="store_true",
                        help="say whether each can still be planted in the sources as they are; builds nothing")
    parser.add_argument("--apart", action="store_true", help="build each fault by itself")
    parser.add_argument("--tree", help="a clean checkout to plant in (default: a git work tree build/faults/tree)")
    parser.add_argument("--build", help="its build folder (default: build/release in it)")
    parser.add_argument("--table", default=HERE / "faults.toml", help="the faults (default: %(default)s)")
    try:
        return run(parser.parse_args())
    except TableError as error:
        print(f"plant.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
