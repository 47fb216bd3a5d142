"""Distances on the Earth; pure."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius in meters (IUGG)."""


def meters_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance in meters between two points in WGS 84 degrees (haversine formula).

    It differs from the distance on the ellipsoid by at most 0.5 %.
    """
    half_lat, half_lon = sin(radians(other_lat - lat) / 2), sin(radians(other_lon - lon) / 2)
    haversine = half_lat * half_lat + cos(radians(lat)) * cos(radians(other_lat)) * half_lon * half_lon
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(haversine)))
