"""Topics followed outside of consumer groups: no offset is kept, nothing is acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import Transient
from schemas.records.kafka_record import Record
from schemas.runtime.kafka import MOST_RECORDS, Partition, as_record, consumer

FOLLOW_WAIT_MS = 1000
"""Who follows hears of what comes at once; asking 50 times a second took half a core of an idle pipeline (measured)."""
LOOK_MS = 1000
ARRIVAL_MS, TOGETHER_BYTES = 200, 1 << 20
NEW_TOPICS_S = 2.0


async def follow(bootstrap: str, *topics: str) -> AsyncIterator[tuple[list[Record], bool]]:
    """Read topics of one partition each from their beginning, for ever; yield at least one list a second, empty or not.

    With each comes whether everything was read that was there when reading began. Raises: Transient.
    """
    partitions = [TopicPartition(topic, 0) for topic in topics]
    reader = consumer(bootstrap, wait_ms=FOLLOW_WAIT_MS)
    try:
        await reader.start()
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        await reader.seek_to_beginning(*partitions)
        while True:
            lists = await reader.getmany(timeout_ms=LOOK_MS, max_records=MOST_RECORDS)
            records = [as_record(record) for partition in partitions for record in lists.get(partition, ())]
            positions = await asyncio.gather(*map(reader.position, partitions))
            whole = all(at >= ends[partition] for at, partition in zip(positions, partitions, strict=True))
            yield records, whole
    except KafkaError as exc:
        raise Transient(f"{', '.join(topics)} cannot be followed ({type(exc).__name__})") from exc
    finally:
        await reader.stop()


async def arriving(bootstrap: str, ends: Callable[[], Mapping[Partition, int]]) -> AsyncIterator[list[Record]]:
    """Yield what arrives from now on, often and even if empty; `ends` returns (topic, partition) -> next offset.

    It is called in a thread, at the beginning and then every NEW_TOPICS_S seconds for partitions that are new, which
    are read from their beginning. Raises: Transient, and what `ends` raises.
    """
    loop = asyncio.get_running_loop()
    positions = {TopicPartition(*key): end for key, end in (await asyncio.to_thread(ends)).items()}
    # Else each record of a busy topic would be an answer of its own.
    # What an agency sends is shown when it arrives, whether or not it is in a transaction.
    reader = consumer(bootstrap, wait_ms=ARRIVAL_MS, fetch_min_bytes=TOGETHER_BYTES, isolation_level="read_uncommitted")
    try:
        await reader.start()
        while True:
            reader.assign(list(positions))
            for partition, offset in positions.items():
                reader.seek(partition, offset)
            known, until = len(positions), 0.0
            while len(positions) == known:
                if loop.time() > until:
                    for key in await asyncio.to_thread(ends):
                        positions.setdefault(TopicPartition(*key), 0)
                    until = loop.time() + NEW_TOPICS_S
                lists = await reader.getmany(timeout_ms=ARRIVAL_MS, max_records=MOST_RECORDS)
                positions.update({partition: records[-1].offset + 1 for partition, records in lists.items() if records})
                yield [as_record(record) for records in lists.values() for record in records]
    except KafkaError as exc:
        raise Transient(f"the topics cannot be followed ({type(exc).__name__})") from exc
    finally:
        await reader.stop()
