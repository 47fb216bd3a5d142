"""Which record of a batch is at fault, and the rejected record that is made of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version

from schemas.errors import Fatal, PipelineError, Reason, Rejected
from schemas.rejection import Origin, rejection
from schemas.topics import REJECTED_REPORTS, agency_of
from streams.stage import Output, Record, Refusal, Result, Stage, State

STAGE_ERRORS_AT_ONCE = 50


CODE_VERSION = version("interagency")


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
    result = result_of([records[cause] for cause in kept])
    return Result(
        [replace(output, cause=kept[output.cause]) for output in result.outputs],
        [replace(refusal, cause=kept[refusal.cause]) for refusal in result.refusals]
        + [Refusal(cause, why) for cause, why in bad.items()],
        result.noticed,
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
