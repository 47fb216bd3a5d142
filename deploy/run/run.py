"""Run workers in the foreground, until told to stop or until nothing is left to do."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

from deploy.embedded.meter import Meter
from deploy.embedded.progress import Progress
from deploy.run.lag import LOOK_EVERY_S, STANDSTILL_S, Look
from deploy.run.workers import Workers
from producers.delivery.kafka import Admin
from producers.delivery.spool import agencies_with_records as spooled
from schemas.errors import Transient
from schemas.runtime import process_stats
from schemas.runtime.settings import Endpoints, Settings
from sinks.index.elastic import Elastic, asked_once
from streams.evaluation.accounting import Accounting, read_accounting

FIGURES_S = 5.0
JUDGE_EVERY_S = 2.0
MOST_DEATHS = 8

Told = Callable[[str], None]


class Stopped(Exception):
    """SIGTERM or Ctrl-C came."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM and SIGINT into Stopped, once: what follows is the orderly end."""

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def until_ready(workers: Workers, settings: Settings) -> None:
    """Wait until every worker reads its topics, so that what is measured is the path and not the start of Python.

    Raises: Transient when the workers do nothing, or die again and again; not for the time that a start takes.
    """
    judged = time.monotonic()
    progress, meter = Progress(judged), Meter(workers.log_files())
    while missing := set(workers.stages) - {found["stage"] for found in process_stats.running(settings.home)}:
        workers.look()
        now = time.monotonic()
        if now - judged > JUDGE_EVERY_S:
            judged = now
            progress.take(meter.sample(workers.processes()), now)
            why = progress.stuck(now) or (workers.restarts >= MOST_DEATHS and f"died {workers.restarts} times")
            if why:
                raise Transient(f"worker {', '.join(sorted(missing))} {why}; logs: {workers.logs or 'above'}")
        time.sleep(0.1)


def written(services: Endpoints) -> dict[str, int]:
    """Return index name -> number of its last write. Raises: Transient."""
    return asked_once(services.elasticsearch, lambda index: index.written())


def until_idle(
    workers: Workers, services: Endpoints, settings: Settings, tell: Told, before: Mapping[str, int]
) -> None:
    """Wait until every stage of `workers` has worked everything off, the spool is empty and the indices show it all.

    `before` is what was `written` when the workers began: what was written to since is refreshed once. Raises:
    Transient naming stage, topic, partition and agency when nothing moves for STANDSTILL_S seconds.
    """
    with Admin(services.kafka) as admin:
        look, made = Look(admin, workers.stages, settings.generation), _indices(settings)
        while not (look.idle(time.monotonic()) and not spooled(settings.home)):
            workers.look()
            if made != (made := _indices(settings)):
                look.moved(time.monotonic())
            if look.left:
                tell(f"{sum(left.records for left in look.left):,} records left, first {look.left[0]}")
            if look.standstill_s(time.monotonic()) > STANDSTILL_S:
                stuck = "; ".join(str(left) for left in look.left)
                raise Transient(f"nothing has moved for {STANDSTILL_S:.0f} s: {stuck}")
            time.sleep(LOOK_EVERY_S)
    if "index" in workers.stages:
        asked_once(services.elasticsearch, partial(_refresh, before))


def _indices(settings: Settings) -> int:
    """Count the indices that running workers made: on a slow machine many take long, and no offset moves meanwhile."""
    return sum(found.get("indices", 0) for found in process_stats.running(settings.home))


async def _refresh(before: Mapping[str, int], index: Elastic) -> None:
    now = await index.written()
    await index.refresh([name for name, number in now.items() if number != before.get(name)])


def forever(workers: Workers) -> None:
    """Keep the workers up until the process is told to stop."""
    while True:
        workers.look()
        time.sleep(LOOK_EVERY_S)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the accounting, and what each stage did."""

    accounting: Accounting
    stages: dict[str, dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Give it for `--json`."""
        return {**self.accounting.as_json(), "stages": self.stages}

    def lines(self) -> list[str]:
        """Give the last lines of `demo` and `run --until-idle`."""
        total = self.accounting.total
        adds_up = "adds up" if total.difference == 0 else f"DOES NOT ADD UP by {total.difference:,}"
        rows = [
            f"published    {total.published:>9,}   = current + superseded + repeated + rejected + purged: {adds_up}",
            f"current      {total.current:>9,}",
            f"superseded   {total.superseded:>9,}",
            f"repeated     {total.repeated:>9,}",
            f"rejected     {total.rejected:>9,}",
            f"purged       {total.purged:>9,}",
            f"incidents    {self.accounting.incidents:>9,}   searchable",
        ]
        if self.accounting.views_refused:
            rows.insert(7, f"views refused by the index: {self.accounting.views_refused:,}")
        return rows


def _settled(settings: Settings) -> None:
    """Wait until every running worker has written its figures once more: they are written every second."""
    asked, deadline = time.time(), time.monotonic() + FIGURES_S
    while any(found["at"] < asked for found in process_stats.running(settings.home)) and time.monotonic() < deadline:
        time.sleep(0.1)


def outcome(services: Endpoints, settings: Settings) -> Outcome:
    """Count from the topics, and read the workers' own figures. Raises: Transient."""
    _settled(settings)
    stages: dict[str, dict[str, Any]] = {}
    for found in process_stats.read(settings.home):
        kept = stages.get(found["stage"])
        if kept is None or kept["at"] < found["at"]:
            stages[found["stage"]] = found
    return Outcome(asyncio.run(read_accounting(services.kafka, settings.generation)), stages)
