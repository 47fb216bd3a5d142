"""Measure how well reports are linked, without services: `python -m tests.benchmarks.matching FEED TRUTH`.

The pure path in memory, as the workers run it: intake, resolve and the clustering of the internal view, in the order
of arrival. Prints the table of `interagency evaluate` and the CPU of each stage in microseconds per report; with
`--as-known` also what was known 15 minutes after the later report, with `--incidents` the hard negatives that were
linked, from the file that lists the invented feed's incidents.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.runtime.files import open_input
from schemas.topics import INCIDENTS
from streams import intake, resolve
from streams.dedupe.clustering import clusters
from streams.dedupe.profile import profile
from streams.evaluation import scorecard
from streams.evaluation.pairwise import Assignments, LinksAsKnown, pairwise_score
from streams.evaluation.rematch import ReportVersion, links_as_known
from streams.incidents import incident_record
from tests.benchmarks.observed import truth_of
from tests.streams.fakes import MemoryState, Runner, as_records
from tests.streams.feeds import PUBLISHED_AT, agency, published

BATCH = 2000
WAIT_MS = 15 * 60_000


class Timed:
    """CPU seconds of one stage over all batches."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.process_time() - self._began


def assigned(records: Sequence[Record]) -> tuple[Assignments, dict[str, Timed], list[ReportVersion]]:
    """Run the path; report -> incident and language, the time of each stage, and every version that came."""
    timed = {"intake": Timed(), "resolve": Timed()}
    taking, runner = intake.stage(agency, 1), Runner(resolve.stage(1))
    versions: list[ReportVersion] = []
    for at in range(0, len(records), BATCH):
        with timed["intake"]:
            enriched = as_records(taking.process(records[at : at + BATCH], MemoryState(), PUBLISHED_AT).outputs)
        with timed["resolve"]:
            runner(enriched)
        came = (codec.decode_trusted("enriched_report", record.value or b"") for record in enriched)
        versions += [ReportVersion(one["version"], one["enrichment"]["updated_at"], profile(one)) for one in came]
    incidents: dict[str, str] = {}
    languages: dict[str, str] = {}
    for value in runner.newest(INCIDENTS.name).values():
        record = incident_record.trusted(value)
        for reports in clusters((member["report_id"] for member in record["members"]), record["decisions"]):
            incidents.update(dict.fromkeys(reports, reports[0]))
        for member in record["members"]:
            found = codec.decode_trusted("enriched_report", member["enriched"])
            languages[member["report_id"]] = found["enrichment"]["language"]
    return Assignments(incidents, languages), timed, versions


def hard_negatives(path: str, joined: Assignments) -> list[str]:
    """Tell how many of the incidents that are easily mistaken for another share one with it, by kind."""
    members: dict[str, list[str]] = {}
    kinds: dict[str, list[bool]] = {}
    with open_input(path) as lines:
        for one in map(json.loads, lines):
            members[one["truth_id"]] = [":".join(member) for member in one["members"]]
            if (beside := one["hard_negative_of"]) is not None:
                of = {joined.incidents.get(report) for report in members.get(beside["of"], ())}
                shared = any(joined.incidents.get(report, "") in of for report in members[one["truth_id"]])
                kinds.setdefault(beside["kind"], []).append(shared)
    return [f"{kind}: {sum(each)} of {len(each)}, {sum(each) / len(each):.2%}" for kind, each in kinds.items()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    parser.add_argument("truth")
    parser.add_argument("--as-known", action="store_true")
    parser.add_argument("--incidents")
    given = parser.parse_args()
    every = published(feed=given.feed)
    joined, stages, came = assigned(every)
    truth = truth_of(given.truth)
    counts = len(joined.incidents), len(set(joined.incidents.values()))
    print("\n".join(scorecard.lines(pairwise_score(joined, truth), *counts, languages=True)))
    for name, one in stages.items():
        print(f"{name}: {one.seconds / len(every) * 1e6:.0f} µs CPU a report")
    if given.as_known:
        known = LinksAsKnown(frozenset(links_as_known(came, WAIT_MS)), joined.languages)
        print("\nas known 15 minutes after the later report's first version")
        print("\n".join(scorecard.lines(pairwise_score(known, truth), len(joined.incidents), None, languages=True)))
    if given.incidents:
        print("\n".join(["", "hard negatives in one incident", *hard_negatives(given.incidents, joined)]))
