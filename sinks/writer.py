"""Writes entries into the index until each of them has ended: indexed, stale or refused for ever.

Trouble is never a reason to refuse: it is tried again, with a pause that grows up to a bound, until it works or the
process ends. Nothing is kept meanwhile but the entries themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from schemas import telemetry
from schemas.errors import Denied, Transient
from sinks.backoff import pause_s
from sinks.document import Entry
from sinks.index import DONE, INDEX_MISSING, Answer, Index, Outcome
from sinks.versions import parse

_log = telemetry.logger(__name__)


@dataclass(slots=True)
class Written:
    """What became of entries: `refused` with the index's word for why."""

    indexed: list[Entry] = field(default_factory=list)
    stale: int = 0
    refused: list[tuple[Entry, str]] = field(default_factory=list)


class Writer:
    """Writes to `index`; several `write` may run at once."""

    def __init__(self, index: Index, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._index, self._sleep = index, sleep
        self._ensured: set[str] = set()
        self._waiting = 0

    @property
    def in_trouble(self) -> bool:
        """Tell whether the index answers a write with trouble, so that standing still is not our own fault."""
        return self._waiting > 0

    async def write(self, entries: Sequence[Entry]) -> Written:
        """Write `entries`, one for each document; returns when every one has ended. Raises: Configuration."""
        written = Written()
        left, attempt = list(entries), 0
        while left:
            try:
                await self._ensure(left)
                answers = await self._index.bulk([one.operation for one in left])
            except (Transient, Denied) as exc:
                answers = [Answer(Outcome.TROUBLE, str(exc))] * len(left)
            left, trouble = self._sort(left, answers, written, attempt > 0)
            if trouble is not None:
                await self._wait(attempt, trouble, len(left))
                attempt += 1
        return written

    async def _ensure(self, entries: Sequence[Entry]) -> None:
        for name in {one.index for one in entries} - self._ensured:
            parsed = parse(name)
            assert parsed is not None
            await self._index.ensure(parsed)
            self._ensured.add(name)

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
                    self._ensured.discard(one.index)
        return left, trouble

    async def _wait(self, attempt: int, trouble: Answer, documents: int) -> None:
        seconds = pause_s(attempt)
        _log.warning("index_trouble", error=trouble.error, documents=documents, attempt=attempt + 1, seconds=seconds)
        self._waiting += 1
        try:
            await self._sleep(seconds)
        finally:
            self._waiting -= 1
