"""The partitions that a worker owns: taken over on first use, and released at a rebalance or when fenced."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.records.kafka_record import Record
from schemas.runtime.clock import now_ms
from schemas.runtime.telemetry import logger
from streams.stage import PolicySnapshot, Stage
from streams.worker.delivery import Delivery, Fenced, Offsets, PlainDelivery, TransactionalDelivery
from streams.worker.faust_consumer import Consumer
from streams.worker.restore import restored
from streams.worker.stage_runner import StageRunner
from streams.worker.state_store import PartitionStore

FENCED_PAUSE_S = 4.0
"""Longer than the heartbeat interval, 3 s."""

log = logger("streams.worker.partitions")


@dataclass(slots=True)
class Reprocessing:
    """The current records of a partition, in parts, while they are processed again under a new policy snapshot.

    `superseded` holds the keys of newer records that are processed meanwhile.
    """

    policy: PolicySnapshot
    parts: AsyncGenerator[list[Record], None]
    superseded: set[bytes | None] = field(default_factory=set)


@dataclass(slots=True)
class Partition:
    """An owned partition: where its outputs go, its state, and how far it is with broadcasts and reprocessing.

    `broadcast_read` counts the broadcast records that it has processed; `policy` is the snapshot last reported for it.
    """

    number: int
    delivery: Delivery
    store: PartitionStore | None
    broadcast_read: int = 0
    reprocessing: Reprocessing | None = None
    policy: PolicySnapshot | None = None

    async def close(self) -> None:
        """Close the reader of current records, the store and the connection."""
        if self.reprocessing is not None:
            await self.reprocessing.parts.aclose()
        if self.store is not None:
            self.store.close()
        await self.delivery.stop()


class Partitions:
    """Owns the partitions of `stage` that are assigned to this worker, and runs the stage on their records.

    `progress` is called after whatever is done. `on_takeover` is awaited with each partition that is taken over.
    """

    def __init__(
        self,
        stage: Stage,
        bootstrap: str,
        group: str,
        state_dir: Path,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.stage, self.group, self.bootstrap, self.progress = stage, group, bootstrap, progress
        self.runner = StageRunner(stage, state_dir)
        self.turn = asyncio.Lock()
        """Held while partitions are worked on: by batches, broadcast topics and reprocessing in turn."""
        self.owned: dict[int, Partition] = {}
        self.on_takeover: Callable[[Partition], Awaitable[None]] | None = None
        self._state_dir, self._epoch = state_dir, -1

    async def get(self, number: int, epoch: int) -> Partition:
        """Return a partition by its number, taken over unless it is owned since consumer `epoch`.

        Raises: Transient, Fenced.
        """
        await self._release_former(epoch)
        return self.owned.get(number) or await self._take_over(number)

    async def for_each(self, consumer: Consumer, act: Callable[[Partition], Awaitable[None]]) -> None:
        """Run `act` on every assigned partition, taken over first if need be. Raises: Transient."""
        await self._release_former(consumer.epoch)
        for number in consumer.assigned(self.stage.topic):
            try:
                await act(self.owned.get(number) or await self._take_over(number))
            except Fenced:
                await self.fenced(consumer, number)

    async def deliver(
        self, partition: Partition, records: Sequence[Record], consumed: Offsets, group: str = ""
    ) -> None:
        """Run the stage on a slice of records and deliver what comes of it. Raises: Transient, Fenced, Fatal."""
        await self.runner.deliver(records, partition.delivery, partition.store, consumed, now_ms(), group)
        self.progress()

    async def fenced(self, consumer: Consumer, number: int) -> None:
        """Release all partitions, since another worker owns the one with this number.

        Within a heartbeat the group confirms that, or assigns the partition here again.
        """
        log.warning("partition_fenced", stage=self.stage.name, partition=number)
        await self._release_all()
        await asyncio.sleep(FENCED_PAUSE_S)
        consumer.rewind()

    async def _release_former(self, epoch: int) -> None:
        """Release what was owned before a rebalance: another worker may have written to it in between."""
        if self._epoch != epoch:
            await self._release_all()
            self._epoch = epoch

    async def _release_all(self) -> None:
        for partition in self.owned.values():
            await partition.close()
        self.owned.clear()

    async def _take_over(self, number: int) -> Partition:
        """Take a partition over: fence its former owner first, then read its state back, so that nothing is missed."""
        stateful = self.stage.state
        if stateful is None:
            partition = Partition(number, PlainDelivery(self.bootstrap), None)
            await partition.delivery.start()
        else:
            transactional_id = f"{self.group}-{number}"
            delivery = TransactionalDelivery(self.bootstrap, self.group, transactional_id, stateful.topic)
            await delivery.start()
            directory = self._state_dir / f"{stateful.topic}-{number}"
            store = await restored(self.bootstrap, self.stage, number, directory, self.progress)
            partition = Partition(number, delivery, store)
            if self.on_takeover is not None:
                await self.on_takeover(partition)
        self.owned[number] = partition
        return partition
