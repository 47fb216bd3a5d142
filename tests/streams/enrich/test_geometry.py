"""The nearest point, the distance to a line and the area around a point are what looking at all of them finds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.geo import meters_between
from streams.enrich.geometry import Areas, Line, Spot, Spots

LAT, LON = st.floats(28, 31), st.floats(-112, -110)
POINTS = st.lists(st.builds(Spot, st.just("s"), st.just("g"), LAT, LON), min_size=1, max_size=8)


@given(POINTS, LAT, LON)
def test_the_nearest_of_points_is_as_near_as_any(points: list[Spot], lat: float, lon: float) -> None:
    """Within 4 %, because longitudes are shrunk to the middle of the border."""
    spot, meters = Spots(points).nearest(lat, lon)

    assert meters == meters_between(lat, lon, spot.lat, spot.lon)
    assert meters <= min(meters_between(lat, lon, each.lat, each.lon) for each in points) * 1.04


def test_of_two_points_at_one_place_the_first_counts() -> None:
    spots = [Spot("far", "g", 31.0, -110.0), Spot("first", "g", 30.0, -110.0), Spot("second", "g", 30.0, -110.0)]

    assert Spots(spots).nearest(30.0, -110.0) == (spots[1], 0.0)


def square(name: str, left: float, right: float) -> dict[str, Any]:
    corners = [[left, 30.0], [right, 30.0], [right, 31.0], [left, 31.0], [left, 30.0]]
    return {"properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [corners]}}


AREAS = Areas([square("west", -112.0, -111.0), square("east", -111.0, -110.0)])


@pytest.mark.parametrize(
    ("lat", "lon", "area"),
    [
        (30.5, -111.5, "west"),
        (30.5, -110.5, "east"),
        (30.5, -111.0, "west"),
        (30.5, -110.999999, "east"),
        (30.0, -110.5, "east"),
        (31.0, -110.0, "east"),
        (29.999999, -110.5, None),
        (30.5, -109.999999, None),
        (-30.5, 110.5, None),
    ],
)
def test_a_point_is_in_the_area_around_it_and_on_a_common_edge_in_the_first(
    lat: float, lon: float, area: str | None
) -> None:
    around = AREAS.around(lat, lon)

    assert (around and around["name"]) == area


def test_areas_that_overlap_are_asked_in_their_order() -> None:
    both = [square("first", -112.0, -110.0), square("second", -111.5, -110.5)]

    for order in (both, both[::-1]):
        around = Areas(order).around(30.5, -111.0)
        assert around == order[0]["properties"]


LINE = Line({"coordinates": [[-112.0, 30.0], [-111.0, 30.0], [-111.0, 30.0], [-111.0, 31.0]]})


@pytest.mark.parametrize(
    ("lat", "lon", "foot"),
    [
        (30.2, -111.6, (30.0, -111.6)),
        (29.9, -111.5, (30.0, -111.5)),
        (30.8, -110.9, (30.8, -111.0)),
        (29.0, -113.0, (30.0, -112.0)),
        (32.0, -111.0, (31.0, -111.0)),
        (30.0, -111.0, (30.0, -111.0)),
    ],
)
def test_the_distance_to_a_line_is_that_to_its_nearest_point(lat: float, lon: float, foot: tuple[float, float]) -> None:
    assert LINE.distance_m(lat, lon) == pytest.approx(meters_between(lat, lon, *foot), abs=0.01)


@given(st.lists(st.tuples(LON, LAT), min_size=2, max_size=8, unique=True), LAT, LON)
def test_no_end_of_a_piece_is_nearer_than_the_line(ends: list[tuple[float, float]], lat: float, lon: float) -> None:
    nearest_end = min(meters_between(lat, lon, end_lat, end_lon) for end_lon, end_lat in ends)

    assert Line({"coordinates": ends}).distance_m(lat, lon) <= nearest_end * 1.04
