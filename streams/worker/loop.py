"""The worker of one stage: fetch batches, run the stage on them, and acknowledge what is delivered.

An infrastructure fault ends the process, which reads the same records again when it is restarted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from schemas.records.kafka_record import Record
from schemas.runtime.kafka import as_record
from streams.stage import Stage
from streams.worker.broadcast import BroadcastTopics
from streams.worker.delivery import Fenced
from streams.worker.faust_consumer import Consumer, FetchedBatch
from streams.worker.partitions import Partitions
from streams.worker.reprocess import Reprocessor
from streams.worker.stage_runner import reached

BATCH_RECORDS = 2000
GROW_S = 0.02
PACE_S = 0.5
"""Between two batches that are not full: a transaction costs as much as 50 records, in Kafka most of all (measured)."""


class Worker:
    """Runs one stage on what the consumer fetches.

    `prepare` is awaited with the records of a batch before the stage gets them; `progress` is called after whatever is
    done.
    """

    def __init__(
        self,
        stage: Stage,
        bootstrap: str,
        group: str,
        state_dir: Path,
        prepare: Callable[[Sequence[Record]], Awaitable[None]] | None = None,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.stage, self._prepare = stage, prepare
        self.partitions = Partitions(stage, bootstrap, group, state_dir, progress)
        self.counts = self.partitions.runner.counts
        self.broadcast = BroadcastTopics(self.partitions, stage.state.broadcast if stage.state else ())
        policy_at = stage.state.policy_at if stage.state else None
        self._reprocessor = None if policy_at is None else Reprocessor(self.partitions, policy_at)
        self._gathered_at = 0.0

    async def work(self, consumer: Consumer) -> None:
        """Process batches until cancelled; after an error, what was taken stays unacknowledged.

        Raises: Transient; Fatal when the fault is the stage's own.
        """
        tasks = [self._process_batches(consumer)]
        tasks += [self.broadcast.follow(consumer, topic) for topic in self.broadcast.topics]
        if self._reprocessor is not None:
            tasks.append(self._reprocessor.run(consumer))
        await asyncio.gather(*map(asyncio.ensure_future, tasks))

    async def _process_batches(self, consumer: Consumer) -> None:
        while True:
            batches = await self._gather(consumer)
            async with self.partitions.turn:
                await self._process_by_partition(consumer, batches)

    async def _gather(self, consumer: Consumer) -> list[FetchedBatch]:
        """Wait for a batch, then for more: a moment after a quiet time, else until PACE_S after the last gathering."""
        batches = [await consumer.take()]
        now = time.monotonic()
        # Only a stage with state pays for transactions.
        until = max(now + GROW_S, self._gathered_at + PACE_S if self.stage.state else 0.0)
        while sum(len(batch.records) for batch in batches) < BATCH_RECORDS:
            more = consumer.take_ready()
            if more is not None:
                batches.append(more)
            elif (now := time.monotonic()) < until:
                await asyncio.sleep(min(GROW_S, until - now))
            else:
                break
        self._gathered_at = time.monotonic()
        return batches

    async def _process_by_partition(self, consumer: Consumer, batches: list[FetchedBatch]) -> None:
        by_partition: dict[int, list[FetchedBatch]] = {}
        for batch in batches:
            # Only a stage with state cares which partition a record is from.
            number = batch.span.partition.partition if self.stage.state else 0
            by_partition.setdefault(number, []).append(batch)
        for number, of_partition in by_partition.items():
            await self._process(consumer, number, of_partition)

    async def _process(self, consumer: Consumer, number: int, batches: list[FetchedBatch]) -> None:
        partition = await self.partitions.get(number, batches[0].epoch)
        records = [as_record(record) for batch in batches for record in batch.records]
        if self._prepare is not None:
            await self._prepare(records)
        ends = {(batch.span.partition.topic, batch.span.partition.partition): batch.span.end for batch in batches}
        for part in self.partitions.runner.slices(records):
            if not all(consumer.is_current(batch) for batch in batches):
                consumer.discard(batches)
                return
            try:
                # Behind the last record of a batch there may be transaction markers, which are consumed with it.
                await self.partitions.deliver(partition, part, ends if part[-1] is records[-1] else reached(part))
            except Fenced:
                consumer.discard(batches)
                await self.partitions.fenced(consumer, number)
                return
            if partition.reprocessing is not None:
                partition.reprocessing.superseded.update(record.key for record in part)
            self.counts.records += len(part)
            self.counts.batches += 1
        consumer.acknowledge(batches)
