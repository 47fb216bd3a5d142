"""The consumer on top of Faust: how records are fetched and acknowledged. The only module that imports faust.

Faust keeps the app, the group membership, heartbeats, rebalancing and commits. Records stay in the batches that the
fetcher returned: no event, no task and no wait for each (measured: a twentieth of the cost), and no decoding here,
because Faust acknowledges by itself what it cannot decode. Offsets are committed from an offset tracker, because Faust
commits past an offset that is missing. Overrides private parts of faust-streaming 0.15.3 and is tested against what it
relies on.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mode.loop

mode.loop.use("uvloop")

import faust  # noqa: E402
from faust.transport.drivers import aiokafka as driver  # noqa: E402

from schemas.runtime import record_reader  # noqa: E402
from schemas.runtime.telemetry import logger  # noqa: E402
from streams.worker.offset_tracker import OffsetTracker, Span  # noqa: E402

FETCHED_RECORDS = 500
"""Records of a fetched batch: acknowledged together, and read again after a crash."""
BATCHES_WAITING = 16
SESSION_S = 10.0
POLL_RECORDS = 4000
METADATA_MAX_AGE_MS = 5000
WAIT_EMPTY_S = 5.0
# Each fetch request names every partition of every agency, so a response per report costs more than the report.
FETCH_MIN_BYTES, FETCH_MAX_WAIT_MS = 1 << 16, 250
CRASHED = 70

log = logger("streams.worker.faust_consumer")


class FetchedBatch:
    """Records of one partition in the order of their offsets, and the span of offsets that acknowledges them."""

    __slots__ = ("epoch", "records", "span")

    def __init__(self, epoch: int, span: Span[Any], records: list[Any]) -> None:
        self.epoch, self.span, self.records = epoch, span, records


class _ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The consumer's thread: read only what is committed, and subscribe by pattern where there is one."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust passes read_uncommitted unless it is in its own exactly-once mode, which does not start.
        consumer._isolation_level = "read_committed"
        if self.consumer.transport.topic_pattern:
            consumer._fetch_min_bytes, consumer._fetch_max_wait_ms = FETCH_MIN_BYTES, FETCH_MAX_WAIT_MS
        return consumer

    async def seek_to_committed(self) -> Any:
        """Seek in all partitions at once: Faust does it one after the other, which took 5 s for 200."""
        return await self.call_thread(self._seek_all)

    async def _seek_all(self) -> dict[Any, int | None]:
        consumer = self._ensure_consumer()
        partitions = list(consumer.assignment())
        committed = await asyncio.gather(*map(consumer.committed, partitions))
        offsets = dict(zip(partitions, committed, strict=True))
        for partition, offset in offsets.items():
            if offset:
                consumer.seek(partition, offset)
        # Without a committed offset aiokafka would leave the position where it is.
        never = [partition for partition, offset in offsets.items() if not offset]
        if never:
            await consumer.seek_to_beginning(*never)
        return offsets

    async def _fetch_records(self, consumer: Any, *given: Any, **options: Any) -> Any:
        fetched = await super()._fetch_records(consumer, *given, **options)
        # The client prefers the partition that it served last: one agency's flood would keep all others waiting.
        waiting = consumer._fetcher._records
        for partition in fetched:
            if partition in waiting:
                waiting.move_to_end(partition)
        return fetched

    def close(self) -> None:
        """Do nothing: the thread's own stop follows, whereas Faust would close the client on the app's loop.

        A task cancelled from another thread is scheduled on a loop that is running; uvloop does not support that, and
        the process crashes now and then (a jump to address 0, when a rebalance meets a stop).
        """

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe to the pattern where there is one, else to `topics`."""
        pattern = self.consumer.transport.topic_pattern
        chosen = {"pattern": pattern} if pattern else {"topics": set(topics)}
        await self.call_thread(self._ensure_consumer().subscribe, listener=self._rebalance_listener, **chosen)


def _cut(fetched: Mapping[Any, list[Any]]) -> Iterator[tuple[Any, list[Any]]]:
    """Yield what was fetched of each partition in batches of at most FETCHED_RECORDS."""
    for tp, records in fetched.items():
        for at in range(0, len(records), FETCHED_RECORDS):
            yield tp, records[at : at + FETCHED_RECORDS]


