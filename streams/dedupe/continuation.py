"""CONTINUES: one incident goes on where another ended, like a pursuit that leaves a city or crosses the border."""

from streams.dedupe.compare_narrative import concepts_by_kind
from streams.dedupe.compare_place import bearing_deg, distance_m, uncertainty_m
from streams.dedupe.profile import Profile, apart_s

FASTEST_M_S = 55.0
"""Meters per second, 200 km/h: no pursuit by road is faster over minutes."""
CLOCKS_S = 60
"""Seconds by which two clocks may disagree."""
MOVED = 3.5
"""Multiple of the combined uncertainty beyond which two places are different."""
_ALONG = 100.0
"""Degrees by which the direction from one place to the other may differ from the stated heading."""
_FAMILIES = frozenset({"PURSUIT"})
_WORDS = frozenset({"pursuit", "failed_to_yield", "flee", "bail_out"})
_COMPASS = {"northbound": 0.0, "eastbound": 90.0, "southbound": 180.0, "westbound": 270.0}


def moving(report: Profile) -> bool:
    """Return whether a report describes somebody on the move."""
    stated = report.heading_deg is not None or bool(report.handover_to) or report.family in _FAMILIES
    return stated or not _WORDS.isdisjoint(report.words)


def _heading_deg(report: Profile) -> float | None:
    """Return the heading that a report states, degrees clockwise from north; None where it states none or several."""
    if report.heading_deg is not None:
        return report.heading_deg
    narrated = concepts_by_kind(report.words).headings
    return _COMPASS.get(next(iter(narrated))) if len(narrated) == 1 else None


def _along(first: Profile, second: Profile) -> bool:
    """Return whether the second place lies on the first report's heading; true where it states none."""
    heading, direction = _heading_deg(first), bearing_deg(first, second)
    if heading is None or direction is None:
        return True
    turn = abs(direction - heading) % 360
    return min(turn, 360 - turn) <= _ALONG


def _handed_over(first: Profile, second: Profile) -> bool:
    return bool(first.handover_to) and first.handover_to == second.agency_id


def continues(left: Profile, right: Profile, plate: str, vehicle: str) -> bool:
    """Return whether one report goes on where the other ended; `plate` and `vehicle` are levels of comparisons.

    Both describe somebody on the move, in two places between which the time suffices; and the plate agrees, or the
    vehicle does and the second place lies on the first heading, or one agency handed over to the other. With the plate
    the heading does not matter: a pursuit doubles back.
    """
    if not (moving(left) and moving(right)):
        return False
    first, second = sorted((left, right), key=lambda one: (one.start, one.report_id))
    handed = _handed_over(first, second)
    apart = distance_m(left, right)
    if apart is None or "UNKNOWN" in (left.precision, right.precision):
        return handed
    same_plate, same_vehicle = plate in ("same", "alike"), vehicle == "same" and plate != "other"
    if not (handed or same_plate or (same_vehicle and _along(first, second))):
        return False
    seconds = apart_s(left, right) + left.width + right.width + CLOCKS_S
    return 0 < apart - MOVED * uncertainty_m(left, right) <= FASTEST_M_S * seconds
