"""The comparisons: small pure functions of two reports that return a level, '' where there is nothing to compare.

A missing value is never a different value: what one of the two reports does not state counts neither for nor against.
"""

from collections.abc import Callable

from schemas.codes.offenses import CONCEPTS
from streams.dedupe import compare_narrative, compare_persons_vehicles, compare_place
from streams.dedupe.levels import level_for
from streams.dedupe.offense_affinity import compatibility
from streams.dedupe.profile import Profile, apart_s

WIDE_S = 3_600
"""Times that are wider together, in seconds, show that they may be the same, and nothing more."""
VAGUE_FROM = 7
"""Taxonomy rank from which a concept states who is needed or that somebody called, not what happened."""

_TIMES = (
    (30, "30 s"),
    (60, "1 min"),
    (120, "2 min"),
    (240, "4 min"),
    (360, "6 min"),
    (480, "8 min"),
    (600, "10 min"),
    (780, "13 min"),
    (960, "16 min"),
    (1_200, "20 min"),
)
_VAGUE = frozenset(name for name, concept in CONCEPTS.items() if concept.rank >= VAGUE_FROM)


def time(left: Profile, right: Profile) -> str:
    """Return how far apart the times are beyond their widths, each agency's clock corrected."""
    if left.width + right.width > WIDE_S:
        return "wide"
    return level_for(apart_s(left, right), _TIMES, "30 min")


def offense(left: Profile, right: Profile) -> str:
    """Return whether the offenses are the same concept, compatible, of the same family, or other."""
    if not left.concept or not right.concept:
        return ""
    vague = left.concept in _VAGUE or right.concept in _VAGUE
    if left.concept == right.concept:
        return "same, vague" if vague else "same"
    compatible = compatibility((left.concept, left.family), (right.concept, right.family))
    if compatible == "usual":
        return compatible
    if vague:
        return "vague"
    return "same family" if left.family == right.family else compatible or "other"


def reference(left: Profile, right: Profile) -> str:
    """Return 'claimed' where one report refers to the other's number, or both refer to the same one."""
    claimed = left.report_id in right.references or right.report_id in left.references
    return "claimed" if claimed or set(left.references) & set(right.references) else ""


def source(left: Profile, right: Profile) -> str:
    """Return whether both reports are of one agency: it knows its own incidents and gives each one number."""
    if left.agency_id != right.agency_id:
        return ""
    return "called duplicate" if left.duplicate or right.duplicate else "same agency"


Comparison = Callable[[Profile, Profile], str]

COMPARISONS: dict[str, Comparison] = {
    "time": time,
    "distance": compare_place.distance,
    "address": compare_place.address,
    "offense": offense,
    "plate": compare_persons_vehicles.plate,
    "vehicle": compare_persons_vehicles.vehicle,
    "person": compare_persons_vehicles.person,
    "unit": compare_persons_vehicles.unit,
    "injury": compare_narrative.injury,
    "heading": compare_narrative.heading,
    "count": compare_narrative.count,
    "weapon": compare_narrative.weapon,
    "deeds": compare_narrative.actions,
    "reference": reference,
    "source": source,
}
