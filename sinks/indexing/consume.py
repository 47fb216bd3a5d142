"""The sink's loop: take, index, and only then commit.

A batch is a flight: it has landed when each of its records is indexed, known to be stale, or delivered to
`rejected-reports`. Up to `in_flight` of them are under way; their offsets are committed in the order in which they
were taken, so that nothing is committed past a record that has not ended. Repeating a flight is harmless: document
versions are external.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from schemas.records.rejection import KafkaRecord
from schemas.runtime import telemetry
from sinks.index.operations import bulks, collapse
from sinks.indexing.decode import read, refused_by_index
from sinks.indexing.rejected import STAGE, Refusal
from sinks.indexing.stats import Figures
from sinks.indexing.writer import Writer

POLL_S = 0.5
# While a batch is under way the next one grows to so many records: a bulk costs by the indices that it writes to, and
# several at once, of a few documents each, keep each other waiting (measured: 4 s instead of 1 for each of them).
LARGE_BATCH = 1000
GROW_S = 0.05
SETTLE_PAUSE_S = 0.02
LONGEST_WAIT_S = 1.0
REVOKE_S = 5.0
DRAIN_S = 15.0
STAY_S = 5.0
_log = telemetry.logger(__name__)


class Source(Protocol):
    """Where records come from; `epoch` rises whenever partitions were given up."""

    epoch: int

    async def poll(self, seconds: float) -> dict[int, list[KafkaRecord]]:
        """Wait up to `seconds` for records of the own partitions. Raises: Transient."""
        ...

    async def stay(self) -> None:
        """Tell the group that this worker lives although it takes no records now."""
        ...

    async def commit(self, offsets: dict[int, int]) -> bool:
        """Commit, partition -> next offset; False when a partition is not ours any more. Raises: Transient."""
        ...

    async def positions(self) -> dict[int, int]:
        """Give partition -> offset of the next record to take: it passes transaction markers, which none shows."""
        ...

    async def ends(self) -> dict[int, int]:
        """Ask the broker for partition -> offset after the last committed record. Raises: Transient."""
        ...


class Rejects(Protocol):
    """Where refused records go."""

    async def deliver(self, refusals: Sequence[Refusal]) -> None:
        """Return when all are safe in Kafka, however long that takes."""
        ...


@dataclass(slots=True)
class Flight:
    """Records taken together; `ends` are partition -> offset after the last of them."""

    epoch: int
    records: list[KafkaRecord]
    ends: dict[int, int]
    landed: bool = False


class Consume:
    """Reads `source` into the index until stopped; `ended` counts bulks. `generation` is the one of its topic."""

    def __init__(
        self,
        source: Source,
        rejects: Rejects,
        writer: Writer,
        figures: Figures,
        generation: int,
        in_flight: int,
    ) -> None:
        self._source, self._rejects, self._writer = source, rejects, writer
        self._figures, self._generation, self._in_flight = figures, generation, in_flight
        self._flights: deque[Flight] = deque()
        self._taken = 0
        self.ended = 0
        self._due: dict[int, int] = {}
        self.committed: dict[int, int] = {}
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._committing = asyncio.Lock()

    def stop(self) -> None:
        """Take no more records; `run` ends when what is under way has landed, or after DRAIN_S seconds."""
        self._stopping.set()

    @property
    def open(self) -> int:
        """How many flights have not landed."""
        return sum(not flight.landed for flight in self._flights)

    async def run(self) -> None:
        """Index until `stop`. Raises: an ExceptionGroup of what ended it otherwise."""
        async with asyncio.TaskGroup() as group:
            settling = group.create_task(self._settle_for_ever())
            flying = await self._poll_until_stopped(group)
            if flying:
                await asyncio.wait(flying, timeout=DRAIN_S)
            for task in (*flying, settling):
                task.cancel()
        await self._commit()

    async def _poll_until_stopped(self, group: asyncio.TaskGroup) -> set[asyncio.Task[None]]:
        flying: set[asyncio.Task[None]] = set()
        growing: Flight | None = None
        while not self._stopping.is_set():
            flying = {task for task in flying if not task.done()}
            if len(flying) >= self._in_flight:
                await self._wait_for_room(flying)
                continue
            # Nothing may be awaited between taking records and noting them: a revocation waits for what is noted.
            lists = await self._source.poll(POLL_S if growing is None else GROW_S)
            for flight in self._noted(lists, growing):
                alone = all(task.done() for task in flying)
                if alone or len(flight.records) >= LARGE_BATCH or flight.epoch != self._source.epoch:
                    flying.add(group.create_task(self._fly(flight)))
                    growing = None
                else:
                    growing = flight
            await asyncio.sleep(0)
        if growing is not None:
            flying.add(group.create_task(self._fly(growing)))
        return flying

    def _noted(self, lists: dict[int, list[KafkaRecord]], growing: Flight | None) -> list[Flight]:
        """Return the flights that have not begun: the growing one with what was taken, or beside it after an epoch."""
        records = [record for some in lists.values() for record in some]
        ends = {partition: some[-1].offset + 1 for partition, some in lists.items() if some}
        if growing is not None and growing.epoch == self._source.epoch:
            growing.records += records
            growing.ends |= ends
            self._taken += bool(records)
            return [growing]
        if not records:
            return [] if growing is None else [growing]
        flight = Flight(self._source.epoch, records, ends)
        self._flights.append(flight)
        self._taken += 1
        return [flight] if growing is None else [growing, flight]

    async def _wait_for_room(self, flying: set[asyncio.Task[None]]) -> None:
        landed, _ = await asyncio.wait(flying, timeout=STAY_S, return_when=asyncio.FIRST_COMPLETED)
        if not landed:
            await self._source.stay()

    async def _fly(self, flight: Flight) -> None:
        entries, refusals = read(flight.records, self._generation)
        indexed = 0
        for bulk in bulks(collapse(entries)):
            written = await self._writer.write(bulk)
            self.ended += 1
            indexed += len(written.indexed)
            refusals += [refused_by_index(one, error, flight.records) for one, error in written.refused]
        if refusals:
            await self._rejects.deliver(refusals)
            reasons = Counter(refusal.why.reason.value for refusal in refusals)
            _log.warning("records_rejected", stage=STAGE, count=len(refusals), reasons=dict(reasons))
        self._figures.indexed += indexed
        self._figures.rejected += len(refusals)
        self._figures.stale += len(flight.records) - indexed - len(refusals)
        flight.records = []
        flight.landed = True
        self._changed.set()

    async def _settle_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT_S):
                    await self._changed.wait()
            self._changed.clear()
            await self._commit()
            await asyncio.sleep(SETTLE_PAUSE_S)

    async def _commit(self) -> None:
        async with self._committing:
            while self._flights and self._flights[0].landed:
                flight = self._flights.popleft()
                if flight.epoch == self._source.epoch:
                    self._due.update(flight.ends)
            if not self._flights:
                await self._pass_markers()
            offsets, self._due = self._due, {}
            news = {p: offset for p, offset in offsets.items() if self.committed.get(p) != offset}
            if not news:
                return
            if await self._source.commit(news):
                self.committed.update(news)
            else:
                # Whoever has the partitions now reads the same records again.
                _log.info("commit_skipped", partitions=sorted(news))

    async def _pass_markers(self) -> None:
        """Nothing is under way: all before the positions has ended, and so have the markers of its transactions."""
        before = (self._taken, self._source.epoch)
        positions = await self._source.positions()
        if before == (self._taken, self._source.epoch):
            self._due.update(positions)

    async def release(self) -> None:
        """Partitions are about to be given up: let what is under way land, REVOKE_S seconds at most, and commit it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REVOKE_S):
                while self.open:
                    self._changed.clear()
                    await self._changed.wait()
                await self._commit()
        self._due.clear()
        self.committed.clear()
