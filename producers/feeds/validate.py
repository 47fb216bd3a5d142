"""The offline validator: what `publish` would refuse, told without a Kafka."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from producers.delivery.agency_registry import first_row
from producers.feeds.reader import Reading, Refusal
from producers.validation.nearest_agencies import introduced, mistyped, unheard
from producers.validation.report import encoded, event_id
from schemas.agencies import BUNDLED
from schemas.errors import Rejected
from schemas.records.agency import AgencyRow

_EVENT_ID = event_id(0, 0)


@dataclass(frozen=True, slots=True)
class Checked:
    """What validating found; `unknown_precisions` counts words of precision that are read as unknown."""

    lines: int
    accepted: int
    unknown_precisions: int
    refusals: tuple[Refusal, ...]


class _Agencies:
    """The agencies of a run: those known before, and those that it brought."""

    def __init__(self, known: Iterable[str], new_agency: bool, tell: Callable[[str], None]) -> None:
        self._known, self._new_agency, self._tell = set(known), new_agency, tell
        self._rows: dict[str, AgencyRow | Rejected] = {}

    def row(self, agency_id: str) -> AgencyRow | Rejected:
        """Return a row for a record, or why this is no agency."""
        found = self._rows.get(agency_id)
        if found is None:
            found = self._rows[agency_id] = self._refused(agency_id) or first_row(agency_id, "")
        return found

    def _refused(self, agency_id: str) -> Rejected | None:
        if agency_id in self._known:
            return None
        refused = None if self._new_agency else mistyped(agency_id, self._known)
        if refused is None:
            self._tell(introduced(agency_id, self._known))
            self._known.add(agency_id)
        return refused


def validate(
    reading: Reading, known: Iterable[str] = BUNDLED, new_agency: bool = False, tell: Callable[[str], None] = unheard
) -> Checked:
    """Read all files, write every record, and say what is refused; `tell` is told of agencies that are not `known`.

    Raises: OSError when a file cannot be opened.
    """
    accepted = 0
    agencies = _Agencies(known, new_agency, tell)
    for origin, values in reading.good():
        agency = agencies.row(values["agency"])
        framed = agency if isinstance(agency, Rejected) else encoded(values, agency, _EVENT_ID)
        if isinstance(framed, Rejected):
            reading.refuse(origin, framed)
        else:
            accepted += 1
    return Checked(reading.lines, accepted, reading.unread_precisions, tuple(reading.refusals))
