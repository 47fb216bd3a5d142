"""The comparisons: small pure functions of two reports that name the level which holds, '' where nothing is comparable.

Missing is never different: a value that one of the two does not have says nothing.
"""

from collections.abc import Callable

from schemas.codes.offenses import CONCEPTS
from streams.dedupe import compare_narrative, compare_parties, compare_place
from streams.dedupe.levels import step
from streams.dedupe.offense_affinity import companions
from streams.dedupe.profile import Profile, apart_s

WIDE_S = 3_600
"""Times that together are wider tell that they may be one, and nothing more."""
VAGUE_FROM = 7
"""Rank of the taxonomy from which a concept names who is needed or that somebody called, not what happened."""

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
    """How far apart the times are, each agency's clock set right, beyond what their widths leave open."""
    if left.width + right.width > WIDE_S:
        return "wide"
    return step(apart_s(left, right), _TIMES, "30 min")


def offense(left: Profile, right: Profile) -> str:
    """Whether the offenses are one concept, two that usually or may go together, of one family, or neither."""
    if not left.concept or not right.concept:
        return ""
    vague = left.concept in _VAGUE or right.concept in _VAGUE
    if left.concept == right.concept:
        return "same, vague" if vague else "same"
    found = companions((left.concept, left.family), (right.concept, right.family))
    if found == "usual":
        return found
    if vague:
        return "vague"
    return "same family" if left.family == right.family else found or "other"


def reference(left: Profile, right: Profile) -> str:
    """Whether one of the two claims the other's number, or both the same one."""
    claimed = left.report_id in right.references or right.report_id in left.references
    return "claimed" if claimed or set(left.references) & set(right.references) else ""


def source(left: Profile, right: Profile) -> str:
    """Whether one agency speaks twice: it knows its own incidents, and gives each one number."""
    if left.agency_id != right.agency_id:
        return ""
    return "called duplicate" if left.duplicate or right.duplicate else "same agency"


Comparison = Callable[[Profile, Profile], str]

COMPARISONS: dict[str, Comparison] = {
    "time": time,
    "distance": compare_place.distance,
    "address": compare_place.address,
    "offense": offense,
    "plate": compare_parties.plate,
    "vehicle": compare_parties.vehicle,
    "person": compare_parties.person,
    "unit": compare_parties.unit,
    "injury": compare_narrative.injury,
    "heading": compare_narrative.heading,
    "count": compare_narrative.count,
    "weapon": compare_narrative.weapon,
    "deeds": compare_narrative.deeds,
    "reference": reference,
    "source": source,
}
