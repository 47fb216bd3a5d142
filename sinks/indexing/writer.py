"""Writes entries into the index until each of them has ended: indexed, stale or refused for ever.

Trouble is never a reason to refuse: it is tried again, with a pause that grows up to a bound, until it works or the
process ends. Nothing is kept meanwhile but the entries themselves.
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
    """What became of entries: `refused` with the index's word for why."""

    indexed: list[Entry] = field(default_factory=list)
    stale: int = 0
    refused: list[tuple[Entry, str]] = field(default_factory=list)


class Indices(Protocol):
    """What makes indices, each once."""

    async def ensure(self, name: IndexName) -> None:
        """Return when the index is there. Raises: as `Index.ensure`."""
        ...

    def forget(self, name: str) -> None:
        """Note that an index was found missing."""
        ...


class Writer:
    """Writes to `index`, whose indices are made by `indices`; several `write` may run at once."""

    def __init__(
        self, index: Index, indices: Indices, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._index, self._indices, self._sleep = index, indices, sleep
        self._troubled = 0

    @property
    def in_trouble(self) -> bool:
        """Tell whether a write meets trouble, so that standing still is not our own fault."""
        return self._troubled > 0

    async def write(self, entries: Sequence[Entry]) -> Written:
        """Write `entries`, one for each document; returns when every one has ended. Raises: Configuration."""
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
            return await self._index.bulk([one.operation for one in entries])
        except (Transient, Denied) as exc:
            return [Answer(Outcome.TROUBLE, str(exc))] * len(entries)

    async def _ensure(self, entries: Sequence[Entry]) -> None:
        names = [name for name in map(parse, {one.index for one in entries}) if name is not None]
        await asyncio.gather(*map(self._indices.ensure, names))

    def _sort(
        self, entries: list[Entry], answers: list[Answer], written: Written, again: bool
    ) -> tuple[list[Entry], Answer | None]:
        """Give the entries to write again and the last trouble."""
        left: list[Entry] = []
        trouble: Answer | None = None
        for one, answer in zip(entries, answers, strict=True):
            # After a lost answer the version that stands may be the one that we wrote ourselves.
            if answer is DONE or (again and answer.outcome is Outcome.STALE):
                written.indexed.append(one)
            elif answer.outcome is Outcome.STALE:
                written.stale += 1
            elif answer.outcome is Outcome.BAD_RECORD:
                written.refused.append((one, answer.error))
                if one.older is not None:
                    left.append(one.older)
            else:
                left.append(one)
                trouble = answer
                if answer.error == INDEX_MISSING:
                    self._indices.forget(one.index)
        return left, trouble

    async def _pause(self, attempt: int, trouble: Answer, documents: int) -> None:
        seconds = pause_s(attempt - 1)
        _log.warning("index_trouble", error=trouble.error, documents=documents, attempt=attempt, seconds=seconds)
        await self._sleep(seconds)
