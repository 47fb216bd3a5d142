"""Topics read whole and then followed, outside of any consumer group: no offset is kept, nothing is acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import Transient
from sinks.rejected import Record

LOOK_MS = 1000
MOST_RECORDS = 5000


async def follow(bootstrap: str, topics: Sequence[str]) -> AsyncIterator[tuple[list[Record], bool]]:
    """Read topics of one partition each from their beginning, for ever; yield at least one list a second, empty or not.

    With each comes whether everything was read that was there when reading began. Raises: Transient.
    """
    partitions = [TopicPartition(topic, 0) for topic in topics]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        while True:
            lists = await consumer.getmany(timeout_ms=LOOK_MS, max_records=MOST_RECORDS)
            records = [record for partition in partitions for record in lists.get(partition, ())]
            positions = await asyncio.gather(*map(consumer.position, partitions))
            whole = all(at >= ends[partition] for at, partition in zip(positions, partitions, strict=True))
            yield records, whole
    except KafkaError as exc:
        raise Transient(f"{', '.join(topics)} cannot be followed ({type(exc).__name__})") from exc
    finally:
        await consumer.stop()
