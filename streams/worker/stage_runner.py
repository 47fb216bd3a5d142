"""Run a stage on records, slice by slice, and deliver the results: the one place where a stage is run.

Every record ends in exactly one of: its outputs delivered, a rejection delivered, or nothing to do. Infrastructure
faults are raised and reject no record; a record at which the stage fails is isolated and rejected alone.
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
from streams.worker.poison_records import FailureJudge, isolate, rejected, without

log = logger("streams.worker.stage_runner")


@dataclass(slots=True)
class Counts:
    """What this process has done, for its metrics."""

    records: int = 0
    outputs: int = 0
    refused: int = 0
    batches: int = 0
    noticed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The outcome of a slice: the stage's result, and what of it changes the state."""

    result: Result
    written: Sequence[Written]
    changes: Changes


class StageRunner:
    """Runs `stage`; `directory` belongs to this worker alone, `clock` returns seconds."""

    def __init__(self, stage: Stage, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.stage, self.counts, self._clock = stage, Counts(), clock
        self._pace, self._failing = Pace(), FailureJudge(stage)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._attempts = Attempts(directory / "in-hand.json")

    def slices(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Yield `records` in slices for `deliver`, each as large as the time of the last ones allows."""
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
        """Run the stage on a slice and return once the results are safely delivered. `now` is in UTC milliseconds.

        Raises: Transient; Fenced; Fatal when the fault is the stage's own.
        """
        state: State = store or NoState()
        bad = {
            place: Rejected(Reason.BAD_FRAME, "", record.damage)
            for place, record in enumerate(records)
            if record.damage
        }
        bad |= self._attempts.given_up(records)
        bare = set[int]()
        while True:
            outcome = self._run(records, state, now, bad)
            refusals = [
                rejected(self.stage, records[r.cause], r, now, r.cause in bare) for r in outcome.result.refusals
            ]
            try:
                positions = await delivery.deliver([*outcome.result.outputs, *refusals], consumed, group)
                break
            except SendRefused as exc:
                if exc.causes and exc.causes <= bare:
                    raise Fatal("the broker refuses even a rejection without its record") from exc
                bare |= exc.causes & {refusal.cause for refusal in outcome.result.refusals}
                bad |= dict.fromkeys(exc.causes - bare, _TOO_LARGE)
                await delivery.start()
        if store is not None and self.stage.state is not None:
            store.write(outcome.changes, positions, erasing=self.stage.state.erases(outcome.written))
            self.stage.state.follow(outcome.written, outcome.changes, store)
        self._count(outcome.result, refusals)

    def _run(self, records: Sequence[Record], state: State, now: int, bad: dict[int, Rejected]) -> _Outcome:
        """Run the stage on all records but the `bad` ones, and add to those the records at which it fails."""

        def process(some: Sequence[Record]) -> Result:
            return self.stage.process(some, state, now)

        def outcome_of(some: Sequence[Record]) -> _Outcome:
            return self._outcome(process(some), state)

        began = self._clock()
        with self._attempts.in_flight(records):
            try:
                outcome = self._outcome(without(process, records, bad), state)
            except PipelineError:
                raise
            # `isolate` finds out which record it was.
            except Exception as exc:
                log.error("stage_failed", stage=self.stage.name, error=type(exc).__name__, exc_info=True)
                sound = [at for at in range(len(records)) if at not in bad]
                failed = isolate(outcome_of, [records[at] for at in sound], self.stage.name)
                bad |= {sound[at]: why for at, why in failed.items()}
                if not self._attempts.suspected(records):
                    self._failing.judge(records, bad)
                outcome = self._outcome(without(process, records, bad), state)
        self._pace.took(len(records), self._clock() - began)
        return outcome

    def _outcome(self, result: Result, state: State) -> _Outcome:
        """Compute the state changes before anything is sent: what cannot be kept is not written either."""
        if self.stage.state is None:
            return _Outcome(result, (), {})
        written = [(output.decoded, output.value) for output in result.outputs if output.decoded is not None]
        return _Outcome(result, written, self.stage.state.materialize(written, state))

    def _count(self, result: Result, refusals: Sequence[Output]) -> None:
        self.counts.outputs += len(result.outputs)
        self.counts.refused += len(refusals)
        self.counts.noticed += result.noticed
        if refusals:
            reasons = sorted({str(refusal.why.reason) for refusal in result.refusals})
            log.warning("records_rejected", stage=self.stage.name, count=len(refusals), reasons=reasons)


_TOO_LARGE = Rejected(Reason.SEND_REFUSED, "", "the broker refuses the record as too large")


def reached(records: Sequence[Record]) -> Mapping[tuple[str, int], int]:
    """Return, for each (topic, partition), the offset after the last of these records."""
    return {(record.topic, record.partition): record.offset + 1 for record in records}
