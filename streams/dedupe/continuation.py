"""CONTINUES: one incident goes on where the other ended, as a pursuit does that leaves a city or crosses the border."""

from streams.dedupe.compare_narrative import told
from streams.dedupe.compare_place import bearing, metres, spread
from streams.dedupe.profile import Profile, apart_s

FASTEST_M_S = 55.0
"""200 km/h: no pursuit by road is faster over minutes."""
CLOCKS_S = 60
"""Seconds that two clocks may disagree."""
MOVED = 3.5
"""Multiple of what the precisions leave open beyond which two places are not one."""
_ALONG = 100.0
"""Degrees by which the way from one place to the other may turn from the heading that was told."""
_FAMILIES = frozenset({"PURSUIT"})
_WORDS = frozenset({"pursuit", "failed_to_yield", "flee", "bail_out"})
_COMPASS = {"northbound": 0.0, "eastbound": 90.0, "southbound": 180.0, "westbound": 270.0}


def moving(one: Profile) -> bool:
    """Tell whether a report is of somebody under way."""
    told_so = one.heading_deg is not None or bool(one.handover_to) or one.family in _FAMILIES
    return told_so or not _WORDS.isdisjoint(one.words)


def _heading(one: Profile) -> float | None:
    """Give the heading that a report tells, degrees clockwise from north; None where it tells none or several."""
    if one.heading_deg is not None:
        return one.heading_deg
    narrated = told(one.words).headings
    return _COMPASS.get(next(iter(narrated))) if len(narrated) == 1 else None


def _along(first: Profile, second: Profile) -> bool:
    """Tell whether the second place lies where the first report was going; so it does where that tells no heading."""
    heading, way = _heading(first), bearing(first, second)
    if heading is None or way is None:
        return True
    turned = abs(way - heading) % 360
    return min(turned, 360 - turned) <= _ALONG


def _handed_over(first: Profile, second: Profile) -> bool:
    return bool(first.handover_to) and first.handover_to == second.agency_id


def continues(left: Profile, right: Profile, plate: str, vehicle: str) -> bool:
    """Tell whether one report takes up where the other ended; `plate`, `vehicle`: the levels of these comparisons.

    Both speak of somebody under way, in two places that the time between them is enough for; and the plate agrees, or
    the vehicle does and the second place lies on the first heading, or one agency handed it over to the other. Who has
    the plate need not ask which way: a pursuit ducks back and forth.
    """
    if not (moving(left) and moving(right)):
        return False
    first, second = sorted((left, right), key=lambda one: (one.start, one.report_id))
    handed = _handed_over(first, second)
    apart = metres(left, right)
    if apart is None or "UNKNOWN" in (left.precision, right.precision):
        return handed
    same_plate, same_vehicle = plate in ("same", "alike"), vehicle == "same" and plate != "other"
    if not (handed or same_plate or (same_vehicle and _along(first, second))):
        return False
    seconds = apart_s(left, right) + left.width + right.width + CLOCKS_S
    return 0 < apart - MOVED * spread(left, right) <= FASTEST_M_S * seconds
