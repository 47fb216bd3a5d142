"""A pursuit goes on elsewhere when the time is enough for the way and the vehicle, or the hand-over, is the same."""

from math import cos, hypot, radians, sin
from typing import Any

import pytest

from streams.dedupe.continuation import continues, moving
from streams.dedupe.profile import Profile
from streams.dedupe.score import score, verdict
from tests.streams.dedupe.profiles_of import NOON, profile

CHASED = {"family": "PURSUIT", "concept": "PURSUIT", "plates": ("4ABC123",), "vehicles": ("red/honda/",)}
FARTHER = {"start": NOON + 300, "lat": 32.74}
"""7.8 km to the north, five minutes later."""


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, True),
        ({"plates": ()}, {}, True),
        ({"plates": (), "words": ("northbound",)}, {}, True),
        ({"plates": (), "words": ("southbound",)}, {}, False),
        ({"words": ("southbound",)}, {}, True),
        ({"plates": (), "heading_deg": 350.0}, {}, True),
        ({"plates": (), "vehicles": ()}, {}, False),
        ({"plates": (), "vehicles": (), "handover_to": "b_pd"}, {}, True),
        ({"plates": (), "vehicles": (), "handover_to": "c_pd"}, {}, False),
        ({"plates": ("9XYZ777",)}, {}, False),
        ({}, {"lat": 33.4}, False),
        ({}, {"lat": 32.6701}, False),
        ({}, {"family": "FIRE", "concept": "FIRE"}, False),
        ({"lat": None, "lon": None}, {}, False),
        ({"lat": None, "lon": None, "handover_to": "b_pd"}, {}, True),
    ],
)
def test_who_goes_on_where(first: dict[str, Any], second: dict[str, Any], expected: bool) -> None:
    one, other = profile("a_pd:1", **{**CHASED, **first}), profile("b_pd:2", **{**CHASED, **FARTHER, **second})
    found = score(one, other)
    levels = found.level("plate"), found.level("vehicle")

    assert continues(one, other, *levels) is continues(other, one, *levels) is expected
    assert (verdict(one, other, found) == "CONTINUES") is expected


def test_a_handover_a_heading_and_words_of_flight_tell_that_somebody_moves() -> None:
    assert not moving(profile())
    assert all(
        moving(profile(**told))
        for told in ({"handover_to": "b_pd"}, {"heading_deg": 0.0}, {"words": ("flee",)}, {"family": "PURSUIT"})
    )


def at_equator(meters: float, **changes: Any) -> tuple[Profile, Profile]:
    """A pursuit, and where it is 300 s later, so many meters to the north."""
    one = profile("a_pd:1", **{**CHASED, "lat": 0.0, "lon": 0.0})
    return one, profile("b_pd:2", **{**CHASED, **FARTHER, "lon": 0.0, "lat": meters / 111_195.0, **changes})


@pytest.mark.parametrize(("off", "expected"), [(-1.0, True), (1.0, False)])
def test_the_time_suffices_up_to_200_km_an_hour_with_clocks_a_minute_apart(off: float, expected: bool) -> None:
    # 240 s between the two times, 60 s of width each, 60 s of clocks; positions within 3.5 x their uncertainty.
    farthest = 55.0 * (240 + 60 + 60 + 60) + 3.5 * hypot(15.0, 15.0)

    assert continues(*at_equator(farthest + off), "same", "") is expected


@pytest.mark.parametrize(("off", "expected"), [(-0.1, False), (0.1, True)])
def test_two_places_are_two_from_three_and_a_half_times_their_uncertainty(off: float, expected: bool) -> None:
    assert continues(*at_equator(3.5 * hypot(15.0, 15.0) + off), "same", "") is expected


@pytest.mark.parametrize(
    ("heading", "expected"), [(99.0, True), (101.0, False), (259.0, False), (261.0, True), (0.0, True), (180.0, False)]
)
def test_the_second_place_lies_within_100_degrees_of_the_heading(heading: float, expected: bool) -> None:
    one, other = at_equator(7_000.0)

    assert continues(one._replace(heading_deg=heading), other, "", "same") is expected
    assert continues(one._replace(heading_deg=heading), other, "alike", "same") is True


def test_an_unknown_place_leaves_only_a_handover() -> None:
    one, other = at_equator(7_000.0, precision="UNKNOWN")

    assert continues(one, other, "same", "same") is False
    assert continues(one._replace(handover_to="b_pd"), other, "", "") is True


@pytest.mark.parametrize(
    ("stated", "direction", "expected"),
    [
        ("northbound", 99.9, True),
        ("northbound", 100.1, False),
        ("northbound", 260.1, True),
        ("northbound", 259.9, False),
        ("eastbound", 189.9, True),
        ("eastbound", 190.1, False),
        ("eastbound", 350.1, True),
        ("eastbound", 349.9, False),
        ("southbound", 80.1, True),
        ("southbound", 79.9, False),
        ("westbound", 170.1, True),
        ("westbound", 169.9, False),
        ("westbound", 9.9, True),
        ("westbound", 10.1, False),
    ],
)
def test_a_narrated_heading_is_one_of_the_compass(stated: str, direction: float, expected: bool) -> None:
    at = radians(direction)
    one = profile("a_pd:1", **{**CHASED, "lat": -0.05 * cos(at) / 2, "lon": 0.0, "words": (stated,)})
    other = profile("b_pd:2", **{**CHASED, **FARTHER, "lat": 0.05 * cos(at) / 2, "lon": 0.05 * sin(at)})

    assert continues(one, other, "", "same") is expected
