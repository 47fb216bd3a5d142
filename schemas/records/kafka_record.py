"""A record of a Kafka topic as it was read."""

from collections.abc import Sequence
from typing import NamedTuple


class Record(NamedTuple):
    """A record as it came: offsets as Kafka gives them, `timestamp` its time in Kafka in UTC milliseconds.

    `damage` says why it could not be read whole; no stage sees such a record, it is refused by its position.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    damage: str = ""
