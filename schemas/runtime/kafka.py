"""Reading topics back, whole or from a position, outside of any consumer group; imports aiokafka, as `broker` does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.errors import Transient
from schemas.records.kafka_record import Record
from schemas.runtime import record_reader

LARGEST_FETCH = 24 * 1024 * 1024
READ_BACK_TIMEOUT_S = 60.0
READ_BACK_WAIT_MS = 20
"""What is read back ends at an end that was asked: to wait for more only takes time."""
FOLLOW_WAIT_MS = 1000
"""Who follows hears of what comes at once; asking 50 times a second took half a core of an idle pipeline (measured)."""
PART_RECORDS = 1_000


def as_record(record: Any) -> Record:
    """Give a record of aiokafka as one of ours."""
    position = record.topic, record.partition, record.offset
    return Record(*position, record.timestamp, record.key, record.value, record.headers, getattr(record, "damage", ""))


async def end_offsets(bootstrap: str, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """Ask the broker for the next offset of each (topic, partition)."""
    if not partitions:
        return {}
    async with _reader(bootstrap) as consumer:
        asked = [TopicPartition(*partition) for partition in partitions]
        # Assigned, the topics are looked up together; else one after the other, 0.1 s each. Paused, nothing is fetched.
        consumer.assign(asked)
        consumer.pause(*asked)
        ends = await consumer.end_offsets(asked)
        return {(tp.topic, tp.partition): offset for tp, offset in ends.items()}


def _reader(bootstrap: str, wait_ms: int = READ_BACK_WAIT_MS) -> AIOKafkaConsumer:
    record_reader.install()
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        # The default, latest, gives nothing at all with assign() and seek, without an error.
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=wait_ms,
        max_partition_fetch_bytes=LARGEST_FETCH,
        fetch_max_bytes=2 * LARGEST_FETCH,
    )


async def topic_partitions(bootstrap: str, matches: Callable[[str], bool]) -> list[tuple[str, int]]:
    """List all (topic, partition) whose topic `matches`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if matches(topic)]
        described = await admin.describe_topics(topics) if topics else []
        return sorted((one["topic"], part["partition"]) for one in described for part in one["partitions"])
    finally:
        await admin.close()


async def read_back(
    bootstrap: str, start: Mapping[tuple[str, int], int]
) -> AsyncIterator[tuple[list[Record], dict[tuple[str, int], int]]]:
    """Read every (topic, partition) from its offset to the end asked now, committed records only.

    Yields lists of records of one partition, with the positions reached so far.
    Raises: Transient when a partition does not move for READ_BACK_TIMEOUT_S.
    """
    partitions = [TopicPartition(*partition) for partition in start]
    async with _reader(bootstrap) as consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        beginnings = await consumer.beginning_offsets(partitions)
        left = {}
        for tp in partitions:
            first = max(start[(tp.topic, tp.partition)], beginnings[tp])
            if first < ends[tp]:
                consumer.seek(tp, first)
                left[tp] = ends[tp]
        if set(partitions) - set(left):
            consumer.pause(*(set(partitions) - set(left)))
        deadline = asyncio.get_running_loop().time() + READ_BACK_TIMEOUT_S
        reached: dict[tuple[str, int], int] = {}
        while left:
            lists = await consumer.getmany(timeout_ms=200, max_records=5000)
            for tp, records in lists.items():
                reached[(tp.topic, tp.partition)] = records[-1].offset + 1
                yield [as_record(record) for record in records], dict(reached)
            if lists:
                # What is done with the records takes as long as it takes.
                deadline = asyncio.get_running_loop().time() + READ_BACK_TIMEOUT_S
            for tp in list(left):
                # The position passes transaction markers, which no record shows.
                if await consumer.position(tp) >= left[tp]:
                    del left[tp]
            if asyncio.get_running_loop().time() > deadline:
                raise Transient(f"reading back does not move: {', '.join(f'{t.topic}/{t.partition}' for t in left)}")


async def standing(
    bootstrap: str, partition: tuple[str, int], end: int, passed: Collection[bytes | None]
) -> AsyncGenerator[list[Record], None]:
    """Read the newest record of each key of a partition before `end`, in lists, some of them empty.

    A key that is in `passed` when its record comes is left out. Raises: Transient.
    """
    newest: dict[bytes | None, int] = {}
    async for records, _ in read_back(bootstrap, {partition: 0}):
        newest.update((record.key, record.offset) for record in records if record.offset < end)
        yield []
    async for records, _ in read_back(bootstrap, {partition: 0}):
        for at in range(0, len(records), PART_RECORDS):
            part = records[at : at + PART_RECORDS]
            yield [one for one in part if newest.get(one.key) == one.offset and one.key not in passed]


async def committed(bootstrap: str, group: str, partition: tuple[str, int]) -> int:
    """Ask how far a group has come in a partition: the next offset that it reads, 0 where it read nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        target = TopicPartition(*partition)
        found = await admin.list_consumer_group_offsets(group, partitions=[target])
    finally:
        await admin.close()
    return max(0, found[target].offset) if target in found else 0


async def follow(bootstrap: str, topic: str) -> AsyncIterator[tuple[list[Record], bool]]:
    """Read the one partition of `topic` from its beginning, for ever; gives at least one list a second, empty or not.

    With each comes whether everything is read that was there when reading began. Raises: Transient.
    """
    partition = TopicPartition(topic, 0)
    async with _reader(bootstrap, FOLLOW_WAIT_MS) as consumer:
        consumer.assign([partition])
        try:
            end = (await consumer.end_offsets([partition]))[partition]
            await consumer.seek_to_beginning(partition)
            while True:
                lists = await consumer.getmany(timeout_ms=1000, max_records=5000)
                records = [as_record(record) for record in lists.get(partition, ())]
                yield records, await consumer.position(partition) >= end
        except KafkaError as exc:
            raise Transient(f"{topic} cannot be followed: {type(exc).__name__}") from exc
