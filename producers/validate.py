"""The offline validator: what `publish` would refuse, told without a Kafka."""

from dataclasses import dataclass

from producers.reading import Reading, Refusal
from producers.registry import first_row
from producers.report import encoded, event_id
from schemas.errors import Rejected
from schemas.records import AgencyRow

_EVENT_ID = event_id(0, 0)


@dataclass(frozen=True, slots=True)
class Checked:
    """What validating found; `unknown_precisions` counts words of precision that are read as unknown."""

    lines: int
    accepted: int
    unknown_precisions: int
    refusals: tuple[Refusal, ...]


def validate(reading: Reading) -> Checked:
    """Read all files, write every record, and say what is refused. Raises: OSError when a file cannot be opened."""
    accepted = 0
    rows: dict[str, AgencyRow] = {}
    for origin, values in reading.good():
        agency_id = values["agency"]
        agency = rows.get(agency_id) or rows.setdefault(agency_id, first_row(agency_id, ""))
        framed = encoded(values, agency, _EVENT_ID)
        if isinstance(framed, Rejected):
            reading.refuse(origin, framed)
        else:
            accepted += 1
    return Checked(reading.lines, accepted, reading.unread_precisions, tuple(reading.refusals))
