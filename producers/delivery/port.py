"""What publishing needs of Kafka, as ports: `broker.py` is real, `memory.py` the fake, and both pass the same tests."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from schemas.errors import PipelineError, Rejected

Offsets = dict[tuple[str, int], int]
"""(topic, partition) -> offset."""


class TooLarge(Exception):
    """The record is larger than Kafka takes."""


class Receipt(Protocol):
    """What became of one record: `exception` is only told once `is_done`; without one it is acknowledged."""

    @property
    def is_done(self) -> bool:
        """True when the record was acknowledged or given up."""

    @property
    def exception(self) -> BaseException | None:
        """Why the record was given up."""


class Sending(Protocol):
    """Hands records to Kafka. Sending neither waits for an acknowledgement nor raises for the record's sake."""

    def send(self, topic: str, key: bytes, value: bytes | None, timestamp_ms: int | None = None) -> Receipt:
        """Hand over one record; blocks only while the topic is not known yet, and not longer than the bound."""

    def wait(self, receipt: Receipt, seconds: float) -> bool:
        """Wait until the receipt is done, and tell whether it is."""

    def verdict(self, exception: BaseException) -> Rejected | PipelineError:
        """Tell whether a record was refused for its own sake (Rejected), or why Kafka could not take it."""

    def close(self, seconds: float) -> None:
        """Give up what is not acknowledged within `seconds`; every receipt is done afterwards."""


class Administering(Protocol):
    """Looks after topics and reads what is small. Every call may block up to the bound and raises Transient."""

    def topic_names(self) -> set[str]:
        """Give the names of all topics."""

    def create_topics(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> set[str]:
        """Make topics, name -> (partitions, settings), leaving those that exist; gives the names that were made."""

    def end_offsets(self, topics: Iterable[str]) -> Offsets:
        """Give the offset after the last record, markers included, of every partition of these topics."""

    def beginning_offsets(self, topics: Iterable[str]) -> Offsets:
        """Give the first offset of every partition of these topics."""

    def read_compacted(self, topic: str) -> dict[bytes, bytes | None]:
        """Read a small topic to its present end: key -> newest value, None where it was deleted; {} without a topic."""

    def count_keyed(self, topic: str, key: bytes) -> int:
        """Count the records of a key that a topic still has, all of its partition read; 0 without a topic."""

    def close(self) -> None:
        """End the connection."""
