"""Poison records: which records of a batch a stage fails at, whose fault that is, and their rejection. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version

from schemas.errors import Fatal, PipelineError, Reason, Rejected
from schemas.records.kafka_record import Record
from schemas.records.rejection import Origin, rejection
from schemas.topics import REJECTED_REPORTS, agency_of
from streams.stage import Output, Refusal, Result, Stage

AGENCIES_OF_A_FAULT = 3
"""A stage that fails at every record of this many agencies is at fault itself."""
CODE_VERSION = version("interagency")

Run = Callable[[Sequence[Record]], object]
"""Processes records as a stage does, and raises where it fails."""


def origin(stage: Stage, record: Record) -> Origin:
    """Return which agency a record is from, as far as `stage` can trace it; never raises."""
    try:
        return Origin(*stage.trace(record))
    # Whatever makes a stage refuse a record may keep its origin from being read as well.
    except Exception:
        return Origin(agency_of(record.topic), None)


def rejected(stage: Stage, record: Record, refusal: Refusal, now: int, bare: bool = False) -> Output:
    """Return the rejection of an input, byte for byte as it arrived; see `rejection` for `bare`.

    `now` is in UTC milliseconds.
    """
    written = rejection(record, refusal.why, stage.name, origin(stage, record), now, CODE_VERSION, bare)
    return Output(REJECTED_REPORTS.name, written.partition, written.key, written.value, refusal.cause)


def without(
    result_of: Callable[[Sequence[Record]], Result], records: Sequence[Record], bad: dict[int, Rejected]
) -> Result:
    """Run a stage on all records but the `bad` ones, which are refused; causes are places in `records`."""
    if not bad:
        return result_of(records)
    kept = [cause for cause in range(len(records)) if cause not in bad]
    result = result_of([records[cause] for cause in kept]) if kept else Result()
    return Result(
        [replace(output, cause=kept[output.cause]) for output in result.outputs],
        [replace(refusal, cause=kept[refusal.cause]) for refusal in result.refusals]
        + [Refusal(cause, why) for cause, why in bad.items()],
        result.noticed,
    )


def isolate(run: Run, records: Sequence[Record], stage: str) -> dict[int, Rejected]:
    """Return the records at which `run` fails, by place in `records`; it must fail at all of them together.

    Bisection finds those that fail alone, then those that fail only with others.
    """
    bad = _alone(run, records, range(len(records)))
    left = [at for at in range(len(records)) if at not in bad]
    while left and (error := _failure(run, [records[at] for at in left])) is not None:
        # The shortest prefix that fails ends with the record that fails together with those before it.
        sound, failing = 0, len(left)
        while failing - sound > 1:
            middle = (sound + failing) // 2
            failure = _failure(run, [records[at] for at in left[:middle]])
            sound, failing, error = (middle, failing, error) if failure is None else (sound, middle, failure)
        bad[left.pop(failing - 1)] = error
    why = {at: f"{stage} failed with {type(error).__name__}" for at, error in bad.items()}
    return {at: Rejected(Reason.STAGE_ERROR, "", why[at]) for at in sorted(why)}


def _alone(run: Run, records: Sequence[Record], places: range) -> dict[int, Exception]:
    """Return the records among `places` at which `run` fails on each alone, with the error."""
    error = _failure(run, [records[at] for at in places])
    if error is None:
        return {}
    if len(places) == 1:
        return {places[0]: error}
    middle = len(places) // 2
    return _alone(run, records, places[:middle]) | _alone(run, records, places[middle:])


def _failure(run: Run, records: Sequence[Record]) -> Exception | None:
    try:
        run(records)
    except PipelineError:
        raise
    # Whatever a record makes a stage raise must cost that record alone, with the error type as the reason.
    except Exception as exc:
        return exc
    return None


class FailureJudge:
    """Judges whether failures are the stage's own fault: those at one agency's records, however many, never are."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._agencies: set[str] = set()

    def judge(self, records: Sequence[Record], bad: dict[int, Rejected]) -> None:
        """Count the failures of a batch, given by their place in `records`.

        Raises: Fatal when records of several agencies fail and none succeeds in between.
        """
        if len(bad) < len(records):
            self._agencies.clear()
            return
        owners = (origin(self._stage, records[at]).agency_id or repr(records[at].key) for at in bad)
        self._agencies.update(owners)
        if len(self._agencies) >= AGENCIES_OF_A_FAULT:
            raise Fatal(f"{self._stage.name} fails at every record of {len(self._agencies)} agencies: its own fault")