class _FaustConsumer(driver.Consumer):  # type: ignore[misc]
    """Puts fetched batches into `inbox`, and commits up to where the offset tracker says that all is done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.tracker: OffsetTracker[Any] = OffsetTracker()
        self.epoch = 0
        self.must_rewind = False
        self.inbox: asyncio.Queue[FetchedBatch] = asyncio.Queue(BATCHES_WAITING)
        self.in_flight: set[FetchedBatch] = set()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> Any:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            if not self.flow_active:
                await self.wait(self.can_resume_flow)
                continue
            if self.must_rewind:
                await self.perform_seek()
            before = (self.epoch, self.app.consumer_generation_id)
            records, _ = await self._wait_next_records(1.0)
            for tp, some in _cut(records or {}):
                # A fetch that a rebalance overtook may have moved positions that must be read again: rewind to what is
                # committed rather than guess.
                if before != (self.epoch, self.app.consumer_generation_id) or not self.flow_active:
                    self.must_rewind = True
                    break
                await self._hand_over(tp, some)
            await asyncio.sleep(0)
        self.set_shutdown()

    async def _hand_over(self, tp: Any, records: list[Any]) -> None:
        position = self._read_offset[tp]
        fresh = [record for record in records if position is None or record.offset >= position]
        if not fresh:
            return
        end = fresh[-1].offset + 1
        start = fresh[0].offset if position is None else position
        epoch = self.epoch
        batch = FetchedBatch(epoch, self.tracker.hand_out(tp, start, end), fresh)
        self._read_offset[tp] = end
        await self.inbox.put(batch)

    async def perform_seek(self) -> None:
        """Rewind every partition to its committed offset; batches handed out before are void."""
        self.epoch += 1
        self.must_rewind = False
        self.tracker.clear()
        while not self.inbox.empty():
            self.inbox.get_nowait()
        await super().perform_seek()
        for tp in self.assignment():
            if not self._committed_offset[tp]:
                self._read_offset[tp] = None

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[Any]:
        # A transactional stage commits its offsets inside its transactions.
        if self.transport.transactional:
            return iter(())
        return (tp for tp in self.tracker.partitions() if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: Any) -> int | None:
        return self.tracker.committable(tp)

    async def verify_all_partitions_active(self) -> None:
        """Check nothing: `health` does, and Faust's own check fails on a partition that a rebalance revoked."""

    async def wait_empty(self) -> None:
        """Drop what waits, and wait up to WAIT_EMPTY_S for the in-flight batches before the partitions are revoked."""
        while not self.inbox.empty():
            self.inbox.get_nowait()
        deadline = self.loop.time() + WAIT_EMPTY_S
        while self.in_flight and self.loop.time() < deadline:
            await asyncio.sleep(0.02)
        await self.commit_and_end_transactions()


# Otherwise mode gives them a logger of this module's name, at this project's level.
_ConsumerThread.logger = _FaustConsumer.logger = driver.logger


class _FaustTransport(driver.Transport):  # type: ignore[misc]
    Consumer = _FaustConsumer
    topic_pattern: str | None = None
    transactional = False


