"""Kafka in memory, and an index that fails when told to."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from producers.delivery.memory import MemoryKafka
from schemas.errors import Transient
from schemas.records import codec
from schemas.records.audit import Dissemination
from schemas.records.kafka_record import Record
from schemas.records.rejection import KafkaRecord
from sinks.access.dissemination_log import next_line
from sinks.index.memory import Memory
from sinks.index.names import IndexName
from sinks.index.port import Answer, Index
from sinks.indexing.rejected import Refusal


@dataclass
class FakeRecord:
    """A record as aiokafka gives it."""

    offset: int
    value: bytes | None
    partition: int = 0
    topic: str = "released-incidents"
    timestamp: int = 1_767_570_000_000
    key: bytes | None = b"k"
    headers: Sequence[tuple[str, bytes | None]] = (("h", b"1"),)


def framed(record: Any, offset: int, partition: int = 0) -> FakeRecord:
    """A ReleasedIncident at an offset."""
    return FakeRecord(offset, codec.encode("released_incident", record), partition)


class FakeSource:
    """`sinks.indexing.consume.Source`: gives the batches that the test puts in."""

    def __init__(self) -> None:
        self.epoch = 0
        self.batches: asyncio.Queue[dict[int, list[KafkaRecord]]] = asyncio.Queue()
        self.commits: list[dict[int, int]] = []
        self.position: dict[int, int] = {}
        self.stayed = 0
        self.owned = True

    def give(self, *records: KafkaRecord) -> None:
        lists: dict[int, list[KafkaRecord]] = {}
        for record in records:
            lists.setdefault(record.partition, []).append(record)
        self.batches.put_nowait(lists)

    async def poll(self, seconds: float) -> dict[int, list[KafkaRecord]]:
        try:
            lists = await asyncio.wait_for(self.batches.get(), min(seconds, 0.05))
        except TimeoutError:
            return {}
        self.position.update({p: records[-1].offset + 1 for p, records in lists.items()})
        return lists

    async def keep_alive(self) -> None:
        self.stayed += 1

    async def commit(self, offsets: dict[int, int]) -> bool:
        if self.owned:
            self.commits.append(offsets)
        return self.owned

    async def positions(self) -> dict[int, int]:
        return dict(self.position)

    async def ends(self) -> dict[int, int]:
        return dict(self.position)

    @property
    def committed(self) -> dict[int, int]:
        return {p: offset for commit in self.commits for p, offset in commit.items()}


@dataclass
class FakeRejects:
    """`sinks.indexing.consume.Rejects`; `open` holds deliveries back."""

    delivered: list[Refusal] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def deliver(self, refusals: Sequence[Refusal]) -> None:
        await self.open.wait()
        self.delivered += refusals


@dataclass
class MemoryTopics:
    """`sinks.access.ports.Topics` on a Kafka in memory."""

    kafka: MemoryKafka

    async def names(self) -> set[str]:
        return self.kafka.topic_names()

    async def records(self, topic: str) -> AsyncIterator[Record]:
        for number, records in enumerate(self.kafka.topics.get(topic, [])):
            for offset, one in enumerate(records):
                yield Record(topic, number, offset, one.timestamp_ms, one.key, one.value)

    async def newest(self, topic: str) -> dict[bytes, bytes | None]:
        return self.kafka.read_compacted(topic)

    async def count(self, topic: str, key: bytes) -> int:
        return self.kafka.count_keyed(topic, key)

    async def last(self, topic: str) -> Record | None:
        found = [one async for one in self.records(topic)]
        return found[-1] if found else None

    async def write(self, topic: str, key: bytes, value: bytes, at: int) -> None:
        receipt = self.kafka.send(topic, key, value, at)
        if not receipt.is_done or receipt.exception is not None:
            raise Transient("Kafka did not acknowledge the record")

    async def close(self) -> None:
        self.kafka.close()


class Moody(Memory):
    """The index in memory, whose writes fail as the test says; it hears of no alias while it is `deaf`."""

    def __init__(self) -> None:
        super().__init__()
        self.down = 0
        self.lost_answers = 0
        self.bulks: list[int] = []
        self.deaf = 0

    async def bulk(self, operations: Sequence[bytes]) -> list[Answer]:
        self.bulks.append(len(operations))
        if self.down:
            self.down -= 1
            raise Transient("down")
        answers = await super().bulk(operations)
        if self.lost_answers:
            self.lost_answers -= 1
            raise Transient("answer lost")
        return answers

    async def hide(self, audience: str) -> None:
        if self.deaf:
            self.deaf -= 1
            raise Transient("deaf")
        await super().hide(audience)


class EachOnce:
    """`sinks.indexing.writer.Indices` that makes every index open, and knows no agreement."""

    def __init__(self, index: Index) -> None:
        self._index, self._ready = index, set[str]()

    async def ensure(self, name: IndexName) -> None:
        if str(name) not in self._ready:
            await self._index.ensure(name)
            self._ready.add(str(name))

    def forget(self, name: str) -> None:
        self._ready.discard(name)


@dataclass
class MemoryLog:
    """The dissemination log in memory; fails while it is `down`."""

    lines: list[Dissemination] = field(default_factory=list)
    down: bool = False

    async def append(self, said: Mapping[str, Any]) -> None:
        if self.down:
            raise Transient("down")
        self.lines.append(next_line(said, self.lines[-1] if self.lines else None))

    async def disclose(self, asked: Mapping[str, Any], ids: Sequence[str]) -> None:
        who = {"reader": "r", "audience": "a", "purpose": "p", "at": 0, "outcome": "GIVEN"}
        await self.append({**who, "asked": str(asked), "ids": list(ids)})

    async def stop(self) -> None:
        pass


async def no_sleep(_: float) -> None:
    """Do not wait, but let others run."""
    await asyncio.sleep(0)
