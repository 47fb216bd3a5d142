"""What the use cases of readers need from outside: topics, orders and a clock, each handed in by the caller."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.records.kafka_record import Record

Clock = Callable[[], int]
"""Returns the time, UTC milliseconds."""
OrdersReader = Callable[[], Awaitable[tuple[AgreementRegister, ReportOrderRegister]]]
"""Returns the current orders on agreements and vettings, and on reports. Raises: Transient."""


class Topics(Protocol):
    """Topics read whole, and single records written. Each wait is bounded; every method may raise Transient, Denied."""

    async def names(self) -> set[str]:
        """Return the names of all topics."""
        ...

    def records(self, topic: str) -> AsyncIterator[Record]:
        """Yield every committed record of a topic up to its present end; none without the topic."""
        ...

    async def newest(self, topic: str) -> dict[bytes, bytes | None]:
        """Return key -> newest value of a small topic, None where it was deleted; {} without the topic."""
        ...

    async def count(self, topic: str, key: bytes) -> int:
        """Return how many records of a key a topic still has; 0 without the topic."""
        ...

    async def last(self, topic: str) -> Record | None:
        """Return the last record of the one partition of a topic; None where it is empty."""
        ...

    async def write(self, topic: str, key: bytes, value: bytes, at: int) -> None:
        """Write one record of UTC milliseconds `at`, and return when Kafka has it."""
        ...

    async def close(self) -> None:
        """End the connection, giving up what is not acknowledged."""
        ...
