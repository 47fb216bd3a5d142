"""The offline validator: what `publish` would refuse, found without Kafka."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from producers.delivery.agency_registry import default_row
from producers.feeds.reader import FeedReader, Refusal
from producers.validation.nearest_agencies import discard, new_agency_notice, reject_mistyped
from producers.validation.report import encode, event_id
from schemas.agencies import BUNDLED
from schemas.errors import Rejected
from schemas.records.agency import AgencyRow

_EVENT_ID = event_id(0, 0)


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The counts and refusals of a validation; `unknown_precisions` counts precisions that are not in the list."""

    lines: int
    accepted: int
    unknown_precisions: int
    refusals: tuple[Refusal, ...]


class _Agencies:
    """The agencies of a run: those known before it, and those that it adds."""

    def __init__(self, known: Iterable[str], new_agency: bool, notify: Callable[[str], None]) -> None:
        self._known, self._new_agency, self._notify = set(known), new_agency, notify
        self._rows: dict[str, AgencyRow | Rejected] = {}

    def row(self, agency_id: str) -> AgencyRow | Rejected:
        """Return the registry row of an agency, or why its id is rejected."""
        row = self._rows.get(agency_id)
        if row is None:
            row = self._rows[agency_id] = self._rejection(agency_id) or default_row(agency_id, "")
        return row

    def _rejection(self, agency_id: str) -> Rejected | None:
        if agency_id in self._known:
            return None
        rejected = None if self._new_agency else reject_mistyped(agency_id, self._known)
        if rejected is None:
            self._notify(new_agency_notice(agency_id, self._known))
            self._known.add(agency_id)
        return rejected


def validate(
    reader: FeedReader,
    known: Iterable[str] = BUNDLED,
    new_agency: bool = False,
    notify: Callable[[str], None] = discard,
) -> ValidationResult:
    """Read all files, encode every report, and return what is refused; `notify` of agencies that are not `known`.

    Raises: OSError when a file cannot be opened.
    """
    accepted = 0
    agencies = _Agencies(known, new_agency, notify)
    for origin, values in reader.reports():
        agency = agencies.row(values["agency"])
        framed = agency if isinstance(agency, Rejected) else encode(values, agency, _EVENT_ID)
        if isinstance(framed, Rejected):
            reader.refuse(origin, framed)
        else:
            accepted += 1
    return ValidationResult(reader.lines, accepted, reader.unknown_precisions, tuple(reader.refusals))
