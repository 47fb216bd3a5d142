"""The worker of one stage: takes lists from the lane, runs the stage, delivers, then acknowledges.

Every record ends in exactly one of: its outputs delivered, a rejected record delivered, or nothing to do; only then is
it acknowledged. Trouble of the infrastructure ends the process, which reads the same records again when restarted; it
never rejects a record. A record at which a stage fails is found and rejected alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from schemas import wire
from schemas.errors import Fatal, PipelineError, Reason, Rejected
from schemas.records import RejectedReport
from schemas.telemetry import logger
from schemas.topics import REJECTED_REPORTS, spread
from streams.broker import Delivery, Fenced, PlainDelivery, SendRefused, TransactionalDelivery, as_record, read_back
from streams.lane import Lane, List
from streams.stage import Output, Record, Refusal, Result, Stage, State
from streams.store import PartitionStore

BATCH_RECORDS = 2000
GROW_S = 0.02
STAGE_ERRORS_AT_ONCE = 50
FENCED_PAUSE_S = 4.0
"""Longer than the interval of heartbeats, 3 s."""

log = logger("streams.worker")


class _NoState:
    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [None] * len(keys)


@dataclass(slots=True)
class Owned:
    """A partition that this worker owns: where its outputs go, and its state."""

    delivery: Delivery
    store: PartitionStore | None


@dataclass(slots=True)
class Counts:
    """What this process did, for its figures."""

    records: int = 0
    outputs: int = 0
    refused: int = 0
    batches: int = 0


def rejected(stage: Stage, record: Record, refusal: Refusal, now: int) -> Output:
    """Make the rejected record of an input: byte for byte as it came, and why."""
    agency_id, source = stage.trace(record)
    made: RejectedReport = {
        "stage": stage.name,
        "reason": refusal.why.reason,
        "field": refusal.why.field,
        "detail": refusal.why.detail,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "agency_id": agency_id,
        "source": source,
        "schema_id": wire.schema_id(record.value),
        "key": record.key,
        "value": record.value,
        "headers": [{"key": key, "value": value} for key, value in record.headers],
        "rejected_at": now,
        "code_version": version("interagency"),
    }
    key = f"{record.topic}/{record.partition}/{record.offset}/{stage.name}".encode()
    target = spread(agency_id or record.topic, REJECTED_REPORTS)
    return Output(REJECTED_REPORTS.name, target, key, wire.encode("rejected_report", made), refusal.cause)


def without(
    result_of: Callable[[Sequence[Record]], Result], records: Sequence[Record], bad: dict[int, Rejected]
) -> Result:
    """Run a stage on all records but the `bad` ones, which are refused; causes are places in `records`."""
    kept = [cause for cause in range(len(records)) if cause not in bad]
    result = result_of([records[cause] for cause in kept])
    return Result(
        [replace(output, cause=kept[output.cause]) for output in result.outputs],
        [replace(refusal, cause=kept[refusal.cause]) for refusal in result.refusals]
        + [Refusal(cause, why) for cause, why in bad.items()],
    )


def isolate(stage: Stage, records: Sequence[Record], state: State, now: int) -> dict[int, Rejected]:
    """Find the records at which the stage fails, by running it on each alone.

    Raises: Fatal when so many fail, or none alone, that the fault is the stage's and not the records'.
    """
    bad: dict[int, Rejected] = {}
    for cause, record in enumerate(records):
        try:
            stage.process([record], state, now)
        except PipelineError:
            raise
        # Whatever a record makes a stage raise must cost that record alone, with the type of the error as reason.
        except Exception as exc:
            bad[cause] = Rejected(Reason.STAGE_ERROR, "", f"{stage.name} failed with {type(exc).__name__}")
    if not bad or len(bad) > STAGE_ERRORS_AT_ONCE:
        raise Fatal(f"{stage.name} fails at {len(bad)} of {len(records)} records alone: not the records' fault")
    return bad


class Worker:
    """Runs one stage on what the lane gives it.

    `prepare` is awaited with the records of a batch before the stage sees them.
    """

    def __init__(
        self,
        stage: Stage,
        bootstrap: str,
        group: str,
        state_dir: Path,
        prepare: Callable[[Sequence[Record]], Awaitable[None]] | None = None,
    ) -> None:
        self.stage, self.counts = stage, Counts()
        self.moved_at = time.monotonic()
        self._bootstrap, self._group, self._state_dir, self._prepare = bootstrap, group, state_dir, prepare
        self._owned: dict[int, Owned] = {}
        self._epoch = -1

    async def work(self, lane: Lane) -> None:
        """Take and settle batches until cancelled; an error leaves what was taken unacknowledged."""
        while True:
            await self._settle_all(lane, await self._gather(lane))

    async def _gather(self, lane: Lane) -> list[List]:
        """Wait for a list, then a moment for the batch to grow: small batches cost several times the CPU."""
        lists = [await lane.take()]
        for pause in (GROW_S, 0):
            while sum(len(entry.records) for entry in lists) < BATCH_RECORDS:
                more = lane.take_ready()
                if more is None:
                    break
                lists.append(more)
            else:
                break
            await asyncio.sleep(pause)
        return lists

    async def _settle_all(self, lane: Lane, lists: list[List]) -> None:
        groups: dict[int, list[List]] = {}
        for entry in lists:
            # Only a stage with state cares which partition a record is of.
            groups.setdefault(entry.span.partition.partition if self.stage.state else 0, []).append(entry)
        for partition, group in groups.items():
            await self._settle(lane, partition, group)

    async def _settle(self, lane: Lane, partition: int, lists: list[List]) -> None:
        if self._epoch != lists[0].epoch:
            await self._disown()
            self._epoch = lists[0].epoch
        owned = self._owned.get(partition) or await self._own(partition)
        records = [as_record(record) for entry in lists for record in entry.records]
        if self._prepare is not None:
            await self._prepare(records)
        if not all(lane.current(entry) for entry in lists):
            lane.drop(lists)
            return
        consumed = {(entry.span.partition.topic, entry.span.partition.partition): entry.span.end for entry in lists}
        try:
            await self._deliver(owned, records, consumed)
        except Fenced:
            # Another worker has this partition; the group tells us so within a heartbeat. If it does not, it is ours.
            log.warning("partition_fenced", stage=self.stage.name, partition=partition)
            await self._disown()
            lane.drop(lists)
            await asyncio.sleep(FENCED_PAUSE_S)
            lane.read_again()
            return
        lane.done(lists)
        self.counts.records += len(records)
        self.counts.batches += 1
        self.moved_at = time.monotonic()

    async def _deliver(self, owned: Owned, records: list[Record], consumed: dict[tuple[str, int], int]) -> None:
        now = int(time.time() * 1000)
        state: State = owned.store or _NoState()
        bad: dict[int, Rejected] = {}
        while True:
            result = self._run(records, state, now, bad)
            refusals = [rejected(self.stage, records[r.cause], r, now) for r in result.refusals]
            try:
                positions = await owned.delivery.deliver([*result.outputs, *refusals], consumed)
                break
            except SendRefused as exc:
                if exc.causes and exc.causes <= bad.keys():
                    raise Fatal("the broker refuses a rejected record: its topic takes too little") from exc
                bad |= {
                    cause: Rejected(Reason.SEND_REFUSED, "", "the broker refuses it as too large")
                    for cause in exc.causes
                }
                await owned.delivery.start()
        if owned.store is not None and self.stage.state is not None:
            made = [(output.made, output.value) for output in result.outputs if output.made is not None]
            owned.store.write(self.stage.state.materialize(made, state), positions)
        self.counts.outputs += len(result.outputs)
        self.counts.refused += len(refusals)
        if refusals:
            reasons = sorted({str(refusal.why.reason) for refusal in result.refusals})
            log.warning("records_rejected", stage=self.stage.name, count=len(refusals), reasons=reasons)

    def _run(self, records: list[Record], state: State, now: int, bad: dict[int, Rejected]) -> Result:
        def result_of(some: Sequence[Record]) -> Result:
            return self.stage.process(some, state, now)

        try:
            return without(result_of, records, bad)
        except PipelineError:
            raise
        # Which record it was is found out by `isolate`.
        except Exception as exc:
            log.error("stage_failed", stage=self.stage.name, error=type(exc).__name__, exc_info=True)
            bad |= isolate(self.stage, records, state, now)
            return without(result_of, records, bad)

    async def _own(self, partition: int) -> Owned:
        """Take a partition over: fence its former owner first, then read its state back, so that nothing is missed."""
        kept = self.stage.state
        if kept is None:
            owned = Owned(PlainDelivery(self._bootstrap), None)
            await owned.delivery.start()
        else:
            name = f"{self._group}-{partition}"
            delivery = TransactionalDelivery(self._bootstrap, self._group, name, kept.topic)
            await delivery.start()
            owned = Owned(delivery, await self._caught_up(partition))
        self._owned[partition] = owned
        return owned

    async def _caught_up(self, partition: int) -> PartitionStore:
        kept = self.stage.state
        assert kept is not None
        began, count = time.monotonic(), 0
        store = PartitionStore(self._state_dir / f"{kept.topic}-{partition}")
        positions = store.positions()
        start = {(kept.topic, target): positions.get(target, 0) for target in kept.partitions(partition)}
        async for records, reached in read_back(self._bootstrap, start):
            read = [(wire.trusted(kept.schema, record.value or b""), record.value or b"") for record in records]
            mine = [written for written in read if kept.belongs(written[0], partition)]
            store.write(kept.materialize(mine, store), {target: offset for (_, target), offset in reached.items()})
            count += len(mine)
            self.moved_at = time.monotonic()
        seconds = round(time.monotonic() - began, 2)
        log.info("state_ready", stage=self.stage.name, partition=partition, records=count, seconds=seconds)
        return store

    async def _disown(self) -> None:
        for owned in self._owned.values():
            if owned.store is not None:
                owned.store.close()
            await owned.delivery.stop()
        self._owned.clear()
