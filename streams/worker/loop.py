"""The worker of one stage: takes lists from the lane, has the stage run on them, and acknowledges what is delivered.

Trouble of the infrastructure ends the process, which reads the same records again when restarted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from schemas.records.kafka_record import Record
from schemas.runtime.clock import now_ms
from schemas.runtime.kafka import as_record, follow
from schemas.runtime.telemetry import logger
from schemas.topics import broadcast_group
from streams.stage import PolicyAt, PolicySnapshot, Stage
from streams.worker.delivery import Delivery, Fenced, PlainDelivery, TransactionalDelivery
from streams.worker.faust_consumer import Lane, List
from streams.worker.reprocess import FINGERPRINT, Again, begin, stop
from streams.worker.restore import restored
from streams.worker.stage_runner import StageRunner, reached
from streams.worker.state_store import PartitionStore

BATCH_RECORDS = 2000
GROW_S = 0.02
PACE_S = 0.5
"""Between two batches that are not full: a transaction costs as much as 50 records, in Kafka most of all (measured)."""
LOOK_S = 1.0
FENCED_PAUSE_S = 4.0
"""Longer than the interval of heartbeats, 3 s."""

log = logger("streams.worker.loop")


@dataclass(slots=True)
class Owned:
    """A partition that this worker owns: where its outputs go, its state, and what it took in of the shared topic."""

    delivery: Delivery
    store: PartitionStore | None
    shared: int = 0
    again: Again | None = None
    policy_fingerprint: PolicySnapshot | None = None


class Worker:
    """Runs one stage on what the lane gives it.

    `prepare` is awaited with the records of a batch before the stage sees them; `moved` is called at whatever is done.
    """

    def __init__(
        self,
        stage: Stage,
        bootstrap: str,
        group: str,
        state_dir: Path,
        prepare: Callable[[Sequence[Record]], Awaitable[None]] | None = None,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.stage, self._runner, self._moved = stage, StageRunner(stage, state_dir), moved
        self.counts = self._runner.counts
        self._bootstrap, self._group, self._state_dir, self._prepare = bootstrap, group, state_dir, prepare
        self._owned: dict[int, Owned] = {}
        self._epoch = -1
        self._turn = asyncio.Lock()
        self._gathered_at = 0.0
        self._shared: list[Record] = []
        self._shared_known = {topic: asyncio.Event() for topic in stage.state.broadcast} if stage.state else {}

    async def work(self, lane: Lane) -> None:
        """Take and settle batches until cancelled; an error leaves what was taken unacknowledged."""
        kept, tasks = self.stage.state, [self._take(lane)]
        if kept is not None:
            tasks += [self._follow(lane, topic) for topic in kept.broadcast]
        if kept is not None and kept.policy_at is not None:
            tasks.append(self._look(lane, kept.policy_at))
        await asyncio.gather(*map(asyncio.ensure_future, tasks))

    async def _look(self, lane: Lane, basis: PolicyAt) -> None:
        """Look each second what the outputs of every partition that is ours rest on; after a change go on at once."""
        while True:
            await asyncio.sleep(0 if any(owned.again for owned in self._owned.values()) else LOOK_S)
            async with self._turn:
                ground = basis(now_ms())
                await self._for_each(lane, partial(self._run_again, ground=ground))

    async def _run_again(self, owned: Owned, partition: int, ground: PolicySnapshot) -> None:
        """Run the next part of what stands again, where the outputs rest on other ground than now."""
        assert owned.store is not None
        if owned.again is None or owned.again.ground.fingerprint != ground.fingerprint:
            await stop(owned.again)
            owned.again = None
            if owned.store.get_many([FINGERPRINT])[0] == ground.fingerprint:
                await self._rests(owned, partition, ground)
                return
            # From here to the end of it, some rests on the one and some on the other.
            owned.store.write({FINGERPRINT: None}, {})
            owned.again = await begin(self._bootstrap, self._group, (self.stage.topic, partition), ground)
        part = await anext(owned.again.parts, None)
        if part is None:
            log.info("run_again", stage=self.stage.name, partition=partition)
            owned.store.write({FINGERPRINT: ground.fingerprint}, {})
            owned.again = None
            await self._rests(owned, partition, ground)
        for some in self._runner.slices(part or ()):
            await self._deliver(owned, some, {})
        self._moved()

    async def _rests(self, owned: Owned, partition: int, ground: PolicySnapshot) -> None:
        """Tell the broker how far that was read on which everything rests now, so that who waits can see it."""
        if ground != owned.policy_fingerprint and ground.positions:
            await owned.delivery.deliver([], ground.positions, broadcast_group(self._group, partition))
        owned.policy_fingerprint = ground

    async def _take(self, lane: Lane) -> None:
        while True:
            lists = await self._gather(lane)
            async with self._turn:
                await self._settle_all(lane, lists)

    async def _follow(self, lane: Lane, topic: str) -> None:
        """Take the shared topic in, and let every partition that is ours do so, at the latest a second after."""
        async for records, whole in follow(self._bootstrap, topic):
            self._shared += records
            if not whole:
                continue
            self._shared_known[topic].set()
            async with self._turn:
                await self._share(lane)

    async def _share(self, lane: Lane) -> None:
        if self._shared:
            await self._for_each(lane, self._take_in)

    async def _for_each(self, lane: Lane, act: Callable[[Owned, int], Awaitable[None]]) -> None:
        """Do something for every partition that is ours, taken over first if need be."""
        if self._epoch != lane.epoch:
            await self._disown()
            self._epoch = lane.epoch
        for partition in lane.assigned(self.stage.topic):
            try:
                owned = self._owned.get(partition) or await self._own(partition)
                await act(owned, partition)
            except Fenced:
                await self._fenced(lane, partition)

    async def _take_in(self, owned: Owned, partition: int) -> None:
        """Run the stage on what is new on the shared topic, for one partition."""
        group = broadcast_group(self._group, partition)
        for records in self._runner.slices(self._shared[owned.shared :]):
            mine = [record._replace(partition=partition) for record in records]
            await self._deliver(owned, mine, reached(records), group)
            owned.shared += len(records)

    async def _gather(self, lane: Lane) -> list[List]:
        """Wait for a list, then for the batch to grow: a moment after a rest, else until PACE_S after the last one."""
        lists = [await lane.take()]
        now = time.monotonic()
        # Only a stage with state pays for transactions.
        until = max(now + GROW_S, self._gathered_at + PACE_S if self.stage.state else 0.0)
        while sum(len(entry.records) for entry in lists) < BATCH_RECORDS:
            more = lane.take_ready()
            if more is not None:
                lists.append(more)
            elif (now := time.monotonic()) < until:
                await asyncio.sleep(min(GROW_S, until - now))
            else:
                break
        self._gathered_at = time.monotonic()
        return lists

    async def _settle_all(self, lane: Lane, lists: list[List]) -> None:
        groups: dict[int, list[List]] = {}
        for entry in lists:
            # Only a stage with state cares which partition a record is of.
            groups.setdefault(entry.span.partition.partition if self.stage.state else 0, []).append(entry)
        for partition, group in groups.items():
            await self._settle(lane, partition, group)

    async def _settle(self, lane: Lane, partition: int, lists: list[List]) -> None:
        if self._epoch != lists[0].epoch:
            await self._disown()
            self._epoch = lists[0].epoch
        owned = self._owned.get(partition) or await self._own(partition)
        records = [as_record(record) for entry in lists for record in entry.records]
        if self._prepare is not None:
            await self._prepare(records)
        ends = {(entry.span.partition.topic, entry.span.partition.partition): entry.span.end for entry in lists}
        for some in self._runner.slices(records):
            if not all(lane.current(entry) for entry in lists):
                lane.drop(lists)
                return
            try:
                # What is behind the last record of a list are markers, which are consumed with it.
                await self._deliver(owned, some, ends if some[-1] is records[-1] else reached(some))
            except Fenced:
                lane.drop(lists)
                await self._fenced(lane, partition)
                return
            if owned.again is not None:
                owned.again.passed.update(record.key for record in some)
            self.counts.records += len(some)
            self.counts.batches += 1
        lane.done(lists)

    async def _fenced(self, lane: Lane, partition: int) -> None:
        """Let go: another worker has this partition. The group tells us within a heartbeat; if not, it is ours."""
        log.warning("partition_fenced", stage=self.stage.name, partition=partition)
        await self._disown()
        await asyncio.sleep(FENCED_PAUSE_S)
        lane.read_again()

    async def _deliver(
        self, owned: Owned, records: Sequence[Record], consumed: Mapping[tuple[str, int], int], group: str = ""
    ) -> None:
        await self._runner.deliver(records, owned.delivery, owned.store, consumed, now_ms(), group)
        self._moved()

    async def _own(self, partition: int) -> Owned:
        """Take a partition over: fence its former owner first, then read its state back, so that nothing is missed."""
        kept = self.stage.state
        if kept is None:
            owned = Owned(PlainDelivery(self._bootstrap), None)
            await owned.delivery.start()
        else:
            name = f"{self._group}-{partition}"
            delivery = TransactionalDelivery(self._bootstrap, self._group, name, kept.topic)
            await delivery.start()
            directory = self._state_dir / f"{kept.topic}-{partition}"
            owned = Owned(delivery, await restored(self._bootstrap, self.stage, partition, directory, self._moved))
            for known in self._shared_known.values():
                await known.wait()
            await self._take_in(owned, partition)
        self._owned[partition] = owned
        return owned

    async def _disown(self) -> None:
        for owned in self._owned.values():
            await stop(owned.again)
            if owned.store is not None:
                owned.store.close()
            await owned.delivery.stop()
        self._owned.clear()
