"""What release needs from the agreements, passed in as functions. All times are UTC milliseconds."""

from collections.abc import Callable, Mapping, Sequence

from schemas.records.incident import PairDecision
from streams.sharing.notices import AllowedNotice
from streams.sharing.visible import Report, Visible

OwnReports = Callable[[Sequence[Report]], Mapping[str, Sequence[Report]]]
"""Connected reports -> agency -> the reports that it sees in full because they are its own."""
SharedReports = Callable[[Sequence[Report], Sequence[PairDecision], int], Mapping[str, Visible]]
"""Connected reports, the decisions on them, now -> audience of an agreement -> what the agreement lets it see."""
AllowedNotices = Callable[
    [Sequence[Report], Sequence[PairDecision], Mapping[str, Visible], int], Sequence[AllowedNotice]
]
"""Connected reports, the decisions on them, what each audience of an agreement sees, now -> the notices allowed."""
