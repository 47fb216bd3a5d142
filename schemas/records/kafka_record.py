"""A Kafka record as a consumer read it."""

from collections.abc import Sequence
from typing import NamedTuple


class Record(NamedTuple):
    """A Kafka record; `timestamp` is Kafka's own, in UTC milliseconds.

    `damage` is the reason why it could not be read completely; such a record is rejected by its position, unprocessed.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    damage: str = ""
