"""What the stages look up: the agency registry and the orders on agreements, read from their topics."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.records.kafka_record import Record
from schemas.runtime.kafka import follow, read_back
from schemas.runtime.telemetry import logger
from schemas.topics import AGENCIES

ASK_AGAIN_S = 5.0

log = logger("streams.worker.reference_data")


class AgencyTable:
    """Agency id -> row; `known` brings the table up to date before a batch that needs it."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._rows: dict[str, AgencyRow] = {}
        self._position = 0
        self._asked: dict[str, float] = {}

    def __call__(self, agency_id: str) -> AgencyRow | None:
        """Look a row up; None for an agency that is not in the registry."""
        return self._rows.get(agency_id)

    async def known(self, agency_ids: Iterable[str]) -> None:
        """Read what is new in the registry when one of these is not in the table; raises Transient."""
        now = time.monotonic()
        missing = [name for name in agency_ids if name not in self._rows]
        if all(now - self._asked.get(name, -ASK_AGAIN_S) < ASK_AGAIN_S for name in missing):
            return
        self._asked.update(dict.fromkeys(missing, now))
        partition = (AGENCIES.name, 0)
        async for records, reached in read_back(self._bootstrap, {partition: self._position}):
            for record in records:
                self.learn(record)
            self._position = reached[partition]

    def learn(self, record: Record) -> None:
        """Take a row in; one that cannot be read is left out."""
        row = codec.decode("agency", record.value)
        if isinstance(row, Rejected):
            log.error("agency_row_unreadable", topic=record.topic, offset=record.offset, reason=row.reason)
        else:
            self._rows[row["agency_id"]] = row  # type: ignore[assignment]


class Orderly(Protocol):
    """What takes in the orders of a topic."""

    def apply_record(self, key: bytes | None, value: bytes | None, offset: int = 0) -> bool:
        """Let a record stand; False where it cannot be read."""
        ...


class Ordered:
    """Follows the orders of a topic; `position` is the next offset of it."""

    def __init__(self, orders: Orderly) -> None:
        self._orders, self.position = orders, 0

    def learn(self, record: Record) -> None:
        """Take an order in."""
        if not self._orders.apply_record(record.key, record.value, record.offset):
            log.error("order_unreadable", topic=record.topic, offset=record.offset)
        self.position = record.offset + 1


async def keep(bootstrap: str, topic: str, learn: Callable[[Record], None], known: asyncio.Event) -> None:
    """Take in the one partition of `topic` for ever; `known` is set once what was there is in. Raises: Transient."""
    async for records, whole in follow(bootstrap, topic):
        for record in records:
            learn(record)
        if whole:
            known.set()
