"""Reference data of the stages: the agency registry and the tables of orders, read from their topics."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.records.kafka_record import Record
from schemas.runtime.kafka import read_back
from schemas.runtime.kafka_following import follow
from schemas.runtime.telemetry import logger
from schemas.topics import AGENCIES

CHECK_AGAIN_S = 5.0

log = logger("streams.worker.reference_data")


class AgencyTable:
    """Agency id -> row; `refresh` updates the table before a batch that needs it."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._rows: dict[str, AgencyRow] = {}
        self._position = 0
        self._checked_at: dict[str, float] = {}

    def __call__(self, agency_id: str) -> AgencyRow | None:
        """Return an agency's row; None for an agency that is not in the registry."""
        return self._rows.get(agency_id)

    async def refresh(self, agency_ids: Iterable[str]) -> None:
        """Read what is new in the registry when one of these agencies is not in the table. Raises: Transient."""
        now = time.monotonic()
        missing = [name for name in agency_ids if name not in self._rows]
        if all(now - self._checked_at.get(name, -CHECK_AGAIN_S) < CHECK_AGAIN_S for name in missing):
            return
        self._checked_at.update(dict.fromkeys(missing, now))
        partition = (AGENCIES.name, 0)
        async for records, reached in read_back(self._bootstrap, {partition: self._position}):
            for record in records:
                self.apply(record)
            self._position = reached[partition]

    def apply(self, record: Record) -> None:
        """Apply a row of the registry; skip and log one that cannot be read."""
        row = codec.decode("agency", record.value)
        if isinstance(row, Rejected):
            log.error("agency_row_unreadable", topic=record.topic, offset=record.offset, reason=row.reason)
        else:
            self._rows[row["agency_id"]] = row  # type: ignore[assignment]


class Orders(Protocol):
    """Whatever applies the orders of a topic."""

    def apply_record(self, key: bytes | None, value: bytes | None, offset: int = 0) -> bool:
        """Apply an order; False when it cannot be read."""
        ...


class OrderTable:
    """Applies the orders of a topic; `position` is the next offset to read."""

    def __init__(self, orders: Orders) -> None:
        self._orders, self.position = orders, 0

    def apply(self, record: Record) -> None:
        """Apply an order; skip and log one that cannot be read."""
        if not self._orders.apply_record(record.key, record.value, record.offset):
            log.error("order_unreadable", topic=record.topic, offset=record.offset)
        self.position = record.offset + 1


async def follow_table(bootstrap: str, topic: str, apply: Callable[[Record], None], ready: asyncio.Event) -> None:
    """Apply the records of a topic of one partition forever; set `ready` once those are applied that were there.

    Raises: Transient.
    """
    async for records, whole in follow(bootstrap, topic):
        for record in records:
            apply(record)
        if whole:
            ready.set()
