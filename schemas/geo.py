"""Distances on the Earth; pure."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius, metres (IUGG)."""


def meters_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Measure between two points on the sphere: haversine, within 0.5 % of the ellipsoid."""
    up, right = sin(radians(other_lat - lat) / 2), sin(radians(other_lon - lon) / 2)
    inner = up * up + cos(radians(lat)) * cos(radians(other_lat)) * right * right
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(inner)))
