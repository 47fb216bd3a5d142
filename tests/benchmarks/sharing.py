"""What sharing by agreements costs release, how fast ended views go, how fast exposures are told: `make sharing`.

CPU seconds of the pure stage on the incidents of the bundled feed, without services, both ways in one run.
"""

import time
from collections.abc import Sequence
from typing import cast

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED
from schemas.records import codec
from schemas.records.audit import Exposure
from schemas.records.kafka_record import Record
from schemas.topics import EXPOSURES, INCIDENTS, RELEASED_INCIDENTS
from sinks.access.exposure import visible_spans
from streams import release, resolve
from streams.sharing.notices import no_notices, notices_allowed_under
from streams.sharing.policy import Registry
from streams.sharing.ports import AllowedNotices, SharedReports
from streams.sharing.visible_reports import reports_shared_under
from tests.streams import feeds
from tests.streams.fakes import Runner, as_records
from tests.streams.marked import NOW

BATCH = 1_000
ROUNDS = 3
WRITINGS = 100
EVERY = list(BUNDLED.values())
REGISTRY = Registry(AGENCIES.get)


def run(runner: Runner, records: Sequence[Record]) -> None:
    """Run a stage on everything, in batches."""
    for at in range(0, len(records), BATCH):
        runner(records[at : at + BATCH], now=NOW)


def released(records: Sequence[Record], shared: SharedReports, told: AllowedNotices) -> tuple[float, Runner]:
    """Release everything; gives the CPU seconds."""
    runner = Runner(release.stage(b"m" * 32, 1, shared=shared, notices=told))
    began = time.process_time()
    run(runner, records)
    return time.process_time() - began, runner


def exposed(runner: Runner) -> None:
    """Print how fast `exposure` goes through the history of views that were all written WRITINGS times."""
    values = [output.value for output in runner.topics[EXPOSURES.name]]
    began = time.process_time()
    written = [cast(Exposure, codec.decode_trusted("exposure", value)) for value in values * WRITINGS]
    each = len(values)
    history: list[Exposure] = [
        {**one, "revision": at // each + 1, "at": NOW + at // each} for at, one in enumerate(written)
    ]
    rows = sum(1 for _ in visible_spans(history))
    rate = len(history) / (time.process_time() - began)
    print(f"{'exposure':26}{rate:8,.0f} writings of views/s, of {len(history):,}: {rows:,} rows")


def main() -> None:
    """Print both rates, that of the withdrawal, and that of telling exposures."""
    resolving, enriched = Runner(resolve.stage(1)), feeds.enriched(feeds.published())
    run(resolving, enriched)
    records = as_records(resolving.topics[INCIDENTS.name])
    ways = (
        ("agencies' own alone", release.nothing_shared, no_notices),
        ("with the four agreements", reports_shared_under(EVERY, REGISTRY), notices_allowed_under(EVERY, REGISTRY)),
    )
    for name, shared, told in ways:
        spent, runner = min((released(records, shared, told) for _ in range(ROUNDS)), key=lambda one: one[0])
        views = len(runner.topics[RELEASED_INCIDENTS.name])
        print(f"{name:26}{len(records) / spent:8,.0f} incident records/s, {views:,} views written")
    exposed(runner)
    ends, before, stands = max(one.ends for one in EVERY), views, list({one.key: one for one in records}.values())
    began = time.process_time()
    for at in range(0, len(stands), BATCH):
        runner(stands[at : at + BATCH], now=ends)
    rate, withdrawn = len(stands) / (time.process_time() - began), len(runner.topics[RELEASED_INCIDENTS.name]) - before
    print(f"{'all agreements ended':26}{rate:8,.0f} incident records/s run again, {withdrawn:,} views withdrawn")


if __name__ == "__main__":
    main()
