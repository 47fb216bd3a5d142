"""Kafka topics read outside of consumer groups: whole, from an offset, or the newest record of each key."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from schemas.errors import Transient
from schemas.records.kafka_record import Record
from schemas.runtime import record_reader

LARGEST_FETCH = 24 * 1024 * 1024
READ_BACK_TIMEOUT_S = 60.0
READ_BACK_WAIT_MS = 20
"""Reading back ends at an end offset that is known: waiting for more records only takes time."""
POLL_MS = 50
"""Where only transaction markers are left no record comes, however long the poll waits."""
MOST_RECORDS = 5_000
PART_RECORDS = 1_000

Partition = tuple[str, int]
"""(topic, partition)."""
Offsets = dict[Partition, int]

# Before any group exists Kafka answers the second request; aiokafka logs the first one as an error.
logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)


def as_record(record: Any) -> Record:
    """Return a record of aiokafka as one of ours."""
    position = record.topic, record.partition, record.offset
    return Record(*position, record.timestamp, record.key, record.value, record.headers, getattr(record, "damage", ""))


def consumer(bootstrap: str, group: str | None = None, wait_ms: int = READ_BACK_WAIT_MS, **options: Any) -> Any:
    """Return a consumer of committed records, from the beginning, that commits nothing; not started yet.

    `group` only names the group whose committed offsets may be read; `wait_ms`: how long the broker may hold a fetch.
    """
    record_reader.install()
    defaults = {
        "enable_auto_commit": False,
        # The default, latest, gives nothing at all with assign() and seek, without an error.
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "fetch_max_wait_ms": wait_ms,
        "max_partition_fetch_bytes": LARGEST_FETCH,
        "fetch_max_bytes": 2 * LARGEST_FETCH,
    }
    return AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, **defaults | options)


class TopicReader:
    """One connection that reads partitions to their end; a context manager.

    Every method may raise aiokafka's KafkaError.
    """

    def __init__(self, bootstrap: str, group: str | None = None, patience_s: float = READ_BACK_TIMEOUT_S) -> None:
        """Prepare a connection; reading gives up after `patience_s` seconds without progress."""
        self._consumer = consumer(bootstrap, group)
        self._patience_s = patience_s

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    def _assign(self, partitions: Collection[Partition]) -> list[TopicPartition]:
        # Assigned, the topics are looked up together; else one after the other, 0.1 s each. Paused, nothing is fetched.
        assigned = [TopicPartition(*partition) for partition in partitions]
        if not self._consumer.assignment() >= set(assigned):
            self._consumer.assign(assigned)
            self._consumer.pause(*assigned)
        return assigned

    async def ends(self, partitions: Collection[Partition]) -> Offsets:
        """Return the offset after the last record, transaction markers included, of each partition."""
        ends = await self._consumer.end_offsets(self._assign(partitions)) if partitions else {}
        return {(tp.topic, tp.partition): offset for tp, offset in ends.items()}

    async def committed(self, partition: Partition) -> int:
        """Return the next offset that the group reads in a partition; 0 where it has committed none."""
        return await self._consumer.committed(TopicPartition(*partition)) or 0

    async def read(
        self, start: Mapping[Partition, int], ends: Mapping[Partition, int] | None = None
    ) -> AsyncIterator[tuple[list[Record], Offsets]]:
        """Read each partition from its offset to `ends`, by default its present end; committed records only.

        Yields lists of records of one partition, with the next offset of each partition read so far.
        Raises: Transient when no record comes for `patience_s` seconds and an end is not reached.
        """
        left = await self._begin(start, ends)
        loop, reached = asyncio.get_running_loop(), Offsets()
        deadline = loop.time() + self._patience_s
        while left:
            lists = await self._consumer.getmany(*left, timeout_ms=POLL_MS, max_records=MOST_RECORDS)
            for tp, records in lists.items():
                reached[(tp.topic, tp.partition)] = records[-1].offset + 1
                yield [as_record(record) for record in records], dict(reached)
            if lists:
                # What the caller does with the records takes as long as it takes.
                deadline = loop.time() + self._patience_s
            for tp in list(left):
                # The position passes transaction markers, which no record shows.
                if await self._consumer.position(tp) >= left[tp]:
                    self._consumer.pause(tp)
                    del left[tp]
            if left and loop.time() > deadline:
                raise Transient(f"reading back does not move: {', '.join(f'{t.topic}/{t.partition}' for t in left)}")

    async def _begin(
        self, start: Mapping[Partition, int], ends: Mapping[Partition, int] | None
    ) -> dict[TopicPartition, int]:
        """Seek to where each partition is to be read from; return the ends of those that have anything to read."""
        if not start:
            return {}
        partitions = self._assign(start)
        last = ends if ends is not None else await self.ends(start)
        beginnings = await self._consumer.beginning_offsets(partitions)
        left = {}
        for tp in partitions:
            first = max(start[(tp.topic, tp.partition)], beginnings[tp])
            if first < last[(tp.topic, tp.partition)]:
                self._consumer.seek(tp, first)
                self._consumer.resume(tp)
                left[tp] = last[(tp.topic, tp.partition)]
        return left


async def end_offsets(bootstrap: str, partitions: Sequence[Partition]) -> Offsets:
    """Return the offset after the last record of each partition."""
    if not partitions:
        return {}
    async with TopicReader(bootstrap) as reader:
        return await reader.ends(partitions)


async def read_back(
    bootstrap: str, start: Mapping[Partition, int], patience_s: float = READ_BACK_TIMEOUT_S
) -> AsyncIterator[tuple[list[Record], Offsets]]:
    """Read every partition from its offset to its present end, as `TopicReader.read` does. Raises: Transient."""
    # A consumer that is stopped before anything was assigned cancels whoever stops it.
    if not start:
        return
    async with TopicReader(bootstrap, patience_s=patience_s) as reader:
        async for records in reader.read(start):
            yield records


async def topic_partitions(bootstrap: str, matches: Callable[[str], bool]) -> list[Partition]:
    """Return every (topic, partition) whose topic `matches`, sorted."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if matches(topic)]
        described = await admin.describe_topics(topics) if topics else []
        return sorted((topic["topic"], part["partition"]) for topic in described for part in topic["partitions"])
    finally:
        await admin.close()


async def newest_records(
    bootstrap: str, partition: Partition, end: int, passed: Collection[bytes | None]
) -> AsyncGenerator[list[Record], None]:
    """Yield the newest record of each key of a partition before `end`, in lists, some of them empty.

    A key that is in `passed` when its record comes is left out. Raises: Transient.
    """
    newest: dict[bytes | None, int] = {}
    async for records, _ in read_back(bootstrap, {partition: 0}):
        newest.update((record.key, record.offset) for record in records if record.offset < end)
        yield []
    async for records, _ in read_back(bootstrap, {partition: 0}):
        for at in range(0, len(records), PART_RECORDS):
            part = records[at : at + PART_RECORDS]
            yield [record for record in part if newest.get(record.key) == record.offset and record.key not in passed]


async def committed(bootstrap: str, group: str, partition: Partition) -> int:
    """Return the next offset that a group reads in a partition, 0 where it read nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        target = TopicPartition(*partition)
        offsets = await admin.list_consumer_group_offsets(group, partitions=[target])
    finally:
        await admin.close()
    return max(0, offsets[target].offset) if target in offsets else 0
