"""Broadcast topics: compacted topics of one partition that every input partition processes whole."""

import asyncio
from collections.abc import Sequence

from schemas.records.kafka_record import Record
from schemas.runtime.kafka_following import follow
from schemas.topics import broadcast_group
from streams.worker.faust_consumer import Consumer
from streams.worker.partitions import Partition, Partitions
from streams.worker.stage_runner import reached


class BroadcastTopics:
    """Follows broadcast topics, and has every owned partition process their records, each at its own pace."""

    def __init__(self, partitions: Partitions, topics: Sequence[str]) -> None:
        self._partitions = partitions
        self.records: list[Record] = []
        self._read_whole = {topic: asyncio.Event() for topic in topics}
        partitions.on_takeover = self._catch_up

    @property
    def topics(self) -> Sequence[str]:
        """The topics that are followed."""
        return list(self._read_whole)

    async def follow(self, consumer: Consumer, topic: str) -> None:
        """Read a topic forever; every partition processes a new record within a second. Raises: Transient."""
        async for records, whole in follow(self._partitions.bootstrap, topic):
            self.records += records
            if not whole:
                continue
            self._read_whole[topic].set()
            async with self._partitions.turn:
                await self.distribute(consumer)

    async def distribute(self, consumer: Consumer) -> None:
        """Process what is new in every assigned partition. Raises: Transient."""
        if self.records:
            await self._partitions.for_each(consumer, self._process)

    async def _catch_up(self, partition: Partition) -> None:
        """Process all records in a partition that was taken over, once every topic is read to its end."""
        for read_whole in self._read_whole.values():
            await read_whole.wait()
        await self._process(partition)

    async def _process(self, partition: Partition) -> None:
        # Each partition commits for a group of its own how far it is.
        group = broadcast_group(self._partitions.group, partition.number)
        for records in self._partitions.runner.slices(self.records[partition.broadcast_read :]):
            placed = [record._replace(partition=partition.number) for record in records]
            await self._partitions.deliver(partition, placed, reached(records), group)
            partition.broadcast_read += len(records)
