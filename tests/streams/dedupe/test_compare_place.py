"""Distances and addresses at the edges of their levels."""

from itertools import product
from math import hypot
from typing import Any

import pytest

from streams.dedupe.compare_place import address, bearing_deg, distance, distance_m, uncertainty_m
from streams.dedupe.profile import Profile
from tests.streams.dedupe.profiles_of import profile

M_PER_DEGREE = 111_195.0
"""Meters per degree of latitude on a sphere of 6,371 km."""
GPS = hypot(15.0, 15.0)
"""Combined uncertainty of two GPS positions, meters."""
JUST = 1e-6


def apart(meters: float, precision: str = "GPS", **changes: Any) -> tuple[Profile, Profile]:
    """Two reports that lie so far apart, on one meridian at the equator."""
    here = profile(lat=0.0, lon=0.0, precision=precision, **changes)
    return here, here._replace(report_id="b_so:2", lat=meters / M_PER_DEGREE)


def test_a_degree_of_latitude_is_111_km_everywhere_and_one_of_longitude_half_as_much_at_60_degrees() -> None:
    assert distance_m(*apart(M_PER_DEGREE)) == pytest.approx(M_PER_DEGREE, abs=0.1)
    east = profile(lat=60.0, lon=11.0)
    assert distance_m(profile(lat=60.0, lon=10.0), east) == pytest.approx(M_PER_DEGREE / 2, abs=0.1)
    assert distance_m(profile(lon=None), east) is None


@pytest.mark.parametrize(
    ("lat", "lon", "bearing"), [(1.0, 0.0, 0.0), (0.0, 1.0, 90.0), (-1.0, 0.0, 180.0), (0.0, -1.0, 270.0)]
)
def test_a_bearing_is_clockwise_from_north(lat: float, lon: float, bearing: float) -> None:
    assert bearing_deg(profile(lat=0.0, lon=0.0), profile(lat=lat, lon=lon)) == pytest.approx(bearing, abs=0.5)


@pytest.mark.parametrize("ratio", [0.2, 0.6, 1.0, 1.5, 2.0, 2.6, 3.5, 5.0, 8.0, 14.0, 30.0])
def test_a_level_of_distance_holds_up_to_its_multiple_of_the_uncertainty(ratio: float) -> None:
    assert distance(*apart(ratio * GPS * (1 - JUST))) == f"30 m: {ratio:g} x"
    assert distance(*apart(ratio * GPS * (1 + JUST))) != f"30 m: {ratio:g} x"


@pytest.mark.parametrize(("ratio", "level"), [(0.99, "near"), (1.01, "3 x"), (2.99, "3 x"), (3.01, "farther")])
def test_of_places_known_to_a_city_only_being_far_apart_counts(ratio: float, level: str) -> None:
    assert distance(*apart(ratio * hypot(5_000.0, 5_000.0), "CITY")) == f"city: {level}"


SCALES = {
    ("GPS", "GPS"): "30 m",
    ("GPS", "ADDRESS"): "60 m",
    ("INTERSECTION", "ADDRESS"): "120 m",
    ("BLOCK", "BLOCK"): "120 m",
    ("MILEPOST", "BLOCK"): "400 m",
    ("MILEPOST", "MILEPOST"): "400 m",
    ("PLACE", "GPS"): "1 km",
    ("PLACE", "PLACE"): "1 km",
}


@pytest.mark.parametrize(("precisions", "scale"), SCALES.items())
def test_the_scale_of_a_distance_is_that_of_both_precisions(precisions: tuple[str, str], scale: str) -> None:
    left, right = apart(0.0)

    assert (
        distance(left._replace(precision=precisions[0]), right._replace(precision=precisions[1])) == f"{scale}: 0.2 x"
    )


def test_the_uncertainty_of_two_places_is_that_of_both_together() -> None:
    meters = {"GPS": 15, "ADDRESS": 60, "INTERSECTION": 60, "BLOCK": 100, "MILEPOST": 350, "PLACE": 800}
    meters |= {"CITY": 5_000, "COUNTY": 20_000, "UNKNOWN": 60}

    for (one, first), (other, second) in product(meters.items(), repeat=2):
        both = uncertainty_m(profile(precision=one), profile(precision=other))
        assert both == pytest.approx(hypot(first, second), abs=1e-9)


CROSSING = {"streets": ("3", "MAIN")}


@pytest.mark.parametrize(
    ("meters", "level"),
    [
        (349.9, "untold: 5 x"),
        (350.1, "one address: 1 km"),
        (999.9, "one address: 1 km"),
        (1_000.1, "one address: 4 km"),
        (3_999.9, "one address: 4 km"),
        (4_000.1, "one address: farther"),
    ],
)
def test_one_address_speaks_against_coordinates_that_lie_far_apart(meters: float, level: str) -> None:
    assert distance(*apart(meters, "UNKNOWN", **CROSSING)) == level


def test_coordinates_lie_far_apart_beyond_three_and_a_half_times_their_uncertainty() -> None:
    left, right = apart(3.49 * hypot(60.0, 800.0), "UNKNOWN", **CROSSING)
    assert distance(left, right._replace(precision="PLACE")) == "untold: 3.5 x"

    left, right = apart(3.51 * hypot(60.0, 800.0), "UNKNOWN", **CROSSING)
    assert distance(left, right._replace(precision="PLACE")) == "one address: 4 km"


@pytest.mark.parametrize("changes", [{"number": 0}, {"route_km": 1.0}, {"streets": ("ELM", "MAIN")}])
def test_only_a_report_that_states_a_street_alone_may_lie_anywhere_along_it(changes: dict[str, Any]) -> None:
    left, right = apart(500.0, "UNKNOWN", streets=("MAIN",))

    assert distance(left, right._replace(precision="BLOCK")) == "one street: 1 km"
    assert not distance(left._replace(**changes), right._replace(precision="BLOCK")).startswith("one street")


@pytest.mark.parametrize(
    ("km", "level"), [(0.8, "marker"), (0.81, "near marker"), (4.0, "near marker"), (4.01, "other marker")]
)
def test_mileposts_are_near_up_to_four_kilometers(km: float, level: str) -> None:
    left, right = profile(route="SR-98", route_km=0.0), profile(route="SR-98", route_km=km)

    assert (address(left, right), address(right, left)) == (level, level)
    assert address(left, right._replace(route="SR-111")) == ""


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("MAINE", "MAINES", "street"),
        ("MAIN", "MAINE", "other street"),
        ("ROSEWOOD", "ROSEMONT", "other street"),
        ("ROUTE 11", "ROUTE 12", "other street"),
    ],
)
def test_two_names_are_one_street_with_a_typo_where_they_are_long_and_have_no_digits(
    one: str, other: str, level: str
) -> None:
    assert address(profile(streets=(one,)), profile(streets=(other,))) == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (201, 201, "number"),
        (200, 200, "block"),
        (0, 0, "block"),
        (0, 99, "block"),
        (199, 200, "next block"),
        (199, 300, "other block"),
        (-1, 200, "street"),
    ],
)
def test_house_numbers_are_of_one_block_by_their_hundreds(one: int, other: int, level: str) -> None:
    left, right = profile(streets=("MAIN",), number=one), profile(streets=("MAIN",), number=other)

    assert (address(left, right), address(right, left)) == (level, level)
