"""Run workers in the foreground, until a signal stops them or until nothing is left to do."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import FrameType

from deploy.embedded.meter import Meter
from deploy.embedded.progress import Progress
from deploy.provision.ports import RunAsync
from deploy.run.lag import CHECK_EVERY_S, STANDSTILL_S, LagCheck
from deploy.run.workers import Workers
from producers.delivery.kafka import Admin
from producers.delivery.spool import agencies_with_records
from schemas.errors import Transient
from schemas.runtime import process_stats
from schemas.runtime.settings import Endpoints, Settings
from sinks.index.elastic import Elastic, query_once

JUDGE_EVERY_S = 2.0
MAX_DEATHS = 8


class StopRequested(Exception):
    """SIGTERM or SIGINT was received."""


@contextmanager
def stop_on_signal() -> Iterator[None]:
    """Raise StopRequested at the first SIGTERM or SIGINT, and ignore later ones, so that the shutdown is orderly."""

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise StopRequested(signal.Signals(number).name)

    former = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def wait_until_ready(workers: Workers, settings: Settings) -> None:
    """Wait until every worker reads its topics, so that measurements leave out the start of Python.

    Raises: Transient when the workers make no progress or die repeatedly, however long a start may take.
    """
    judged_at = time.monotonic()
    progress, meter = Progress(judged_at), Meter(workers.log_files())
    while missing := set(workers.stages) - {stats["stage"] for stats in process_stats.running(settings.home)}:
        workers.check()
        now = time.monotonic()
        if now - judged_at > JUDGE_EVERY_S:
            judged_at = now
            progress.record(meter.sample(workers.processes()), now)
            problem = progress.stuck(now) or (workers.restarts >= MAX_DEATHS and f"died {workers.restarts} times")
            if problem:
                raise Transient(f"worker {', '.join(sorted(missing))} {problem}; logs: {workers.logs or 'above'}")
        time.sleep(0.1)


async def write_positions(services: Endpoints) -> dict[str, int]:
    """Return the sequence number of the last write to each index. Raises: Transient."""
    return await query_once(services.elasticsearch, lambda index: index.written())


def wait_until_idle(
    workers: Workers,
    services: Endpoints,
    settings: Settings,
    progress: Callable[[str], None],
    before: Mapping[str, int],
    run_async: RunAsync,
) -> None:
    """Wait until every stage has processed its input, the spool is empty and the indices show everything.

    `before` is what `write_positions` returned before the workers began: indices written to since are refreshed once.

    Raises: Transient naming stage, topic, partition and agency when nothing moves for STANDSTILL_S seconds.
    """
    with Admin(services.kafka) as admin:
        lag, indices = LagCheck(admin, workers.stages, settings.generation), _indices(settings)
        while not (lag.is_idle(time.monotonic()) and not agencies_with_records(settings.home)):
            workers.check()
            if indices != (indices := _indices(settings)):
                lag.note_progress(time.monotonic())
            if lag.remaining:
                progress(f"{sum(part.records for part in lag.remaining):,} records left, first {lag.remaining[0]}")
            if lag.standstill_s(time.monotonic()) > STANDSTILL_S:
                stuck = "; ".join(map(str, lag.remaining))
                raise Transient(f"nothing has moved for {STANDSTILL_S:.0f} s: {stuck}")
            time.sleep(CHECK_EVERY_S)
    if "index" in workers.stages:
        run_async(query_once(services.elasticsearch, partial(_refresh, before)))


def _indices(settings: Settings) -> int:
    """Count the indices that running workers created: on a slow machine that takes long, and no offset moves."""
    return sum(stats.get("indices", 0) for stats in process_stats.running(settings.home))


async def _refresh(before: Mapping[str, int], index: Elastic) -> None:
    positions = await index.written()
    await index.refresh([name for name, position in positions.items() if position != before.get(name)])


def supervise(workers: Workers) -> None:
    """Restart dead workers until the process is stopped."""
    while True:
        workers.check()
        time.sleep(CHECK_EVERY_S)
