"""Runs a stage on records, slice by slice, and delivers what comes of each: the one place where records meet a stage.

Every record ends in exactly one of: its outputs delivered, a rejected record delivered, or nothing to do. Trouble of
the infrastructure is raised and rejects no record; a record at which the stage fails is found and rejected alone.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import Fatal, PipelineError, Reason, Rejected
from schemas.records.kafka_record import Record
from schemas.runtime.telemetry import logger
from streams.stage import Changes, NoState, Output, Result, Stage, State, Store, Written
from streams.worker.attempt import Attempts
from streams.worker.delivery import Delivery, Offsets, SendRefused
from streams.worker.pace import Pace
from streams.worker.poison_records import Failing, isolate, rejected, without

log = logger("streams.worker.stage_runner")


@dataclass(slots=True)
class Counts:
    """What this process did, for its figures."""

    records: int = 0
    outputs: int = 0
    refused: int = 0
    batches: int = 0
    noticed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a stage made of a slice: its result, and what of it goes into its state."""

    result: Result
    written: Sequence[Written]
    changes: Changes


class StageRunner:
    """Runs `stage`; `directory` is this worker's own, `clock` gives seconds."""

    def __init__(self, stage: Stage, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.stage, self.counts, self._clock = stage, Counts(), clock
        self._pace, self._failing = Pace(), Failing(stage)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._attempts = Attempts(directory / "in-hand.json")

    def slices(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Yield `records` in slices for `deliver`, each as large as the last ones let it be."""
        return self._attempts.slices(records, self._pace)

    async def deliver(
        self,
        records: Sequence[Record],
        delivery: Delivery,
        store: Store | None,
        consumed: Offsets,
        now: int,
        group: str = "",
    ) -> None:
        """Run the stage on a slice and return when all that comes of it is safe. `now` is in UTC milliseconds.

        Raises: Transient; Fenced; Fatal when the fault is the stage's own.
        """
        state: State = store or NoState()
        bad = {at: Rejected(Reason.BAD_FRAME, "", one.damage) for at, one in enumerate(records) if one.damage}
        bad |= self._attempts.given_up(records)
        bare = set[int]()
        while True:
            made = self._run(records, state, now, bad)
            refusals = [rejected(self.stage, records[r.cause], r, now, r.cause in bare) for r in made.result.refusals]
            try:
                positions = await delivery.deliver([*made.result.outputs, *refusals], consumed, group)
                break
            except SendRefused as exc:
                if exc.causes and exc.causes <= bare:
                    raise Fatal("the broker refuses a rejected record: its topic takes next to nothing") from exc
                bare |= exc.causes & {refusal.cause for refusal in made.result.refusals}
                bad |= dict.fromkeys(exc.causes - bare, _TOO_LARGE)
                await delivery.start()
        if store is not None and self.stage.state is not None:
            store.write(made.changes, positions, erasing=self.stage.state.erases(made.written))
            self.stage.state.follow(made.written, made.changes, store)
        self._count(made.result, refusals)

    def _run(self, records: Sequence[Record], state: State, now: int, bad: dict[int, Rejected]) -> _Made:
        """Run the stage on all records but the `bad` ones, to which those are added at which it fails."""

        def process(some: Sequence[Record]) -> Result:
            return self.stage.process(some, state, now)

        def make(some: Sequence[Record]) -> _Made:
            return self._made(process(some), state)

        began = self._clock()
        with self._attempts.in_hand(records):
            try:
                made = self._made(without(process, records, bad), state)
            except PipelineError:
                raise
            # Which record it was is found out by `isolate`.
            except Exception as exc:
                log.error("stage_failed", stage=self.stage.name, error=type(exc).__name__, exc_info=True)
                sound = [at for at in range(len(records)) if at not in bad]
                found = isolate(make, [records[at] for at in sound], self.stage.name)
                bad |= {sound[at]: why for at, why in found.items()}
                if not self._attempts.suspected(records):
                    self._failing.judge(records, bad)
                made = self._made(without(process, records, bad), state)
        self._pace.took(len(records), self._clock() - began)
        return made

    def _made(self, result: Result, state: State) -> _Made:
        """Work out what goes into the state before anything is sent: what cannot be kept is not written."""
        if self.stage.state is None:
            return _Made(result, (), {})
        written = [(output.made, output.value) for output in result.outputs if output.made is not None]
        return _Made(result, written, self.stage.state.materialize(written, state))

    def _count(self, result: Result, refusals: Sequence[Output]) -> None:
        self.counts.outputs += len(result.outputs)
        self.counts.refused += len(refusals)
        self.counts.noticed += result.noticed
        if refusals:
            reasons = sorted({str(refusal.why.reason) for refusal in result.refusals})
            log.warning("records_rejected", stage=self.stage.name, count=len(refusals), reasons=reasons)


_TOO_LARGE = Rejected(Reason.SEND_REFUSED, "", "the broker refuses it as too large")


def reached(records: Sequence[Record]) -> Mapping[tuple[str, int], int]:
    """Return, for each (topic, partition), the offset after the last of these records."""
    return {(one.topic, one.partition): one.offset + 1 for one in records}
