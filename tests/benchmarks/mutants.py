"""Mutation testing of the pure core: `python -m tests.benchmarks.mutants --seed 1 --mutants 400`.

Draw mutants of sharing, dedupe, incidents and suppression from a seed and run the matching tests on each. Print how
many were killed, survived, or timed out, and list the survivors. Results are stored under `build/`: an interrupted run
resumes, and `--again` repeats the survivors. The exit code is 1 when fewer than 85 % are killed.
"""

import argparse
import difflib
import json
import os
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.mutation_tests import (
    ALWAYS,
    KILLED,
    SURVIVED,
    TIMEOUT,
    prepare,
    pytest_arguments,
    run_all,
    start,
    wait,
)
from tests.benchmarks.mutations import Mutant, draw, modules

ROOT = Path(__file__).parents[2]
TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
WANTED = 0.85
"""Share that must be killed of the mutants not proven equivalent."""
UNMUTATED_CPU_S = 300.0


def _own_tests(path: str) -> Path:
    return Path("tests") / Path(path).parent / f"test_{Path(path).name}"


def arguments(path: str) -> list[str]:
    """Return the pytest arguments that run the tests of a module, its own test file first."""
    room = next(room for room in TABLE["room"] if path.startswith(room["path"]))
    own = _own_tests(path)
    tests = dict.fromkeys(([str(own)] if (ROOT / own).exists() else []) + room["tests"])
    slow = [one["test"] for one in TABLE.get("slow", ()) if Path(path).stem not in one["for"]]
    return pytest_arguments(list(tests), slow)


def reason(mutant: Mutant) -> str:
    """Return why a mutant is equivalent to the original, '' if that is not proven."""
    for one in TABLE.get("equivalent", ()):
        if (one["path"], one["removed"], one["added"]) == (mutant.path, mutant.removed, mutant.added):
            return str(one["reason"])
    return ""


def _unmutated(arguments_of: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Run the tests of each module on the original code; return their CPU seconds. Raises: SystemExit if they fail."""
    spent: dict[str, float] = {}
    known: dict[frozenset[str], float] = {}
    for path, given in arguments_of.items():
        # A module's own test file belongs to its room, whose tests run once.
        wanted = frozenset(given) - {str(_own_tests(path))}
        if wanted not in known:
            start(None, ROOT, given, UNMUTATED_CPU_S)
            _, code, known[wanted] = wait()
            if code:
                sys.exit(f"the tests of {path} fail on the original code: pytest {' '.join(given)}")
        spent[path] = known[wanted]
        print(f"{path}: {spent[path]:.1f} s CPU for its tests", file=sys.stderr)
    return spent


def _diff(mutant: Mutant) -> str:
    before = (ROOT / mutant.path).read_text().splitlines()
    lines = difflib.unified_diff(before, mutant.source.splitlines(), lineterm="", n=0)
    return "\n".join(f"    {line}" for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))


def _read(store: Path) -> dict[str, str]:
    rows = [json.loads(line) for line in store.read_text().splitlines()] if store.exists() else []
    return {row["key"]: row["fate"] for row in rows}


def _run(mutants: Sequence[Mutant], store: Path, again: bool, jobs: int) -> dict[str, str]:
    """Run the mutants without a stored result; return the result of every mutant by its key."""
    fates = _read(store)
    open_ = [one for one in mutants if one.key not in fates or (again and fates[one.key] == SURVIVED)]
    if not open_:
        return fates
    prepare()
    arguments_of = {path: arguments(path) for path in sorted({one.path for one in open_})}
    every = dict.fromkeys(test for given in arguments_of.values() for test in given if test.startswith("tests/"))
    with tempfile.TemporaryFile() as listing:
        kept = os.dup(1)
        os.dup2(listing.fileno(), 1)
        code = pytest.main(["--collect-only", *ALWAYS, *every])
        sys.stdout.flush()
        os.dup2(kept, 1)
    if code:
        sys.exit("the tests cannot be collected")
    spent = _unmutated(arguments_of)
    began = time.monotonic()
    work = [(one, arguments_of[one.path], 4 * spent[one.path]) for one in open_]
    with store.open("a") as out:
        for number, ended in enumerate(run_all(work, ROOT, jobs), 1):
            fates[ended.mutant.key] = ended.fate
            out.write(json.dumps({"key": ended.mutant.key, "fate": ended.fate, "cpu_s": round(ended.cpu_s, 2)}) + "\n")
            out.flush()
            minutes = (time.monotonic() - began) / 60
            print(f"\r{number} of {len(work)}, {minutes:.1f} min ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return fates


def report(mutants: Sequence[Mutant], fates: Mapping[str, str]) -> float:
    """Print the results; return the share killed of the mutants not proven equivalent."""
    rooms: dict[str, Counter[str]] = {}
    for one in mutants:
        room = next(room["path"] for room in TABLE["room"] if one.path.startswith(room["path"]))
        equivalent = fates[one.key] == SURVIVED and reason(one)
        rooms.setdefault(room, Counter())["equivalent" if equivalent else fates[one.key]] += 1
    total = sum(rooms.values(), Counter[str]())
    print("| room | mutants | killed | timeouts | survived | equivalent | killed of the others |")
    print("|---|---|---|---|---|---|---|")
    for room, counts in [*sorted(rooms.items()), ("all", total)]:
        killed = counts[KILLED] + counts[TIMEOUT]
        others = counts.total() - counts["equivalent"]
        row = (counts.total(), counts[KILLED], counts[TIMEOUT], counts[SURVIVED], counts["equivalent"])
        print(f"| {room} | {' | '.join(map(str, row))} | {killed / max(1, others):.1%} |")
    for one in sorted(mutants):
        if fates[one.key] == SURVIVED:
            why = reason(one)
            result = f"equivalent: {why}" if why else "survived"
            print(f"\n{one.path}:{one.start[0]} {one.operator.removeprefix('core/')} {result}")
            print(_diff(one))
    return (total[KILLED] + total[TIMEOUT]) / max(1, total.total() - total["equivalent"])


def main(given: Any) -> int:
    """Draw the mutants, run them and report; return the exit code."""
    rooms = [room["path"] for room in TABLE["room"]]
    mutants = draw({path: (ROOT / path).read_text() for path in modules(ROOT, rooms)}, given.seed, given.mutants)
    print(f"seed {given.seed}, {len(mutants)} mutants", flush=True)
    store = ROOT / "build" / f"mutants-{given.seed}.jsonl"
    store.parent.mkdir(exist_ok=True)
    killed = report(mutants, _run(mutants, store, given.again, given.jobs))
    return 0 if killed >= WANTED else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=400)
    parser.add_argument("--again", action="store_true", help="repeat the survivors, after tests were added")
    parser.add_argument("--jobs", type=int, default=1)
    sys.exit(main(parser.parse_args()))
