"""CPU of intake a report, two checkouts in turn: `python -m tests.benchmarks.intake BEFORE [NOW] --feeds FEED ...`.

In process, without services: a checkout decodes, normalizes and enriches every report of a feed, in a process of its
own. Each feed is run as it is, and the first also with narratives of 300 characters. Medians of 5 rounds.
"""

import argparse
import gzip
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from statistics import median

import orjson

from deploy.run.demo import BUNDLED_FEED

ROOT = Path(__file__).parents[2]
ROUNDS = 5
LENGTH = 300
"""Characters of a narrative that is made longer."""

_CHILD = """
import importlib, sys, time
from collections import Counter
def load(*names):
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as exc:
            if not name.startswith(exc.name):
                raise
    raise SystemExit(f"none of {names}")
plain = load("producers.feeds.plain")
report = load("producers.validation.report", "producers.report")
agencies, topics, intake = load("schemas.agencies"), load("schemas.topics"), load("streams.intake")
Record = getattr(load("streams.stage"), "Record", None) or load("schemas.records.kafka_record").Record
stage_module = load("streams.stage")
rows, offsets, records, at = {}, Counter(), [], 1_780_000_000_000
for number, line in enumerate(open(sys.argv[1], "rb")):
    values = plain.parse(line)
    name = values["agency"]
    agency = rows.setdefault(name, agencies.BUNDLED.get(name) or agencies.row({"agency_id": name}, "first publish"))
    topic, value = topics.reports_topic(name), report.encoded(values, agency, f"event-{number}")
    records.append(Record(topic, 0, offsets[topic], at + number, values["source_id"].encode(), value))
    offsets[topic] += 1
stage, state = intake.stage(rows.get, 1), stage_module.NoState()
parts = [records[first : first + 500] for first in range(0, len(records), 500)]
stage.process(parts[0], state, at)
began = time.process_time()
for part in parts[1:]:
    stage.process(part, state, at)
print((time.process_time() - began) / (len(records) - len(parts[0])) * 1e6)
"""


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


def _microseconds(checkout: Path, feed: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", _CHILD, str(feed)]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print a row for each feed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, help="a checkout of the former commit")
    parser.add_argument("now", type=Path, nargs="?", default=ROOT)
    parser.add_argument("--feeds", type=Path, nargs="+", default=[BUNDLED_FEED])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"interagency-intake-{os.getpid()}"
    folder.mkdir()
    feeds = []
    for feed in given.feeds:
        with gzip.open(feed) as stream:
            lines = stream.readlines()
        feeds.append((feed.name, lines))
    feeds.insert(1, (f"{given.feeds[0].name}, narratives of {LENGTH} characters", lengthened(feeds[0][1])))
    print("| feed | before, CPU µs a report | now | times as fast |\n|---|---|---|---|")
    for name, lines in feeds:
        path = folder / "feed.jsonl"
        path.write_bytes(b"".join(line.rstrip() + b"\n" for line in lines))
        rounds = [
            [_microseconds(checkout, path) for checkout in (given.before, given.now)] for _ in range(given.rounds)
        ]
        before, now = (median(column) for column in zip(*rounds, strict=True))
        print(f"| {name} | {before:.1f} | {now:.1f} | {before / now:.2f} |", flush=True)
        path.unlink()
    folder.rmdir()


if __name__ == "__main__":
    main()
