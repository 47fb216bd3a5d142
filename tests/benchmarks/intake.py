"""CPU of intake a report, two checkouts in turn: `python -m tests.benchmarks.intake BEFORE [NOW] --feeds FEED ...`.

In process, without services: a checkout decodes, normalizes and enriches every report of a feed, in a process of its
own. Each feed is run as it is, and the first also with narratives of 300 characters. Medians of 5 rounds.
"""

import argparse
import gzip
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from statistics import median

import orjson

from deploy.run.demo import BUNDLED_FEED
from schemas.topics import agency_of
from tests.streams import feeds

ROOT = Path(__file__).parents[2]
ROUNDS = 5
LENGTH = 300
"""Characters of a narrative that is made longer."""

_CHILD = """
import gc, pickle, sys, time
from importlib import import_module
stages, intake = import_module("streams.stage"), import_module("streams.intake")
Record = getattr(stages, "Record", None) or import_module("schemas.records.kafka_record").Record
with open(sys.argv[1], "rb") as stream:
    rows, fields = pickle.load(stream)
records = [Record(*one) for one in fields]
stage, state, now = intake.stage(rows.get, 1), stages.NoState(), records[-1].timestamp
parts = [records[first : first + 500] for first in range(0, len(records), 500)]
stage.process(parts[0], state, now)
# As the worker does.
gc.freeze()
gc.set_threshold(100_000, 20, 100)
began = time.process_time()
for part in parts[1:]:
    stage.process(part, state, now)
print((time.process_time() - began) / (len(records) - len(parts[0])) * 1e6)
"""
"""What runs in a checkout, whose names may be others than those here: the layout of records is the same."""


def lengthened(lines: Sequence[bytes]) -> list[bytes]:
    """Return the lines of a feed with narratives of LENGTH characters: each goes on with those that follow."""
    reports = [orjson.loads(line) for line in lines]
    texts = cycle([report["narrative"] for report in reports if report.get("narrative")])
    for report in reports:
        text = report.get("narrative") or next(texts)
        while len(text) < LENGTH:
            text = f"{text}. {next(texts)}"
        report["narrative"] = text[:LENGTH]
    return [orjson.dumps(report) for report in reports]


def _microseconds(checkout: Path, records: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", _CHILD, str(records)]
    done = subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def _compared(lines: Sequence[bytes], checkouts: Sequence[Path], rounds: int) -> list[float]:
    """Return the median of each checkout, CPU microseconds a report."""
    records = feeds.of_lines(lines)
    rows = {name: feeds.agency(name) for name in {agency_of(record.topic) for record in records}}
    with tempfile.NamedTemporaryFile(prefix="interagency-intake-") as file:
        file.write(pickle.dumps((rows, [tuple(record) for record in records])))
        file.flush()
        times = [[_microseconds(checkout, Path(file.name)) for checkout in checkouts] for _ in range(rounds)]
    return [median(column) for column in zip(*times, strict=True)]


def main() -> None:
    """Print a row for each feed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, help="a checkout of the former commit")
    parser.add_argument("now", type=Path, nargs="?", default=ROOT)
    parser.add_argument("--feeds", type=Path, nargs="+", default=[BUNDLED_FEED])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    named = []
    for feed in given.feeds:
        with gzip.open(feed) as stream:
            named.append((feed.name, stream.readlines()))
    named.insert(1, (f"{named[0][0]}, narratives of {LENGTH} characters", lengthened(named[0][1])))
    print("| feed | before, CPU µs a report | now | times as fast |\n|---|---|---|---|")
    for name, lines in named:
        before, now = _compared(lines, (given.before, given.now), given.rounds)
        print(f"| {name} | {before:.1f} | {now:.1f} | {before / now:.2f} |", flush=True)


if __name__ == "__main__":
    main()
