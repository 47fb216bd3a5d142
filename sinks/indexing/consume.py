"""The sink's loop: poll, index, and only then commit.

A batch is done when each of its records is indexed, stale, or delivered to `rejected-reports`. Several batches are in
flight at once; their offsets are committed in the order in which they were polled, so that nothing is committed past an
unfinished record. Repeating a batch is harmless: document versions are external.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from schemas.records.rejection import KafkaRecord
from schemas.runtime import telemetry
from sinks.index.operations import bulks, newest_revisions
from sinks.indexing.decode import decode_batch, index_refusal
from sinks.indexing.rejected import STAGE, Refusal
from sinks.indexing.stats import IndexMetrics
from sinks.indexing.writer import Writer

POLL_S = 0.5
# While a batch is in flight the next one grows up to this many records: a bulk costs by the indices it writes to, and
# several small ones at once keep each other waiting (measured: 4 s instead of 1 s each).
LARGE_BATCH = 1000
GROW_S = 0.05
SETTLE_PAUSE_S = 0.02
LONGEST_WAIT_S = 1.0
REVOKE_S = 5.0
DRAIN_S = 15.0
KEEP_ALIVE_S = 5.0
_log = telemetry.logger(__name__)


class Source(Protocol):
    """Where records come from; `epoch` rises whenever partitions are revoked."""

    epoch: int

    async def poll(self, seconds: float) -> dict[int, list[KafkaRecord]]:
        """Return partition -> records of the assigned partitions, waiting up to `seconds`. Raises: Transient."""
        ...

    async def keep_alive(self) -> None:
        """Keep the group membership while no records are polled."""
        ...

    async def commit(self, offsets: dict[int, int]) -> bool:
        """Commit partition -> next offset; return False if a partition is no longer assigned. Raises: Transient."""
        ...

    async def positions(self) -> dict[int, int]:
        """Return partition -> offset of the next record to poll, which moves past transaction markers too."""
        ...

    async def ends(self) -> dict[int, int]:
        """Return partition -> offset after the last committed record, from the broker. Raises: Transient."""
        ...


class Rejects(Protocol):
    """Where rejected records go."""

    async def deliver(self, refusals: Sequence[Refusal]) -> None:
        """Return when all are stored in Kafka, however long that takes.

        Raises: the error of a record that Kafka refuses and would refuse again.
        """
        ...


@dataclass(slots=True)
class InFlightBatch:
    """Records that are indexed together; `ends`: partition -> offset after the last of them."""

    epoch: int
    records: list[KafkaRecord]
    ends: dict[int, int]
    done: bool = False


class Consumer:
    """Indexes the records of `source` until stopped; `bulks_done` counts bulks. `generation` is that of its topic."""

    def __init__(
        self,
        source: Source,
        rejects: Rejects,
        writer: Writer,
        metrics: IndexMetrics,
        generation: int,
        in_flight: int,
    ) -> None:
        self._source, self._rejects, self._writer = source, rejects, writer
        self._metrics, self._generation, self._in_flight = metrics, generation, in_flight
        self._batches: deque[InFlightBatch] = deque()
        self._taken = 0
        self.bulks_done = 0
        self._due: dict[int, int] = {}
        self.committed: dict[int, int] = {}
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._committing = asyncio.Lock()

    def stop(self) -> None:
        """Poll no more records; `run` ends when the batches in flight are done, or after DRAIN_S seconds."""
        self._stopping.set()

    @property
    def in_flight(self) -> int:
        """Return the number of batches that are not done."""
        return sum(not batch.done for batch in self._batches)

    async def run(self) -> None:
        """Index until `stop`. Raises: an ExceptionGroup of the errors that ended it otherwise."""
        async with asyncio.TaskGroup() as group:
            settling = group.create_task(self._commit_regularly())
            tasks = await self._poll_until_stopped(group)
            if tasks:
                await asyncio.wait(tasks, timeout=DRAIN_S)
            for task in (*tasks, settling):
                task.cancel()
        await self._commit()

    async def _poll_until_stopped(self, group: asyncio.TaskGroup) -> set[asyncio.Task[None]]:
        tasks: set[asyncio.Task[None]] = set()
        growing: InFlightBatch | None = None
        while not self._stopping.is_set():
            tasks = {task for task in tasks if not task.done()}
            if len(tasks) >= self._in_flight:
                await self._wait_for_capacity(tasks)
                continue
            # Nothing may be awaited between polling records and noting them: a revocation waits for noted batches.
            lists = await self._source.poll(POLL_S if growing is None else GROW_S)
            for batch in self._note_batch(lists, growing):
                alone = all(task.done() for task in tasks)
                if alone or len(batch.records) >= LARGE_BATCH or batch.epoch != self._source.epoch:
                    tasks.add(group.create_task(self._index_batch(batch)))
                    growing = None
                else:
                    growing = batch
            await asyncio.sleep(0)
        if growing is not None:
            tasks.add(group.create_task(self._index_batch(growing)))
        return tasks

    def _note_batch(self, lists: dict[int, list[KafkaRecord]], growing: InFlightBatch | None) -> list[InFlightBatch]:
        """Add polled records to the growing batch, or to a new one after an epoch; return the batches not yet begun."""
        records = [record for some in lists.values() for record in some]
        ends = {partition: some[-1].offset + 1 for partition, some in lists.items() if some}
        if growing is not None and growing.epoch == self._source.epoch:
            growing.records += records
            growing.ends |= ends
            self._taken += bool(records)
            return [growing]
        if not records:
            return [] if growing is None else [growing]
        batch = InFlightBatch(self._source.epoch, records, ends)
        self._batches.append(batch)
        self._taken += 1
        return [batch] if growing is None else [growing, batch]

    async def _wait_for_capacity(self, tasks: set[asyncio.Task[None]]) -> None:
        landed, _ = await asyncio.wait(tasks, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
        if not landed:
            await self._source.keep_alive()

    async def _index_batch(self, batch: InFlightBatch) -> None:
        entries, refusals = decode_batch(batch.records, self._generation)
        indexed = 0
        for bulk in bulks(newest_revisions(entries)):
            written = await self._writer.write(bulk)
            self.bulks_done += 1
            indexed += len(written.indexed)
            refusals += [index_refusal(rejected, error, batch.records) for rejected, error in written.refused]
        if refusals:
            await self._rejects.deliver(refusals)
            reasons = Counter(refusal.why.reason.value for refusal in refusals)
            _log.warning("records_rejected", stage=STAGE, count=len(refusals), reasons=dict(reasons))
        self._metrics.indexed += indexed
        self._metrics.rejected += len(refusals)
        self._metrics.stale += len(batch.records) - indexed - len(refusals)
        batch.records = []
        batch.done = True
        self._changed.set()

    async def _commit_regularly(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT_S):
                    await self._changed.wait()
            self._changed.clear()
            await self._commit()
            await asyncio.sleep(SETTLE_PAUSE_S)

    async def _commit(self) -> None:
        async with self._committing:
            while self._batches and self._batches[0].done:
                batch = self._batches.popleft()
                if batch.epoch == self._source.epoch:
                    self._due.update(batch.ends)
            if not self._batches:
                await self._pass_markers()
            offsets, self._due = self._due, {}
            news = {p: offset for p, offset in offsets.items() if self.committed.get(p) != offset}
            if not news:
                return
            if await self._source.commit(news):
                self.committed.update(news)
            else:
                # The worker that has the partitions now polls the same records again.
                _log.info("commit_skipped", partitions=sorted(news))

    async def _pass_markers(self) -> None:
        """Commit the positions, with nothing in flight: they are past the markers of finished transactions."""
        before = (self._taken, self._source.epoch)
        positions = await self._source.positions()
        if before == (self._taken, self._source.epoch):
            self._due.update(positions)

    async def release(self) -> None:
        """Wait REVOKE_S seconds at most for the batches in flight and commit them, before partitions are revoked."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REVOKE_S):
                while self.in_flight:
                    self._changed.clear()
                    await self._changed.wait()
                await self._commit()
        self._due.clear()
        self.committed.clear()
