"""How well reports are joined, without services: `python -m tests.benchmarks.matching FEED TRUTH`.

The pure path in memory, as the workers run it: intake, resolve and the clustering of the internal view, in the order
of arrival. Prints the table of `interagency evaluate` and the CPU of each stage in microseconds a report.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from schemas import wire
from schemas.topics import INCIDENTS
from sinks import scores
from sinks.evaluate import Assigned, score
from sinks.files import opened
from sinks.truth import parse
from streams import intake, resolve
from streams.dedupe.cluster import clusters
from streams.stage import Record
from tests.streams.fakes import MemoryState, Runner, as_records
from tests.streams.feeds import PUBLISHED_AT, agency, published

BATCH = 2000


class Timed:
    """CPU seconds of one stage over all batches."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.process_time() - self._began


def assigned(records: Sequence[Record]) -> tuple[Assigned, dict[str, Timed]]:
    """Run the path; report -> incident and language, and the time of each stage."""
    timed = {"intake": Timed(), "resolve": Timed()}
    taking, runner = intake.stage(agency, 1), Runner(resolve.stage(1))
    for at in range(0, len(records), BATCH):
        with timed["intake"]:
            enriched = as_records(taking.process(records[at : at + BATCH], MemoryState(), PUBLISHED_AT).outputs)
        with timed["resolve"]:
            runner(enriched)
    incidents: dict[str, str] = {}
    languages: dict[str, str] = {}
    for value in runner.newest(INCIDENTS.name).values():
        record = wire.trusted("incident", value)
        for reports in clusters((member["report_id"] for member in record["members"]), record["decisions"]):
            incidents.update(dict.fromkeys(reports, reports[0]))
        for member in record["members"]:
            found = wire.trusted("enriched_report", member["enriched"])
            languages[member["report_id"]] = found["enrichment"]["language"]
    return Assigned(incidents, languages), timed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("truth")
    given = parser.parse_args()
    every = published(feed=given.feed)
    joined, stages = assigned(every)
    with opened(given.truth) as file:
        truth, bad = parse(file)
    assert not bad, bad[0]
    counts = len(joined.incidents), len(set(joined.incidents.values()))
    print("\n".join(scores.lines(score(joined, truth), *counts, languages=True)))
    for name, one in stages.items():
        print(f"{name}: {one.seconds / len(every) * 1e6:.0f} µs CPU a report")
