"""Agencies that nobody knows: a mistyped id would silently make one; pure."""

from collections.abc import Iterable

from schemas.errors import Reason, Rejected

MOST_NAMED = 3
_SLIP = 1


def nearest(agency_id: str, known: Iterable[str]) -> list[tuple[int, str]]:
    """Return the known ids that are most like one, nearest first, with the edits between.

    An edit is a letter more, less or another, or two neighbors swapped (optimal string alignment).
    """
    from rapidfuzz.distance import OSA

    return sorted((OSA.distance(agency_id, one), one) for one in known)[:MOST_NAMED]


def mistyped(agency_id: str, known: Iterable[str]) -> Rejected | None:
    """Refuse an unknown agency whose id is one edit from a known one."""
    near = nearest(agency_id, known)
    if not near or near[0][0] > _SLIP:
        return None
    detail = f"no such agency, and one letter from {near[0][1]}"
    return Rejected(Reason.AGENCY_MISTYPED, "agency", detail, "another agency indeed: --new-agency")


def introduced(agency_id: str, known: Iterable[str]) -> str:
    """Say that an agency is new, and which known ones are most like it."""
    names = ", ".join(name for _, name in nearest(agency_id, known))
    return f"agency {agency_id} is new" + (f"; nearest known: {names}" if names else "")


def unheard(_: str) -> None:
    """Take what is said to nobody."""
