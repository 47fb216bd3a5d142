"""Which record of a batch is at fault, and the rejected record that is made of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version

from schemas import wire
from schemas.errors import Fatal, PipelineError, Reason, Rejected
from schemas.records import RejectedReport
from schemas.topics import REJECTED_REPORTS, spread
from streams.stage import Output, Record, Refusal, Result, Stage, State

STAGE_ERRORS_AT_ONCE = 50


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