class Consumer:
    """The records of one consumer group, in batches to be taken and acknowledged."""

    def __init__(self, app: Any) -> None:
        self._app = app

    @property
    def _consumer(self) -> Any:
        return self._app.consumer

    async def take(self) -> FetchedBatch:
        """Wait for the next batch of an assigned partition; pass it to `acknowledge` or `discard` later."""
        while True:
            batch: FetchedBatch = await self._consumer.inbox.get()
            if self._claim(batch):
                return batch

    def take_ready(self) -> FetchedBatch | None:
        """Return the next batch if one waits, else None."""
        while not self._consumer.inbox.empty():
            batch: FetchedBatch = self._consumer.inbox.get_nowait()
            if self._claim(batch):
                return batch
        return None

    def _claim(self, batch: FetchedBatch) -> bool:
        if not self.is_current(batch):
            return False
        self._consumer.in_flight.add(batch)
        return True

    def is_current(self, batch: FetchedBatch) -> bool:
        """Return whether the partition has been assigned ever since this batch was fetched."""
        consumer = self._consumer
        return bool(batch.epoch == consumer.epoch and batch.span.partition in consumer.assignment())

    def acknowledge(self, batches: Iterable[FetchedBatch]) -> None:
        """Acknowledge batches: everything that comes of them is safely delivered."""
        for batch in batches:
            if batch.epoch == self._consumer.epoch:
                self._consumer.tracker.done(batch.span)
            self._consumer.in_flight.discard(batch)

    def discard(self, batches: Iterable[FetchedBatch]) -> None:
        """Drop batches unacknowledged: whoever owns their partitions reads them again."""
        self._consumer.in_flight.difference_update(batches)

    def rewind(self) -> None:
        """Rewind every partition that is still assigned to its committed offset."""
        self._consumer.must_rewind = True

    @property
    def epoch(self) -> int:
        """How often the consumer was rewound to what is committed: what was known of partitions before is void."""
        return int(self._consumer.epoch)

    def assigned(self, topic: str) -> list[int]:
        """Return the partitions of `topic` that are assigned now."""
        return sorted(tp.partition for tp in self._consumer.assignment() if tp.topic == topic)

    async def positions(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Return (topic, partition) -> (next offset to fetch, offset up to which all is done), of what is assigned."""
        consumer = self._consumer
        positions = {}
        for tp in list(consumer.assignment()):
            fetched = await consumer.position(tp)
            positions[(tp.topic, tp.partition)] = (fetched or 0, consumer.tracker.committable(tp) or 0)
        return positions

    @property
    def busy(self) -> bool:
        """Whether anything that was fetched is not yet acknowledged."""
        return bool(self._consumer.in_flight or self._consumer.tracker.open_spans)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A consumer group and what it reads: one `topic`, or every topic that `pattern` matches, later ones included."""

    group: str
    topic: str
    pattern: str | None
    transactional: bool
    """Whether offsets are committed in the stage's own transactions instead of by Faust."""


def _configured(reads: Subscription, broker: str, datadir: Path) -> Any:
    """Return a Faust app that reads what the subscription names, without an agent."""
    app = faust.App(
        reads.group,
        broker=f"kafka://{broker}",
        datadir=datadir,
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        consumer_max_fetch_size=4 * 1024 * 1024,
        broker_max_poll_records=POLL_RECORDS,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=3.0,
        # A member that does not poll leaves the group. The worker's own watchdog judges whether it is stuck; a worker
        # that is only slow must not lose its partitions.
        broker_max_poll_interval=600.0,
        broker_commit_interval=1.0,
    )
    app.transport = _FaustTransport(app.conf.broker_consumer, app, app.loop)
    app.transport.topic_pattern = reads.pattern
    app.transport.transactional = reads.transactional
    return app


def build(reads: Subscription, broker: str, datadir: Path, work: Callable[[Consumer], Awaitable[None]]) -> Any:
    """Build the Faust app of one stage: its agent runs `work` on the consumer until the process ends.

    A topic created later is noticed within METADATA_MAX_AGE_MS.
    """
    record_reader.install()
    app = _configured(reads, broker, datadir)
    consumer = Consumer(app)

    async def agent(stream: Any) -> None:
        working = asyncio.ensure_future(work(consumer))
        working.add_done_callback(_exit_on_end)
        try:
            async for _ in stream:
                raise AssertionError("records are taken from the consumer and never reach a Faust stream")
        finally:
            working.cancel()

    topic = app.topic(reads.topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.agent(topic)(agent)
    return app


def _exit_on_end(working: asyncio.Future[None]) -> None:
    """End the process when its work ends by itself: Faust would go on, alive and idle.

    Crash-only: nothing is worth saving, because the next process reads whatever is not acknowledged.
    """
    if not working.cancelled():
        log.critical("worker_failed", error=repr(type(working.exception())), exc_info=working.exception())
        os._exit(CRASHED)


def run(app: Any) -> None:
    """Run the app in the foreground until SIGTERM or a crash; logging is left as it is configured."""
    worker = faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True, daemon=True)
    # A spinner would write to standard output.
    worker.spinner = None
    worker.execute_from_commandline()
