"""Comparisons of places: distance relative to the uncertainty of both positions, and addresses."""

from functools import lru_cache
from math import atan2, cos, degrees, hypot, radians

from rapidfuzz.distance import JaroWinkler

from streams.dedupe.levels import level_for
from streams.dedupe.profile import ERROR_M, Profile

COARSE_M = 2_000.0
"""Uncertainty in meters of places known only to a city: being near means nothing, being far apart does."""

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
"""Jaro-Winkler similarity from which two names differ by a typo or an ending; digits must be the same.

Source: W. E. Winkler, ASA Proceedings of the Section on Survey Research Methods, 1990.
"""
_SHORTEST = 5
EXACT = frozenset({"marker", "crossing", "number", "block"})
"""Levels of addresses that identify one spot."""


def _offset(start: Profile, end: Profile) -> tuple[float, float] | None:
    """Return the offset between two places in degrees of latitude, north and east; None without coordinates."""
    if start.lat is None or start.lon is None or end.lat is None or end.lon is None:
        return None
    return end.lat - start.lat, (end.lon - start.lon) * cos(radians((start.lat + end.lat) / 2))


def distance_m(left: Profile, right: Profile) -> float | None:
    """Return the meters between two reports; None without coordinates (equirectangular: within 0.1 % at 50 km)."""
    offset = _offset(left, right)
    return None if offset is None else hypot(*offset) * _M_PER_DEGREE


def bearing_deg(start: Profile, end: Profile) -> float | None:
    """Return the direction from one place to the other, degrees clockwise from north; None without coordinates."""
    offset = _offset(start, end)
    return None if offset is None else degrees(atan2(offset[1], offset[0])) % 360


def uncertainty_m(left: Profile, right: Profile) -> float:
    """Return the combined uncertainty of two places, meters (one standard deviation on each axis)."""
    return hypot(ERROR_M[left.precision], ERROR_M[right.precision])


@lru_cache(maxsize=65_536)
def _alike(one: str, other: str) -> bool:
    """Return whether two street names are the same with a typo."""
    if min(len(one), len(other)) < _SHORTEST or any(letter.isdigit() for letter in one + other):
        return False
    return JaroWinkler.similarity(one, other) >= _ALIKE


def _shared(left: Profile, right: Profile) -> int:
    """Count the streets that both addresses name."""
    same = set(left.streets) & set(right.streets)
    rest = [street for street in right.streets if street not in same]
    return len(same) + sum(
        any(_alike(street, other) for other in rest) for street in left.streets if street not in same
    )


def _numbered(left: Profile, right: Profile) -> str:
    """Compare two house numbers on one street."""
    if left.number == right.number and left.number % 100:
        return "number"
    return level_for(abs(left.number // 100 - right.number // 100), ((0, "block"), (1, "next block")), "other block")


def address_level(left: Profile, right: Profile) -> str:
    """Return what two addresses have in common: a milepost, an intersection, a number, a block, a street."""
    marked = (left.route_km is not None) + (right.route_km is not None)
    if marked == 2 and left.route and left.route == right.route:
        apart = abs((left.route_km or 0.0) - (right.route_km or 0.0))
        return level_for(apart, ((_HIGHWAY_KM, "marker"), (_NEAR_HIGHWAY_KM, "near marker")), "other marker")
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
    """Return whether the addresses agree; they count for more where there are no coordinates."""
    level = address_level(left, right)
    return f"{level}, unlocated" if level and distance_m(left, right) is None else level


def _street_only(report: Profile) -> bool:
    """Return whether a street is all that is known, so that the coordinates may be anywhere along it."""
    return report.precision == "UNKNOWN" and len(report.streets) == 1 and report.number < 0 and report.route_km is None


def _common_address(left: Profile, right: Profile) -> str:
    """Return what two addresses share that speaks against coordinates far apart; '' for nothing."""
    level = address_level(left, right)
    if level in EXACT:
        return "one address"
    return "one street" if level.startswith("street") and (_street_only(left) or _street_only(right)) else ""


def distance(left: Profile, right: Profile) -> str:
    """Return how far apart the places are, as a multiple of their combined uncertainty.

    Where a precision is unknown and the addresses identify one spot, coordinates far apart are taken for a geocoding
    error; where one report states a street alone, for another point on that street.
    """
    apart_m = distance_m(left, right)
    if apart_m is None:
        return ""
    by = uncertainty_m(left, right)
    if by > COARSE_M:
        return f"city: {level_for(apart_m / by, _CITIES, 'farther')}"
    unknown = "UNKNOWN" in (left.precision, right.precision)
    if unknown and apart_m > max(_ASTRAY_M, _ASTRAY_X * by) and (common := _common_address(left, right)):
        return f"{common}: {level_for(apart_m, _ASTRAY, 'farther')}"
    return f"{'untold' if unknown else level_for(by, _SCALES, '1 km')}: {level_for(apart_m / by, _TIMES, 'farther')}"
