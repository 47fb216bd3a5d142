"""Distances in meters on the sphere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.geo import EARTH_RADIUS_M, meters_between

LAT, LON = st.floats(-90, 90), st.floats(-180, 180)


def test_a_degree_of_latitude_is_111_kilometers() -> None:
    assert meters_between(32.0, -115.0, 33.0, -115.0) == pytest.approx(111_195, abs=1)


def test_a_degree_of_longitude_shrinks_with_the_latitude() -> None:
    assert meters_between(60.0, 0.0, 60.0, 1.0) == pytest.approx(meters_between(0.0, 0.0, 0.0, 1.0) / 2, rel=1e-4)


def test_antipodes_are_half_a_circumference_apart() -> None:
    assert meters_between(0.0, 0.0, 0.0, 180.0) == pytest.approx(3.141592653589793 * EARTH_RADIUS_M)


@given(LAT, LON, LAT, LON)
def test_distance_is_symmetric_and_never_negative(lat: float, lon: float, other_lat: float, other_lon: float) -> None:
    there = meters_between(lat, lon, other_lat, other_lon)
    assert there >= 0
    assert there == pytest.approx(meters_between(other_lat, other_lon, lat, lon), abs=1e-6)


@given(LAT, LON)
def test_a_point_is_where_it_is(lat: float, lon: float) -> None:
    assert meters_between(lat, lon, lat, lon) == 0
