"""The offline validator: what `publish` would refuse, told without a Kafka."""

from dataclasses import dataclass

from producers.feeds.lines import MAX_LINE_BYTES
from producers.fields import Values
from producers.reading import Reading, Refusal
from producers.report import event_id, record
from schemas.agencies import row
from schemas.errors import Reason, Rejected
from schemas.wire import MAX_REPORT_BYTES, encode

# The readers leave only values of the schema's types, so that a record's size is all that encoding can still refuse.
_PROBABLY_SMALL = MAX_LINE_BYTES // 8
_EVENT_ID = event_id(0, 0)


@dataclass(frozen=True, slots=True)
class Checked:
    """What validating found."""

    lines: int
    accepted: int
    unknown_precisions: int
    refusals: tuple[Refusal, ...]


def validate(reading: Reading) -> Checked:
    """Read all files and say what would be refused. Raises: Configuration for a feed file; OSError for a file."""
    accepted = 0
    shapes: set[tuple[str, ...]] = set()
    for origin, values in reading.good():
        rejected = None
        shape = tuple(values)
        if shape not in shapes or _size(values) > _PROBABLY_SMALL:
            shapes.add(shape)
            rejected = encodes(values)
        if rejected is None:
            accepted += 1
        else:
            reading.refuse(origin, rejected)
    return Checked(reading.lines, accepted, reading.unread_precisions, tuple(reading.refusals))


def _size(values: Values) -> int:
    return len(values.get("narrative", "")) + len(values.get("persons", ())) + len(values.get("vehicles", ()))


def encodes(values: Values) -> Rejected | None:
    """Say why the record of a checked report cannot be written; None when it can."""
    try:
        framed = encode("incident_report", record(values, row({"agency_id": values["agency"]}, ""), _EVENT_ID))
    except ValueError as exc:
        return Rejected(Reason.BAD_VALUE, "", str(exc))
    if len(framed) > MAX_REPORT_BYTES:
        return Rejected(Reason.TOO_LARGE, "", f"{len(framed)} bytes as Avro, at most {MAX_REPORT_BYTES} are taken")
    return None
