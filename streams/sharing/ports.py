"""What release asks of the agreements, as functions that are handed in."""

from collections.abc import Callable, Mapping, Sequence

from schemas.records.incident import PairDecision
from streams.sharing.views import Report, Seen

Sees = Callable[[Sequence[Report]], Mapping[str, Sequence[Report]]]
"""Reports that decisions connect -> audience -> those of them that it may see in full, because they are its own."""
Shares = Callable[[Sequence[Report], Sequence[PairDecision], int], Mapping[str, Seen]]
"""Reports, the decisions on them, now in UTC milliseconds -> audience of an agreement -> what that lets it see."""
