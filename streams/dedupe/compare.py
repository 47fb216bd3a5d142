"""Comparisons: small pure functions of two reports that name the level which holds, '' where nothing can be compared.

Missing is never different: a value that one of the two does not have says nothing.
"""

from collections.abc import Callable, Sequence
from math import cos, hypot, radians

from streams.dedupe.companions import together
from streams.dedupe.profiles import Profile, apart_s

_M_PER_DEGREE = 111_195.0
_HIGHWAY_KM = 0.8
_NEAR_HIGHWAY_KM = 4.0


def metres(left: Profile, right: Profile) -> float | None:
    """Give the distance between two reports; None without coordinates (equirectangular: within 0.1 % at 50 km)."""
    if left.lat is None or left.lon is None or right.lat is None or right.lon is None:
        return None
    east = (left.lon - right.lon) * cos(radians((left.lat + right.lat) / 2))
    return hypot(left.lat - right.lat, east) * _M_PER_DEGREE


def _step(value: float, steps: Sequence[tuple[float, str]], beyond: str) -> str:
    return next((name for most, name in steps if value <= most), beyond)


_TIMES = ((60.0, "1 min"), (180.0, "3 min"), (360.0, "6 min"), (600.0, "10 min"), (960.0, "16 min"))


def time(left: Profile, right: Profile) -> str:
    """How far apart the times are, beyond what their widths leave open."""
    if left.width + right.width > 3_600:
        return "wide"
    return _step(apart_s(left, right), _TIMES, "30 min")


_DISTANCES = ((40.0, "40 m"), (120.0, "120 m"), (300.0, "300 m"), (700.0, "700 m"), (1_500.0, "1.5 km"), (4e3, "4 km"))


def distance(left: Profile, right: Profile) -> str:
    """How far apart the places are, beyond what the precision of the coarser one leaves open."""
    found = metres(left, right)
    if found is None:
        return ""
    return _step(max(0.0, found - max(left.error_m, right.error_m)), _DISTANCES, "farther")


def address(left: Profile, right: Profile) -> str:
    """Whether the addresses speak of one place: block, intersection or place on a highway."""
    if left.route and left.route == right.route and left.route_km is not None and right.route_km is not None:
        apart = abs(left.route_km - right.route_km)
        return _step(apart, ((_HIGHWAY_KM, "same marker"), (_NEAR_HIGHWAY_KM, "near marker")), "other marker")
    shared = set(left.streets) & set(right.streets)
    if not left.streets or not right.streets:
        return "same street" if left.route and left.route == right.route else ""
    if not shared:
        return "other street"
    if len(shared) > 1:
        return "same crossing"
    if left.number >= 0 and right.number >= 0:
        return "same block" if left.number // 100 == right.number // 100 else "other block"
    return "same street"


def offense(left: Profile, right: Profile) -> str:
    """Whether the offenses are one concept, of one family, of two that go together, or of two that do not."""
    if not left.concept or not right.concept:
        return ""
    if left.concept == right.concept:
        return "same"
    if left.family == right.family:
        return "same family"
    return "together" if together(left.family, right.family) else "other"


def _alike(left: str, right: str) -> bool:
    """Tell whether two plates may be one: a character that was not read, or one that was read wrong."""
    if len(left) != len(right):
        short, long = sorted((left, right), key=len)
        return len(short) >= 4 and "?" not in short and (long.startswith(short) or long.endswith(short))
    return sum(a != b and "?" not in (a, b) for a, b in zip(left, right, strict=True)) <= 1


def plate(left: Profile, right: Profile) -> str:
    """Whether a licence plate is the same."""
    if not left.plates or not right.plates:
        return ""
    if any("?" not in one and one in right.plates for one in left.plates):
        return "same"
    return "alike" if any(_alike(one, other) for one in left.plates for other in right.plates) else "other"


def person(left: Profile, right: Profile) -> str:
    """Whether a person's name is the same, or shares a part."""
    if not left.persons or not right.persons:
        return ""
    if set(left.persons) & set(right.persons):
        return "same"
    parts = {part for name in left.persons for part in name.split() if len(part) > 2}
    others = {part for name in right.persons for part in name.split() if len(part) > 2}
    return "a part" if parts & others else "other"


def vehicle(left: Profile, right: Profile) -> str:
    """Whether a vehicle agrees in what both tell of it: colour, make, kind."""
    best = ""
    for one in left.vehicles:
        for other in right.vehicles:
            told = [(a, b) for a, b in zip(one.split("/"), other.split("/"), strict=False) if a and b]
            same = sum(a == b for a, b in told)
            level = "other" if same < len(told) else ("same" if same > 1 else "alike" if same else "")
            best = max(best, level, key=("", "other", "alike", "same").index)
    return best


def words(left: Profile, right: Profile) -> str:
    """How much of what the shorter narrative says the other says too, language apart."""
    least = min(len(left.words), len(right.words))
    if not least:
        return ""
    shared = len(set(left.words) & set(right.words))
    if not shared:
        return "none shared"
    if shared / least > 0.6:
        return "most shared" if shared > 1 else "some shared"
    return "some shared"


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
    "distance": distance,
    "address": address,
    "offense": offense,
    "plate": plate,
    "person": person,
    "vehicle": vehicle,
    "words": words,
    "reference": reference,
    "source": source,
}
