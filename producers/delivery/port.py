"""What publishing needs of Kafka, as ports: `kafka/` is real, `memory.py` the fake; both pass the same tests."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from schemas.errors import PipelineError, Rejected

Offsets = dict[tuple[str, int], int]
"""(topic, partition) -> offset."""


class TooLarge(Exception):
    """The record is larger than Kafka takes."""


class Receipt(Protocol):
    """What became of one record: `exception` is meaningful once `is_done`; None then means acknowledged."""

    @property
    def is_done(self) -> bool:
        """Return whether the record was acknowledged or has failed."""

    @property
    def exception(self) -> BaseException | None:
        """Return why the record failed."""


class RecordProducer(Protocol):
    """Send records to Kafka. `send` neither waits for an acknowledgement nor raises because of a record."""

    def send(self, topic: str, key: bytes, value: bytes | None, timestamp_ms: int | None = None) -> Receipt:
        """Send one record, stamped `timestamp_ms` (UTC); block only until the topic is known, within the timeout."""

    def wait(self, receipt: Receipt, seconds: float) -> bool:
        """Wait at most `seconds` for the receipt; return whether it is done."""

    def classify(self, exception: BaseException) -> Rejected | PipelineError:
        """Return a rejection if the record itself is at fault, else why Kafka could not take it."""

    def close(self, seconds: float) -> None:
        """Abandon what is not acknowledged within `seconds`; every receipt is done afterwards."""


class TopicAdmin(Protocol):
    """Create topics and read small ones. Every call may block up to the timeout, and raises Transient or Denied."""

    def topic_names(self) -> set[str]:
        """Return the names of all topics."""

    def create_topics(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> set[str]:
        """Create the topics, name -> (number of partitions, settings), that do not exist; return the new names."""

    def end_offsets(self, topics: Iterable[str]) -> Offsets:
        """Return the offset after the last record, transaction markers included, of each partition."""

    def beginning_offsets(self, topics: Iterable[str]) -> Offsets:
        """Return the first offset of each partition."""

    def read_compacted(self, topic: str) -> dict[bytes, bytes | None]:
        """Return key -> newest value up to the present end, None where deleted; {} where there is no such topic."""

    def count_keyed(self, topic: str, key: bytes) -> int:
        """Count the records of a key that the topic still holds; reads the whole partition; 0 without a topic."""

    def close(self) -> None:
        """Close the connection."""
