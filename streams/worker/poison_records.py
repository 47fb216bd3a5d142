"""Which records of a batch a stage fails at, whose fault that is, and the rejected record that is made of each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version

from schemas.errors import Fatal, PipelineError, Reason, Rejected
from schemas.records.kafka_record import Record
from schemas.records.rejection import Origin, rejection
from schemas.topics import REJECTED_REPORTS, agency_of
from streams.stage import Output, Refusal, Result, Stage

AGENCIES_OF_A_FAULT = 3
"""A stage that fails at every record, of so many agencies, is at fault itself."""
CODE_VERSION = version("interagency")

Run = Callable[[Sequence[Record]], object]
"""Does with records what a stage does with them, and raises where it fails."""


def origin(stage: Stage, record: Record) -> Origin:
    """Return whose record it is, as far as `stage` can tell; never raises."""
    try:
        return Origin(*stage.trace(record))
    # What makes a stage refuse a record may keep its origin from being read as well.
    except Exception:
        return Origin(agency_of(record.topic), None)


def rejected(stage: Stage, record: Record, refusal: Refusal, now: int, bare: bool = False) -> Output:
    """Return the rejected record of an input: byte for byte as it came, and why. See `rejection` for `bare`."""
    made = rejection(record, refusal.why, stage.name, origin(stage, record), now, CODE_VERSION, bare)
    return Output(REJECTED_REPORTS.name, made.partition, made.key, made.value, refusal.cause)


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
    """Return the records at which `run` fails, by place: by halves, and then those that fail only beside others.

    `run` fails at all of `records` together.
    """
    bad = _alone(run, records, range(len(records)))
    left = [at for at in range(len(records)) if at not in bad]
    while left and (error := _failure(run, [records[at] for at in left])) is not None:
        # The shortest run of records that fails ends with one that the others before it cannot stand beside.
        sound, failing = 0, len(left)
        while failing - sound > 1:
            middle = (sound + failing) // 2
            found = _failure(run, [records[at] for at in left[:middle]])
            sound, failing, error = (middle, failing, error) if found is None else (sound, middle, found)
        bad[left.pop(failing - 1)] = error
    why = {at: f"{stage} failed with {type(error).__name__}" for at, error in bad.items()}
    return {at: Rejected(Reason.STAGE_ERROR, "", why[at]) for at in sorted(why)}


def _alone(run: Run, records: Sequence[Record], places: range) -> dict[int, Exception]:
    """Return the records among `places` at which `run` fails, each alone, with the error."""
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
    # Whatever a record makes a stage raise must cost that record alone, with the type of the error as reason.
    except Exception as exc:
        return exc
    return None


class Failing:
    """Judges whose fault it is that a stage fails: one agency's records, however many, are never the stage's fault."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._agencies: set[str] = set()

    def judge(self, records: Sequence[Record], bad: dict[int, Rejected]) -> None:
        """Take note of a batch. Raises: Fatal when records of several agencies fail and none is done in between."""
        if len(bad) < len(records):
            self._agencies.clear()
            return
        owners = (origin(self._stage, records[at]).agency_id or repr(records[at].key) for at in bad)
        self._agencies.update(owners)
        if len(self._agencies) >= AGENCIES_OF_A_FAULT:
            raise Fatal(f"{self._stage.name} fails at every record of {len(self._agencies)} agencies: its own fault")
