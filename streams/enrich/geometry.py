"""Shapes that can be asked: the nearest of many points, the distance to a line, the area around a point.

Coordinates are degrees WGS 84. What is nearest is looked up in degrees with longitudes shrunk to the middle of the
border and then measured on the sphere: a distance is exact, but at the ends of the border what is told may be up to 4 %
farther than what is nearest.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import cos, floor, hypot, radians, sqrt
from typing import Any, NamedTuple

import orjson
import shapely

from schemas.geo import meters_between

_SHRUNK = cos(radians(29.5))
# What may be nearest is looked up once for each cell of degrees; what is asked of a point are the few of its cell.
_CELL = 0.1
_CELL_REACH = _CELL * sqrt(2)
_MOST_CELLS = 4_096
_CELL_EDGE = 1e-6
"""Degrees by which a cell is taken wider than it is, as what is rounded may lie beside it."""


class Spot(NamedTuple):
    """A named point of a table: `group` is its state, corridor or sector."""

    name: str
    group: str
    lat: float
    lon: float


class Spots:
    """Points of which the nearest can be asked."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        self._spots = [(spot.lat, spot.lon * _SHRUNK, spot) for spot in spots]
        self._near = lru_cache(maxsize=_MOST_CELLS)(self._in_reach)

    def _in_reach(self, up: int, right: int) -> list[tuple[float, float, Spot]]:
        """Return the points that may be nearest to some point of a cell."""
        lat, x = (up + 0.5) * _CELL, (right + 0.5) * _CELL
        apart = [hypot(lat - spot[0], x - spot[1]) for spot in self._spots]
        most = min(apart) + _CELL_REACH
        return [spot for spot, far in zip(self._spots, apart, strict=True) if far <= most]

    def nearest(self, lat: float, lon: float) -> tuple[Spot, float]:
        """Return the spot nearest to a point in degrees WGS 84, and the distance to it in meters."""
        x = lon * _SHRUNK
        near = self._near(floor(lat / _CELL), floor(x / _CELL))
        spot = min([(hypot(lat - spot_near[0], x - spot_near[1]), at) for at, spot_near in enumerate(near)])[1]
        nearest_spot = near[spot][2]
        return nearest_spot, meters_between(lat, lon, nearest_spot.lat, nearest_spot.lon)


class Areas:
    """Areas with their properties, of which the one around a point can be asked."""

    def __init__(self, features: Iterable[Any]) -> None:
        areas = list(features)
        self._properties: list[dict[str, str]] = [area["properties"] for area in areas]
        self._shapes = [_shape(area["geometry"]) for area in areas]
        for shape in self._shapes:
            shapely.prepare(shape)
        self._tree = shapely.STRtree(self._shapes)
        self._near = lru_cache(maxsize=_MOST_CELLS)(self._in_reach)

    def _in_reach(self, up: int, right: int) -> list[tuple[int, bool]]:
        """Return the areas that a cell has a part of, up to the first that the whole cell is in, and whether it is."""
        cell = shapely.box(right * _CELL, up * _CELL, (right + 1) * _CELL, (up + 1) * _CELL).buffer(_CELL_EDGE)
        areas: list[tuple[int, bool]] = []
        for at in sorted(self._tree.query(cell, predicate="intersects").tolist()):
            areas.append((at, bool(shapely.contains_properly(self._shapes[at], cell))))
            if areas[-1][1]:
                break
        return areas

    def around(self, lat: float, lon: float) -> dict[str, str] | None:
        """Return the properties of the area around a point in degrees WGS 84; None outside all.

        A point on a common edge is in the first of the two areas.
        """
        for at, whole in self._near(floor(lat / _CELL), floor(lon / _CELL)):
            if whole or shapely.intersects_xy(self._shapes[at], lon, lat):
                return self._properties[at]
        return None


Piece = tuple[float, float, float, float]


def _foot(lat: float, x: float, piece: Piece) -> tuple[float, float]:
    """Return the point of a straight piece that is nearest."""
    from_lat, from_x, up, right = piece
    along = ((lat - from_lat) * up + (x - from_x) * right) / (up * up + right * right)
    along = min(1.0, max(0.0, along))
    return from_lat + along * up, from_x + along * right


class Line:
    """The border line, to which the distance can be asked."""

    def __init__(self, geometry: Any) -> None:
        ends = [(lat, lon * _SHRUNK) for lon, lat in geometry["coordinates"]]
        self._pieces = [(*a, b[0] - a[0], b[1] - a[1]) for a, b in pairwise(ends) if a != b]
        self._near = lru_cache(maxsize=_MOST_CELLS)(self._in_reach)

    def _in_reach(self, up: int, right: int) -> list[Piece]:
        """Return the pieces that may be nearest to some point of a cell."""
        lat, x = (up + 0.5) * _CELL, (right + 0.5) * _CELL
        feet = [_foot(lat, x, piece) for piece in self._pieces]
        apart = [hypot(lat - foot[0], x - foot[1]) for foot in feet]
        most = min(apart) + _CELL_REACH
        return [piece for piece, far in zip(self._pieces, apart, strict=True) if far <= most]

    def distance_m(self, lat: float, lon: float) -> float:
        """Return the distance in meters from a point in degrees WGS 84 to the line."""
        x = lon * _SHRUNK
        feet = [_foot(lat, x, piece) for piece in self._near(floor(lat / _CELL), floor(x / _CELL))]
        _, near_lat, near_x = min([(hypot(lat - foot[0], x - foot[1]), *foot) for foot in feet])
        return meters_between(lat, lon, near_lat, near_x / _SHRUNK)


def _shape(geometry: Any) -> shapely.Geometry:
    return shapely.from_geojson(orjson.dumps(geometry))
