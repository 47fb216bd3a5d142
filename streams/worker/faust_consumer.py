"""How records come out of Faust and when they are acknowledged: the only module that imports faust.

Faust keeps the app, the group membership, heartbeats, rebalancing and commits. Records travel in the lists that the
fetcher made: no event, no task and no wait for each (measured: a twentieth of the cost), and no decoding here, as Faust
acknowledges by itself what it cannot decode. Offsets are committed from a ledger of spans, because Faust commits past
one that is missing. Overrides private parts of faust-streaming 0.15.3 and is tested against what it relies on.
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
from streams.worker.offset_tracker import Ledger, Span  # noqa: E402

LIST_RECORDS = 500
"""Records of a list: what is acknowledged together, and read again after a crash."""
LISTS_WAITING = 16
SESSION_S = 10.0
POLL_RECORDS = 4000
NEW_TOPIC_MS = 5000
WAIT_EMPTY_S = 5.0
# Each fetch names every partition of every agency, so an answer for each report costs more than the report.
TOGETHER_BYTES, TOGETHER_MS = 1 << 16, 250
CRASHED = 70

log = logger("streams.worker.faust_consumer")


class List:
    """Records of one partition in the order of their offsets, and the span that acknowledges them."""

    __slots__ = ("epoch", "records", "span")

    def __init__(self, epoch: int, span: Span[Any], records: list[Any]) -> None:
        self.epoch, self.span, self.records = epoch, span, records


class _Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The consumer's thread: reads only what is committed, and subscribes by pattern where the lane has one."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust passes read_uncommitted unless it is in its own exactly-once mode, which does not start.
        consumer._isolation_level = "read_committed"
        if self.consumer.transport.lane_pattern:
            consumer._fetch_min_bytes, consumer._fetch_max_wait_ms = TOGETHER_BYTES, TOGETHER_MS
        return consumer

    async def seek_to_committed(self) -> Any:
        """Asks for all partitions at once: Faust's way asks for one after the other, which took 5 s for 200."""
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
        found = await super()._fetch_records(consumer, *given, **options)
        # The client serves the partition again that it served last: one agency's flood would keep all others waiting.
        waiting = consumer._fetcher._records
        for partition in found:
            if partition in waiting:
                waiting.move_to_end(partition)
        return found

    def close(self) -> None:
        """Leave it to the thread's own stop, which follows: Faust would close the client on the app's loop.

        A task that is cancelled from another thread is scheduled on a loop that runs meanwhile; uvloop's is not made
        for that, and the process dies of it now and then (a jump to address 0, when a rebalance meets a stop).
        """

    async def subscribe(self, topics: Iterable[str]) -> None:
        pattern = self.consumer.transport.lane_pattern
        chosen = {"pattern": pattern} if pattern else {"topics": set(topics)}
        await self.call_thread(self._ensure_consumer().subscribe, listener=self._rebalance_listener, **chosen)


def _lists(fetched: Mapping[Any, list[Any]]) -> Iterator[tuple[Any, list[Any]]]:
    """Cut what was fetched of each partition into lists."""
    for tp, batch in fetched.items():
        for at in range(0, len(batch), LIST_RECORDS):
            yield tp, batch[at : at + LIST_RECORDS]


class _Consumer(driver.Consumer):  # type: ignore[misc]
    """Hands lists of records to `inbox`, and commits what the ledger says is done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.ledger: Ledger[Any] = Ledger()
        self.epoch = 0
        self.astray = False
        self.inbox: asyncio.Queue[List] = asyncio.Queue(LISTS_WAITING)
        self.working: set[List] = set()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> Any:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            if not self.flow_active:
                await self.wait(self.can_resume_flow)
                continue
            if self.astray:
                await self.perform_seek()
            before = (self.epoch, self.app.consumer_generation_id)
            records, _ = await self._wait_next_records(1.0)
            for tp, some in _lists(records or {}):
                # A fetch that a rebalance overtook may have moved positions that were to be read again: go back to what
                # is committed rather than guess.
                if before != (self.epoch, self.app.consumer_generation_id) or not self.flow_active:
                    self.astray = True
                    break
                await self._hand_over(tp, some)
            await asyncio.sleep(0)
        self.set_shutdown()

    async def _hand_over(self, tp: Any, batch: list[Any]) -> None:
        position = self._read_offset[tp]
        fresh = [record for record in batch if position is None or record.offset >= position]
        if not fresh:
            return
        end = fresh[-1].offset + 1
        start = fresh[0].offset if position is None else position
        epoch = self.epoch
        entry = List(epoch, self.ledger.hand_out(tp, start, end), fresh)
        self._read_offset[tp] = end
        await self.inbox.put(entry)

    async def perform_seek(self) -> None:
        """Read every partition again from what is committed; lists handed out before are void."""
        self.epoch += 1
        self.astray = False
        self.ledger.clear()
        while not self.inbox.empty():
            self.inbox.get_nowait()
        await super().perform_seek()
        for tp in self.assignment():
            if not self._committed_offset[tp]:
                self._read_offset[tp] = None

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[Any]:
        # A transactional stage commits its offsets inside its transactions.
        if self.transport.lane_transactional:
            return iter(())
        return (tp for tp in self.ledger.partitions() if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: Any) -> int | None:
        return self.ledger.committable(tp)

    async def verify_all_partitions_active(self) -> None:
        """Look at nothing: `health` does, and Faust's own look dies of a partition that a rebalance took meanwhile."""

    async def wait_empty(self) -> None:
        while not self.inbox.empty():
            self.inbox.get_nowait()
        deadline = self.loop.time() + WAIT_EMPTY_S
        while self.working and self.loop.time() < deadline:
            await asyncio.sleep(0.02)
        await self.commit_and_end_transactions()


