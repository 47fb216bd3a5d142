"""Comparisons of places: how far apart, measured by what the precision of both leaves open, and what addresses say."""

from functools import lru_cache
from math import atan2, cos, degrees, hypot, radians

from rapidfuzz.distance import JaroWinkler

from streams.dedupe.levels import step
from streams.dedupe.profile import ERROR_M, Profile

COARSE_M = 2_000.0
"""Places known no better than to a city: being near tells nothing, being far apart does."""

_M_PER_DEGREE = 111_195.0
_SCALES = ((35.0, "30 m"), (80.0, "60 m"), (150.0, "120 m"), (600.0, "400 m"))
_RATIOS = (0.2, 0.6, 1.0, 1.5, 2.0, 2.6, 3.5, 5.0, 8.0, 14.0, 30.0)
_TIMES = tuple((most, f"{most:g} x") for most in _RATIOS)
_CITIES = ((1.0, "near"), (3.0, "3 x"))
_ASTRAY_M = 350.0
_ASTRAY_X = 3.5
_ASTRAY = ((1_000.0, "1 km"), (4_000.0, "4 km"))
_HIGHWAY_KM = 0.8
_NEAR_HIGHWAY_KM = 4.0
_ALIKE = 0.93
"""Jaro-Winkler similarity from which two names are one with a slip or an ending; figures must be the same."""
_SHORTEST = 5
EXACT = frozenset({"marker", "crossing", "number", "block"})
"""Addresses that name one spot."""


def _way(start: Profile, end: Profile) -> tuple[float, float] | None:
    """Give the way from one place to the other, degrees of latitude to the north and to the east; None without both."""
    if start.lat is None or start.lon is None or end.lat is None or end.lon is None:
        return None
    return end.lat - start.lat, (end.lon - start.lon) * cos(radians((start.lat + end.lat) / 2))


def metres(left: Profile, right: Profile) -> float | None:
    """Give the distance between two reports; None without coordinates (equirectangular: within 0.1 % at 50 km)."""
    way = _way(left, right)
    return None if way is None else hypot(*way) * _M_PER_DEGREE


def bearing(start: Profile, end: Profile) -> float | None:
    """Give the direction from one place to the other, degrees clockwise from north; None without coordinates."""
    way = _way(start, end)
    return None if way is None else degrees(atan2(way[1], way[0])) % 360


def spread(left: Profile, right: Profile) -> float:
    """Give what the precisions of two places leave open together, metres (one standard deviation on each axis)."""
    return hypot(ERROR_M[left.precision], ERROR_M[right.precision])


@lru_cache(maxsize=65_536)
def _alike(one: str, other: str) -> bool:
    """Tell whether two names of streets are one that was written with a slip."""
    if min(len(one), len(other)) < _SHORTEST or any(letter.isdigit() for letter in one + other):
        return False
    return JaroWinkler.similarity(one, other) >= _ALIKE


def _shared(left: Profile, right: Profile) -> int:
    """Count the streets of one address that the other names, too."""
    same = set(left.streets) & set(right.streets)
    rest = [street for street in right.streets if street not in same]
    return len(same) + sum(
        any(_alike(street, other) for other in rest) for street in left.streets if street not in same
    )


def _numbered(left: Profile, right: Profile) -> str:
    """Compare two house numbers on one street."""
    if left.number == right.number and left.number % 100:
        return "number"
    return step(abs(left.number // 100 - right.number // 100), ((0, "block"), (1, "next block")), "other block")


def spot(left: Profile, right: Profile) -> str:
    """Name what two addresses say of each other: a marker on a highway, a crossing, a number, a block, a street."""
    marked = (left.route_km is not None) + (right.route_km is not None)
    if marked == 2 and left.route and left.route == right.route:
        apart = abs((left.route_km or 0.0) - (right.route_km or 0.0))
        return step(apart, ((_HIGHWAY_KM, "marker"), (_NEAR_HIGHWAY_KM, "near marker")), "other marker")
    if not left.streets or not right.streets:
        return ""
    shared = _shared(left, right)
    if not shared:
        return ("other street", "road and street", "other road")[marked]
    if shared == 1 and left.number >= 0 and right.number >= 0:
        return _numbered(left, right)
    crossings = (len(left.streets) > 1) + (len(right.streets) > 1)
    return "crossing" if shared > 1 else ("street", "street and crossing", "other crossing")[crossings]


def address(left: Profile, right: Profile) -> str:
    """Whether the addresses speak of one place; they say more where there are no coordinates to say the same."""
    found = spot(left, right)
    return f"{found}, unlocated" if found and metres(left, right) is None else found


def _bare(one: Profile) -> bool:
    """Tell whether a street is all that is known, so that its coordinates may be anywhere along it."""
    return one.precision == "UNKNOWN" and len(one.streets) == 1 and one.number < 0 and one.route_km is None


def _named(left: Profile, right: Profile) -> str:
    """Name what two addresses share that speaks against coordinates far apart; '' for nothing."""
    found = spot(left, right)
    if found in EXACT:
        return "one address"
    return "one street" if found.startswith("street") and (_bare(left) or _bare(right)) else ""


def distance(left: Profile, right: Profile) -> str:
    """How far apart the places are, as a multiple of what their precisions leave open together.

    Where nobody tells how good the coordinates are and the addresses name one spot, coordinates far apart are taken
    for a geocode gone astray; where one tells a street alone, for another point of that street.
    """
    found = metres(left, right)
    if found is None:
        return ""
    by = spread(left, right)
    if by > COARSE_M:
        return f"city: {step(found / by, _CITIES, 'farther')}"
    untold = "UNKNOWN" in (left.precision, right.precision)
    if untold and found > max(_ASTRAY_M, _ASTRAY_X * by) and (named := _named(left, right)):
        return f"{named}: {step(found, _ASTRAY, 'farther')}"
    return f"{'untold' if untold else step(by, _SCALES, '1 km')}: {step(found / by, _TIMES, 'farther')}"
