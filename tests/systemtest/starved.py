"""Starved of processors: `python -m tests.systemtest.starved [--loops 25] [--reports 20000] [--minutes 120]`.

Busy loops run beside everything on two cores, each in a session of its own: Linux shares the processors by session, and
the loops of one shell would count as one. All reports are published first, then the workers start; in the middle
Elasticsearch is killed (-9), and its supervisor starts it again. At the end no worker has been restarted, Elasticsearch
once, all is indexed, and the accounting adds up. Ends 1 and says what is not so.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.home import ServiceRecord, home_of, read_record
from deploy.embedded.processes import start_process
from deploy.embedded.status import answers
from deploy.run.lag import LagCheck
from deploy.run.workers import STAGES, Workers
from producers.delivery.kafka import Admin
from schemas.runtime.settings import Settings
from schemas.runtime.telemetry import configure_logging
from schemas.topics import consumer_group
from tests.patience import patience
from tests.systemtest.pipeline import REQUEST_S, Pipeline, started
from tests.systemtest.scene import feed

CORES = 2
LONGEST_FEED = 12_000
LOOK_EVERY_S = 0.3
TELL_EVERY_S = 30.0
KILLED_AT = 0.1
"""Records that the sink has committed when Elasticsearch is killed, as a part of the number of reports."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: restarts of workers and of Elasticsearch, and the first stages that have something left."""

    worker_restarts: int
    elasticsearch_restarts: int
    left: tuple[str, ...]

    def wrong(self) -> list[str]:
        """Say what must not be."""
        found = [f"{self.worker_restarts} restarts of workers"] if self.worker_restarts else []
        if self.elasticsearch_restarts != 1:
            found.append(f"Elasticsearch was started again {self.elasticsearch_restarts} times after one kill")
        return [*found, *self.left]


@contextmanager
def busy(loops: int, folder: Path) -> Iterator[None]:
    """Loops that end with this process, each in a session of its own."""
    command = ["/bin/sh", "-c", "while :; do :; done"]
    processes = [start_process(command, folder / "busy.log", dict(os.environ), folder) for _ in range(loops)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def elasticsearch(settings: Settings) -> ServiceRecord:
    """What the supervisor says of Elasticsearch."""
    record = read_record(home_of(settings).record_file)
    assert record is not None
    (found,) = (running for running in record.services if running.name == "elasticsearch")
    return found


def work_off(pipeline: Pipeline, loops: int, reports: int, seconds: float) -> Outcome:
    """Run all workers beside the loops until nothing is left or `seconds` have passed; kill Elasticsearch meanwhile."""
    settings = pipeline.settings
    before, killed = elasticsearch(settings), False
    deadline = time.monotonic() + seconds
    told = time.monotonic()
    with (
        busy(loops, settings.home / "logs"),
        Workers(STAGES, settings, settings.home / "logs") as workers,
        Admin(pipeline.services.kafka, patience(REQUEST_S)) as admin,
    ):
        look = LagCheck(admin, STAGES, settings.generation)
        middle = _indexed(admin) + KILLED_AT * reports
        while not (look.is_idle(now := time.monotonic()) and killed and _back(settings, before)) and now < deadline:
            workers.check()
            if not killed and _indexed(admin) > middle:
                os.kill(elasticsearch(settings).processes[-1].pid, signal.SIGKILL)
                killed = True
            if now - told > TELL_EVERY_S:
                told = now
                _tell(look, workers, elasticsearch(settings))
            time.sleep(LOOK_EVERY_S)
        left = tuple(str(each) for each in look.remaining[:5])
        restarts = elasticsearch(settings).restarts - before.restarts
        return Outcome(workers.restarts, restarts, left if killed else ("Elasticsearch was never killed", *left))


def _back(settings: Settings, before: ServiceRecord) -> bool:
    """Tell whether Elasticsearch was started again and answers."""
    now = elasticsearch(settings)
    return now.restarts > before.restarts and answers(now)


def _indexed(admin: Admin) -> int:
    return sum(admin.group_offsets(consumer_group("index", 1)).values())


def _tell(look: LagCheck, workers: Workers, search: ServiceRecord) -> None:
    left = (
        f"{sum(left.records for left in look.remaining):,} left, first {look.remaining[0]}"
        if look.remaining
        else "nothing left"
    )
    print(f"{left}; {workers.restarts} restarts of workers; elasticsearch {search.state} {search.doing}", flush=True)


def publish(pipeline: Pipeline, prefixes: Sequence[str], reports: int) -> list[bytes]:
    """Publish so many reports of the bundled feed, in other weeks and of other agencies for each prefix."""
    lines: list[bytes] = []
    for prefix in prefixes:
        lines += feed(prefix, min(LONGEST_FEED, reports - len(lines)))
    assert pipeline.publish(lines)["acknowledged"] == len(lines)
    return lines


def starved(loops: int, reports: int, minutes: float) -> int:
    """Run it on services of its own; gives the exit code."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    prefixes = [f"starved{number}" for number in range(-(-reports // LONGEST_FEED))]
    with started("interagency-starved-") as pipeline:
        publish(pipeline, prefixes, reports)
        os.environ["INTERAGENCY_HOME"] = str(pipeline.settings.home)
        began = time.monotonic()
        outcome = work_off(pipeline, loops, reports, minutes * 60)
        print(f"{loops} loops, {reports:,} reports: {time.monotonic() - began:.0f} s, {outcome}")
        wrong = [*outcome.wrong(), *_uncounted(pipeline)]
        unequal = [prefix for prefix in prefixes if pipeline.index(prefix) != pipeline.expected(prefix)]
        wrong += [f"{prefix}: another index than expected" for prefix in unequal]
        print("\n".join(wrong) or "all indexed, adds up, no restart of a worker")
        return 1 if wrong else 0


def _uncounted(pipeline: Pipeline) -> list[str]:
    accounting = pipeline.accounting()
    print(accounting.as_json()["total"])
    rows = accounting.agencies.items()
    found = [f"{agency} does not add up by {row.difference}" for agency, row in rows if row.difference]
    return [*found, f"{accounting.total.rejected} rejected"] if accounting.total.rejected else found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loops", type=int, default=25)
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=120)
    given = parser.parse_args()
    configure_logging("starved", level="warning")
    sys.exit(starved(given.loops, given.reports, given.minutes))
