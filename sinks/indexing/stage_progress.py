"""Read the progress of the stages from Kafka, and write the marks of cleared orders."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.agreements.report_orders import CLEARED_PREFIX
from schemas.errors import Transient
from schemas.records import codec
from schemas.runtime.clock import now_ms
from schemas.topics import PURGES
from sinks.access.cleared import CLEARS, READERS, Clearable

PASSING_S = 2.0
POLL_MS = 50
STILL_S = 30.0
MARKERS_AT_MOST = 100
"""Beyond this there are records too, and reading them would only take time."""


class KafkaProgress:
    """`sinks.indexing.clearing.Progress` on Kafka."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def ends(self, topic: str) -> dict[int, int]:
        """See `sinks.indexing.clearing.Progress`."""
        async with self._reader() as reader:
            metadata = await reader._client.fetch_all_metadata()
            partitions = [TopicPartition(topic, number) for number in metadata.partitions_for_topic(topic) or ()]
            offsets = await reader.end_offsets(partitions)
            return {partition.partition: end for partition, end in offsets.items()}

    async def pass_by(self, group: str, topic: str, ends: Mapping[int, int]) -> None:
        """See `sinks.indexing.clearing.Progress`."""
        left = {TopicPartition(topic, number): end for number, end in ends.items()}
        while left:
            committed = await self._committed(group, list(left))
            for partition in [partition for partition, end in left.items() if committed[partition] >= end]:
                del left[partition]
            for partition in [
                partition
                for partition, end in left.items()
                if await self._only_markers(partition, committed[partition], end)
            ]:
                del left[partition]
            if left:
                await asyncio.sleep(PASSING_S)

    async def _committed(self, group: str, partitions: list[Any]) -> dict[Any, int]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        try:
            await admin.start()
            offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
        except KafkaError as exc:
            raise Transient(f"the offsets of {group} cannot be read ({type(exc).__name__})") from exc
        finally:
            await admin.close()
        return {partition: max(0, offsets[partition].offset) if partition in offsets else 0 for partition in partitions}

    async def _only_markers(self, partition: Any, start: int, end: int) -> bool:
        """Return whether [start, end) has transaction markers only: a group that is done stays before the last one."""
        if end - start > MARKERS_AT_MOST:
            return False
        async with self._reader() as reader:
            reader.assign([partition])
            reader.seek(partition, start)
            deadline = time.monotonic() + STILL_S
            while await reader.position(partition) < end:
                if any((await reader.getmany(partition, timeout_ms=POLL_MS)).values()):
                    return False
                if time.monotonic() > deadline:
                    return False
        return True

    async def mark(self, orders: Sequence[Clearable]) -> None:
        """See `sinks.indexing.clearing.Progress`."""
        now = now_ms()
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True)
        try:
            await producer.start()
            for order in orders:
                value = codec.encode("report_order", {**order.order, "cleared_at": now})
                clears = [(CLEARS, str(order.offset).encode())]
                await producer.send(PURGES.name, value, CLEARED_PREFIX + order.key, 0, headers=clears)
            await producer.flush()
        except KafkaError as exc:
            raise Transient(f"marks of cleared orders cannot be written ({type(exc).__name__})") from exc
        finally:
            await producer.stop()

    async def begin_at(self, offset: int) -> None:
        """See `sinks.indexing.clearing.Progress`."""
        partition = TopicPartition(PURGES.name, 0)
        async with self._reader(group_id=READERS) as reader:
            reader.assign([partition])
            await reader.commit({partition: offset})

    @asynccontextmanager
    async def _reader(self, **more: Any) -> AsyncIterator[Any]:
        options = {"auto_offset_reset": "earliest", "isolation_level": "read_committed", "fetch_max_wait_ms": 20}
        reader = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False, **options, **more)
        try:
            await reader.start()
            yield reader
        except KafkaError as exc:
            raise Transient(f"the progress of the stages cannot be read ({type(exc).__name__})") from exc
        finally:
            await reader.stop()
