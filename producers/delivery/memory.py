"""The fake of both ports: topics in memory, and the ways in which Kafka can fail, for tests."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from producers.delivery.port import Offsets, Receipt, TooLarge
from schemas.errors import PipelineError, Reason, Rejected, Transient

MAX_MESSAGE_BYTES = 1_048_576


class Unreachable(Exception):
    """Nothing answered in time."""


@dataclass(slots=True)
class _Receipt:
    is_done: bool = False
    exception: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """One record of a topic; `timestamp_ms` is UTC milliseconds, 0 where none was given."""

    key: bytes
    value: bytes | None
    timestamp_ms: int


@dataclass
class MemoryKafka:
    """A Kafka in memory. It stops answering after `fails_after` records; `silent`: it never acknowledges."""

    topics: dict[str, list[list[Stored]]] = field(default_factory=dict)
    fails_after: int | None = None
    silent: bool = False
    sent: int = 0
    closed: bool = False
    _waiting: list[_Receipt] = field(default_factory=list)

    def send(self, topic: str, key: bytes, value: bytes | None, timestamp_ms: int | None = None) -> Receipt:
        """Store one record, or fail it as Kafka would."""
        receipt = _Receipt()
        self._waiting.append(receipt)
        if self.silent:
            return receipt
        receipt.is_done = True
        if topic not in self.topics or (self.fails_after is not None and self.sent >= self.fails_after):
            receipt.exception = Unreachable()
        elif len(value or b"") > MAX_MESSAGE_BYTES:
            receipt.exception = TooLarge()
        else:
            self.sent += 1
            partitions = self.topics[topic]
            partitions[zlib.crc32(key) % len(partitions)].append(Stored(key, value, timestamp_ms or 0))
        return receipt

    def wait(self, receipt: Receipt, seconds: float) -> bool:
        """Return whether the receipt is done, without waiting any seconds."""
        return receipt.is_done

    def classify(self, exception: BaseException) -> Rejected | PipelineError:
        """Return a rejection if the record itself is at fault, else why Kafka could not take it."""
        if isinstance(exception, TooLarge):
            return Rejected(Reason.TOO_LARGE, "", "larger than Kafka takes")
        return Transient(f"Kafka in memory does not answer: authentication or network ({type(exception).__name__})")

    def close(self, seconds: float = 0) -> None:
        """Fail what is not acknowledged, without waiting any seconds."""
        self.closed = True
        for receipt in self._waiting:
            if not receipt.is_done:
                receipt.exception, receipt.is_done = Unreachable(), True

    def topic_names(self) -> set[str]:
        """Return the names of all topics."""
        return set(self.topics)

    def create_topics(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> set[str]:
        """Create the topics that do not exist, name -> number of partitions and settings; return the new names."""
        created = set(topics) - set(self.topics)
        for name in created:
            self.topics[name] = [[] for _ in range(topics[name][0])]
        return created

    def end_offsets(self, topics: Iterable[str]) -> Offsets:
        """Return the offset after the last record of each partition."""
        return {
            (topic, number): len(records)
            for topic in topics
            for number, records in enumerate(self.topics.get(topic, []))
        }

    def beginning_offsets(self, topics: Iterable[str]) -> Offsets:
        """Return the first offset of each partition."""
        return dict.fromkeys(self.end_offsets(topics), 0)

    def read_compacted(self, topic: str) -> dict[bytes, bytes | None]:
        """Return key -> newest value."""
        return {record.key: record.value for records in self.topics.get(topic, []) for record in records}

    def count_keyed(self, topic: str, key: bytes) -> int:
        """Count the records of a key."""
        return sum(record.key == key for records in self.topics.get(topic, []) for record in records)
