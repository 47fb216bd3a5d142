"""What sharing by agreements costs release, and how fast the copies of ended agreements are withdrawn: `make sharing`.

CPU seconds of the pure stage on the incidents of the bundled feed, without services, both ways in one run.
"""

import time
from collections.abc import Sequence

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS
from streams import release, resolve
from streams.notices import Tells, nothing_told, tells
from streams.shares import shares
from streams.sharing import Registry
from streams.stage import Record
from tests.streams import feeds
from tests.streams.fakes import Runner, as_records
from tests.streams.marked import NOW

BATCH = 1_000
ROUNDS = 3
EVERY = list(BUNDLED.values())
REGISTRY = Registry(AGENCIES.get)


def run(runner: Runner, records: Sequence[Record]) -> None:
    """Run a stage on everything, in batches."""
    for at in range(0, len(records), BATCH):
        runner(records[at : at + BATCH], now=NOW)


def released(records: Sequence[Record], shared: release.Shares, told: Tells) -> tuple[float, Runner]:
    """Release everything; gives the CPU seconds."""
    runner = Runner(release.stage(b"m" * 32, 1, shares=shared, tells=told))
    began = time.process_time()
    run(runner, records)
    return time.process_time() - began, runner


def main() -> None:
    """Print both rates, and that of the withdrawal."""
    resolving, enriched = Runner(resolve.stage(1)), feeds.enriched(feeds.published())
    run(resolving, enriched)
    records = as_records(resolving.topics[INCIDENTS.name])
    ways = (
        ("agencies' own alone", release.nothing_shared, nothing_told),
        ("with the four agreements", shares(EVERY, REGISTRY), tells(EVERY, REGISTRY)),
    )
    for name, shared, told in ways:
        spent, runner = min((released(records, shared, told) for _ in range(ROUNDS)), key=lambda one: one[0])
        views = len(runner.topics[RELEASED_INCIDENTS.name])
        print(f"{name:26}{len(records) / spent:8,.0f} incident records/s, {views:,} views written")
    ends, before, stands = max(one.ends for one in EVERY), views, list({one.key: one for one in records}.values())
    began = time.process_time()
    for at in range(0, len(stands), BATCH):
        runner(stands[at : at + BATCH], now=ends)
    rate, withdrawn = len(stands) / (time.process_time() - began), len(runner.topics[RELEASED_INCIDENTS.name]) - before
    print(f"{'all agreements ended':26}{rate:8,.0f} incident records/s run again, {withdrawn:,} views withdrawn")


if __name__ == "__main__":
    main()
