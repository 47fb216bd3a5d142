"""One sink process: its parts assembled, its metrics reported, its shutdown by signal."""

import asyncio
import gc
import os
import signal
import time
import traceback
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from schemas.errors import Denied, PipelineError, Transient
from schemas.identity import INTERNAL
from schemas.runtime import process_stats, telemetry
from schemas.runtime.backoff import pause_s
from schemas.runtime.kafka_following import follow
from schemas.runtime.settings import Endpoints, Settings
from schemas.runtime.watchdog import EX_SOFTWARE, Watchdog
from schemas.topics import PURGES, RELEASED_INCIDENTS, consumer_group
from sinks.index.elastic import Elastic
from sinks.index.names import require_generation
from sinks.indexing.audiences import Audiences
from sinks.indexing.clearing import Clearing
from sinks.indexing.consume import Consumer
from sinks.indexing.kafka_source import KafkaRejects, KafkaSource
from sinks.indexing.progress_check import ProgressCheck
from sinks.indexing.provision import Provision
from sinks.indexing.settings import IndexSettings
from sinks.indexing.stage_progress import KafkaProgress
from sinks.indexing.stats import IndexMetrics
from sinks.indexing.writer import Writer

STAGE = "index"
TICK_S = 1.0
# A supervisor kills after 30 s; nothing is lost then, since uncommitted records are polled again.
STOP_S = 25.0
CLOSE_S = 5.0
# Records are freed by reference counting: collecting cycles among those of a batch took a third of the CPU (measured:
# 20 to 13 microseconds a record).
GC_OBJECTS = 100_000
_log = telemetry.logger(__name__)


class Sink:
    """The parts of one sink process."""

    def __init__(self, settings: Settings, services: Endpoints, own: IndexSettings) -> None:
        self._generation = generation = settings.generation
        self._home, self._metrics = settings.home, IndexMetrics()
        self._index = Elastic(services.elasticsearch, own.shards, own.replicas)
        self._group = consumer_group(STAGE, generation)
        self._source = KafkaSource(services.kafka, RELEASED_INCIDENTS.at(generation), self._group, own)
        self._rejects = KafkaRejects(services.kafka, version("interagency"), time.time)
        self._provision = Provision(self._index, generation, partial(follow, services.kafka, *Audiences.TOPICS))
        follow_orders = partial(follow, services.kafka, PURGES.name)
        progress = KafkaProgress(services.kafka)
        self._clearing = Clearing(self._index, progress, generation, follow_orders, self._has_first_partition)
        self._writer = Writer(self._index, self._provision)
        self._consumer = Consumer(self._source, self._rejects, self._writer, self._metrics, generation, own.in_flight)
        self._source.on_release(self._consumer.release)
        self._watchdog = Watchdog(STAGE)
        self._progress_check = ProgressCheck(
            self._watchdog, self._source, self._consumer, self._writer, self._index, self._provision
        )

    async def _has_first_partition(self) -> bool:
        return 0 in await self._source.positions()

    async def run(self, stopping: asyncio.Event) -> None:
        """Index until `stopping` is set. Raises: the error that ended it otherwise."""
        self._watchdog.start()
        reporting = asyncio.create_task(self._report_regularly())
        try:
            if await self._started(stopping):
                await self._consume_until(stopping)
        finally:
            reporting.cancel()
            self._report()
            for close in (self._rejects.stop, self._source.stop, self._index.close):
                with suppress(TimeoutError):
                    await asyncio.wait_for(close(), CLOSE_S)

    async def _started(self, stopping: asyncio.Event) -> bool:
        """Connect; return False if stopped before Kafka answered."""
        starting = asyncio.ensure_future(self._start())
        stopped = asyncio.create_task(stopping.wait())
        either: set[asyncio.Future[Any]] = {starting, stopped}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not starting.done():
            starting.cancel()
            return False
        await starting
        _log.info("worker_started", stage=STAGE, group=self._group)
        return True

    async def _start(self) -> None:
        """Join the group once the index answers. Raises: Configuration where another generation is read."""
        attempt = 0
        while True:
            try:
                require_generation(await self._index.indices(INTERNAL), self._generation)
                break
            except (Transient, Denied) as exc:
                _log.warning("index_trouble", error=str(exc), documents=0, attempt=attempt, seconds=pause_s(attempt))
                await asyncio.sleep(pause_s(attempt))
                attempt += 1
        await asyncio.gather(self._rejects.start(), self._source.start())

    async def _consume_until(self, stopping: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            running = (self._progress_check.run(), self._provision.run(), self._clearing.run(), stopping.wait())
            beside = [group.create_task(part) for part in running]
            beside[-1].add_done_callback(lambda _: self._consumer.stop())
            await self._consumer.run()
            for task in beside:
                task.cancel()

    async def _report_regularly(self) -> None:
        while True:
            self._watchdog.tick()
            self._report()
            await asyncio.sleep(TICK_S)

    def _report(self) -> None:
        self._metrics.indices = self._provision.created
        process_stats.write(self._home, STAGE, self._metrics.as_json())


def _cause(exc: BaseException) -> BaseException:
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return exc


def _where(exc: BaseException) -> str:
    """Return an error's type and place: its message may quote a record."""
    frames = traceback.extract_tb(exc.__traceback__)
    return (
        f"{type(exc).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else repr(type(exc))
    )


async def _serve(settings: Settings, services: Endpoints) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        loop.call_later(STOP_S, os._exit, 0)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await Sink(settings, services, IndexSettings()).run(stopping)
    # The one broad except: an unexpected error is logged and ends the process, which the supervisor restarts.
    except Exception as exc:
        cause = _cause(exc)
        expected = isinstance(cause, PipelineError)
        _log.error("worker_failed", stage=STAGE, error=str(cause) if expected else _where(cause))
        return cause.exit_code if isinstance(cause, PipelineError) else EX_SOFTWARE
    return 0


def main(settings: Settings, services: Endpoints) -> int:
    """Run one sink process and return its exit code."""
    import uvloop

    gc.freeze()
    gc.set_threshold(GC_OBJECTS, 20, 20)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings, services))
