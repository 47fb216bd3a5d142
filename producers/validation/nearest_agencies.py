"""Unknown agency ids: without a check, a mistyped id would silently create an agency."""

from collections.abc import Iterable

from schemas.errors import Reason, Rejected
from schemas.nearest_agencies import nearest

_TYPO_EDITS = 1


def reject_mistyped(agency_id: str, known: Iterable[str]) -> Rejected | None:
    """Return a rejection for an unknown agency whose id is one edit from a known one, else None."""
    similar = nearest(agency_id, known)
    if not similar or similar[0][0] > _TYPO_EDITS:
        return None
    detail = f"unknown agency, one letter from {similar[0][1]}"
    return Rejected(Reason.AGENCY_MISTYPED, "agency", detail, "if it is a new agency, use --new-agency")


def new_agency_notice(agency_id: str, known: Iterable[str]) -> str:
    """Return the notice that an agency is new, with the known ids most similar to it."""
    names = ", ".join(name for _, name in nearest(agency_id, known))
    return f"agency {agency_id} is new" + (f"; nearest known: {names}" if names else "")


def discard(_: str) -> None:
    """Ignore the message."""
