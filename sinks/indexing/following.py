"""Topics read whole and then followed, outside of any consumer group: no offset is kept, nothing is acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import Transient
from schemas.records.rejection import KafkaRecord

LOOK_MS = 1000
ARRIVAL_MS, TOGETHER_BYTES = 200, 1 << 20
NEW_TOPICS_S = 2.0
MOST_RECORDS = 5000

Offsets = Mapping[tuple[str, int], int]


async def follow(bootstrap: str, topics: Sequence[str]) -> AsyncIterator[tuple[list[KafkaRecord], bool]]:
    """Read topics of one partition each from their beginning, for ever; yield at least one list a second, empty or not.

    With each comes whether everything was read that was there when reading began. Raises: Transient.
    """
    partitions = [TopicPartition(topic, 0) for topic in topics]
    options = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, **options)
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


async def arriving(bootstrap: str, ends: Callable[[], Offsets]) -> AsyncIterator[list[KafkaRecord]]:
    """Yield what comes from now on, often and even if empty; `ends` returns (topic, partition) -> next offset.

    It is called in a thread, at the beginning and then every NEW_TOPICS_S seconds for partitions that are new, which
    are read from their beginning. Raises: Transient, and what `ends` raises.
    """
    loop = asyncio.get_running_loop()
    positions = {TopicPartition(*key): end for key, end in (await asyncio.to_thread(ends)).items()}
    # Else each record of a busy topic would be an answer of its own.
    together = {"fetch_min_bytes": TOGETHER_BYTES, "fetch_max_wait_ms": ARRIVAL_MS}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", **together)
    try:
        await consumer.start()
        while True:
            consumer.assign(list(positions))
            for partition, offset in positions.items():
                consumer.seek(partition, offset)
            known, until = len(positions), 0.0
            while len(positions) == known:
                if loop.time() > until:
                    for key in await asyncio.to_thread(ends):
                        positions.setdefault(TopicPartition(*key), 0)
                    until = loop.time() + NEW_TOPICS_S
                lists = await consumer.getmany(timeout_ms=ARRIVAL_MS, max_records=MOST_RECORDS)
                positions.update({partition: records[-1].offset + 1 for partition, records in lists.items() if records})
                yield [record for records in lists.values() for record in records]
    except KafkaError as exc:
        raise Transient(f"the topics cannot be followed ({type(exc).__name__})") from exc
    finally:
        await consumer.stop()
