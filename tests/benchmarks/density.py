"""Measure resolve with many reports in state: `python -m tests.benchmarks.density`.

The bundled feed again and again, a week later each time and under other numbers, so that the traffic of a week is the
same whatever the history; through resolve and its store on disk, without Kafka. For each size of the state:
reports per second of the next week, and the pairs that each was compared with. One run, the same week for all sizes.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.topics import ENRICHED_REPORTS
from streams import resolve
from streams.dedupe import link_graph, score
from streams.worker.state_store import PartitionStore
from tests.streams.feeds import PUBLISHED_AT, enriched, published

WEEK_MS = 7 * 86_400_000
BATCH = 1_000


def week(base: list[dict[str, Any]], number: int) -> Iterator[Record]:
    """Give the enriched reports of a week."""
    for at, one in enumerate(base):
        found = one["enrichment"]
        moved = {
            "occurred_from": found["occurred_from"] and found["occurred_from"] + number * WEEK_MS,
            "updated_at": found["updated_at"] + number * WEEK_MS,
            "match": {**found["match"], "references": []},
        }
        made = {**one, "report_id": f"{one['report_id']}-{number}", "enrichment": {**found, **moved}}
        value = codec.encode("enriched_report", made)
        yield Record(ENRICHED_REPORTS.name, 0, number * len(base) + at, PUBLISHED_AT, made["report_id"].encode(), value)


class Resolve:
    """Resolve on a store, as a worker runs it."""

    def __init__(self, path: Path) -> None:
        self.store, self._stage, self.reports = PartitionStore(path), resolve.stage(1), 0

    def __call__(self, records: list[Record]) -> float:
        """Take records in; seconds."""
        kept = self._stage.state
        assert kept is not None
        began = time.perf_counter()
        for at in range(0, len(records), BATCH):
            result = self._stage.process(records[at : at + BATCH], self.store, PUBLISHED_AT)
            made = [(one.decoded, one.value) for one in result.outputs if one.decoded is not None]
            changes = kept.materialize(made, self.store)
            self.store.write(changes, {})
            kept.follow(made, changes, self.store)
        return time.perf_counter() - began


def compared() -> list[int]:
    """Count the comparisons from here on."""
    count, scored = [0], score.score

    def counting(*given: Any) -> Any:
        count[0] += 1
        return scored(*given)

    vars(link_graph)["score"] = counting
    return count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 1_000_000])
    sizes = sorted(parser.parse_args().sizes)
    records = {record.key: record for record in enriched(published())}
    base = [codec.decode_trusted("enriched_report", record.value or b"") for record in records.values()]
    home, number, pairs = Path(tempfile.mkdtemp()), 0, compared()
    resolving = Resolve(home / "state")
    rates = []
    for size in sizes:
        while resolving.reports < size:
            resolving(list(week(base, number)))
            resolving.reports, number = resolving.reports + len(base), number + 1
        for _ in range(3):
            asked, before = list(week(base, number)), pairs[0]
            seconds = resolving(asked)
            resolving.reports, number = resolving.reports + len(base), number + 1
            rates.append((resolving.reports - len(base), len(base) / seconds))
            print(
                f"{rates[-1][0]:>10,} in state: {rates[-1][1]:,.0f} reports/s, "
                f"{(pairs[0] - before) / len(base):.2f} comparisons a report",
                flush=True,
            )
    resolving.store.close()
    shutil.rmtree(home)
    first, last = sorted(rate for _, rate in rates[:3])[1], sorted(rate for _, rate in rates[-3:])[1]
    print(f"{last / first:.2f} of the rate of the smallest state with the largest (medians of three weeks)")
