"""Write entries to the index until each of them is indexed, stale or rejected for good.

Trouble is never a reason to reject: the write is retried, with pauses that grow up to a bound, until it succeeds or the
process ends. Meanwhile nothing is kept but the entries themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.errors import Denied, Transient
from schemas.runtime import telemetry
from schemas.runtime.backoff import pause_s
from sinks.index.names import IndexName, parse
from sinks.index.operations import Entry
from sinks.index.port import DONE, INDEX_MISSING, Answer, Index, Outcome

_log = telemetry.logger(__name__)


@dataclass(slots=True)
class Written:
    """The outcome of a write: `refused` entries with the index's error type."""

    indexed: list[Entry] = field(default_factory=list)
    stale: int = 0
    refused: list[tuple[Entry, str]] = field(default_factory=list)


class Indices(Protocol):
    """What creates indices, each once."""

    async def ensure(self, name: IndexName) -> None:
        """Return when the index exists. Raises: as `Index.ensure`."""
        ...

    def forget(self, name: str) -> None:
        """Note that an index is missing."""
        ...


class Writer:
    """Writes to `index`, whose indices `indices` creates; several `write` calls may run concurrently."""

    def __init__(
        self, index: Index, indices: Indices, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._index, self._indices, self._sleep = index, indices, sleep
        self._troubled = 0

    @property
    def in_trouble(self) -> bool:
        """Return whether a write is being retried, so that a lack of progress is not this process's fault."""
        return self._troubled > 0

    async def write(self, entries: Sequence[Entry]) -> Written:
        """Write `entries`, one per document, and return when each has an outcome. Raises: Configuration."""
        written = Written()
        left, attempt = list(entries), 0
        try:
            while left:
                left, trouble = self._sort(left, await self._answers(left), written, attempt > 0)
                if trouble is not None:
                    self._troubled += attempt == 0
                    attempt += 1
                    await self._pause(attempt, trouble, len(left))
        finally:
            self._troubled -= attempt > 0
        return written

    async def _answers(self, entries: Sequence[Entry]) -> list[Answer]:
        try:
            await self._ensure(entries)
            return await self._index.bulk([entry.operation for entry in entries])
        except (Transient, Denied) as exc:
            return [Answer(Outcome.TROUBLE, str(exc))] * len(entries)

    async def _ensure(self, entries: Sequence[Entry]) -> None:
        names = [name for name in map(parse, {entry.index for entry in entries}) if name is not None]
        await asyncio.gather(*map(self._indices.ensure, names))

    def _sort(
        self, entries: list[Entry], answers: list[Answer], written: Written, retried: bool
    ) -> tuple[list[Entry], Answer | None]:
        """Sort entries by outcome; return those to write retried and the last trouble."""
        left: list[Entry] = []
        trouble: Answer | None = None
        for entry, answer in zip(entries, answers, strict=True):
            # After a lost response the version in the index may be the one that we wrote.
            if answer is DONE or (retried and answer.outcome is Outcome.STALE):
                written.indexed.append(entry)
            elif answer.outcome is Outcome.STALE:
                written.stale += 1
            elif answer.outcome is Outcome.BAD_RECORD:
                written.refused.append((entry, answer.error))
                if entry.older is not None:
                    left.append(entry.older)
            else:
                left.append(entry)
                trouble = answer
                if answer.error == INDEX_MISSING:
                    self._indices.forget(entry.index)
        return left, trouble

    async def _pause(self, attempt: int, trouble: Answer, documents: int) -> None:
        seconds = pause_s(attempt - 1)
        _log.warning("index_trouble", error=trouble.error, documents=documents, attempt=attempt, seconds=seconds)
        await self._sleep(seconds)