# Else mode would give them a logger of this module's name, at this project's level.
_Thread.logger = _Consumer.logger = driver.logger


class _Transport(driver.Transport):  # type: ignore[misc]
    Consumer = _Consumer
    lane_pattern: str | None = None
    lane_transactional = False


class Lane:
    """The records of one consumer group, as lists to be taken and acknowledged."""

    def __init__(self, app: Any) -> None:
        self._app = app

    @property
    def _consumer(self) -> Any:
        return self._app.consumer

    async def take(self) -> List:
        """Wait for the next list that is still ours, to be given to `done` or `drop`."""
        while True:
            entry: List = await self._consumer.inbox.get()
            if self._taken(entry):
                return entry

    def take_ready(self) -> List | None:
        """Give the next list if one waits."""
        while not self._consumer.inbox.empty():
            entry: List = self._consumer.inbox.get_nowait()
            if self._taken(entry):
                return entry
        return None

    def _taken(self, entry: List) -> bool:
        if not self.current(entry):
            return False
        self._consumer.working.add(entry)
        return True

    def current(self, entry: List) -> bool:
        """Tell whether the partitions are assigned as they were when this list was read."""
        consumer = self._consumer
        return bool(entry.epoch == consumer.epoch and entry.span.partition in consumer.assignment())

    def done(self, lists: Iterable[List]) -> None:
        """Acknowledge lists: everything that comes of them is safely delivered."""
        for entry in lists:
            if entry.epoch == self._consumer.epoch:
                self._consumer.ledger.done(entry.span)
            self._consumer.working.discard(entry)

    def drop(self, lists: Iterable[List]) -> None:
        """Give lists back unacknowledged: whoever owns their partitions reads them again."""
        self._consumer.working.difference_update(lists)

    def read_again(self) -> None:
        """Go back to what is committed, with every partition that is still ours."""
        self._consumer.astray = True

    @property
    def epoch(self) -> int:
        """How often everything was read again from what is committed: what was known before is void."""
        return int(self._consumer.epoch)

    def assigned(self, topic: str) -> list[int]:
        """List the partitions of `topic` that are ours now."""
        return sorted(tp.partition for tp in self._consumer.assignment() if tp.topic == topic)

    async def positions(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Give (topic, partition) -> (next offset to fetch, offset up to which all is done), for what is ours."""
        consumer = self._consumer
        found = {}
        for tp in list(consumer.assignment()):
            fetched = await consumer.position(tp)
            found[(tp.topic, tp.partition)] = (fetched or 0, consumer.ledger.committable(tp) or 0)
        return found

    @property
    def busy(self) -> bool:
        """True while anything that was read is not acknowledged."""
        return bool(self._consumer.working or self._consumer.ledger.open_spans)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A consumer group and what it reads: one `topic`, or every topic that `pattern` matches, also those made later."""

    group: str
    topic: str
    pattern: str | None
    transactional: bool
    """The offsets are committed in the stage's own transactions, and not by Faust."""


def build(reads: Subscription, broker: str, datadir: Path, work: Callable[[Lane], Awaitable[None]]) -> Any:
    """Make the Faust app of one stage: its agent runs `work` on the lane until the process ends.

    A topic made later is noticed within NEW_TOPIC_MS.
    """
    record_reader.install()
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
        consumer_metadata_max_age_ms=NEW_TOPIC_MS,
        consumer_max_fetch_size=4 * 1024 * 1024,
        broker_max_poll_records=POLL_RECORDS,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=3.0,
        # A member that does not poll leaves the group. Whether a worker is stuck, its own watchdog judges; one that is
        # only slow must not lose its partitions.
        broker_max_poll_interval=600.0,
        broker_commit_interval=1.0,
    )
    app.transport = _Transport(app.conf.broker_consumer, app, app.loop)
    app.transport.lane_pattern = reads.pattern
    app.transport.lane_transactional = reads.transactional
    lane = Lane(app)

    async def agent(stream: Any) -> None:
        working = asyncio.ensure_future(work(lane))
        working.add_done_callback(_end_process)
        try:
            async for _ in stream:
                raise AssertionError("records of a lane never reach a stream")
        finally:
            working.cancel()

    app.agent(app.topic(reads.topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"))(
        agent
    )
    return app


def _end_process(working: asyncio.Future[None]) -> None:
    """End the process when the work of its agent ends by itself: Faust would go on, alive and idle.

    Crash-only: nothing is worth saving, as whatever is not acknowledged is read again by the next process.
    """
    if not working.cancelled():
        log.critical("worker_failed", error=repr(type(working.exception())), exc_info=working.exception())
        os._exit(CRASHED)


def run(app: Any) -> None:
    """Run the app in the foreground until SIGTERM or a crash; logging is left as it is configured."""
    worker = faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True, daemon=True)
    # A service has no use for a spinner, which would write to standard output.
    worker.spinner = None
    worker.execute_from_commandline()
