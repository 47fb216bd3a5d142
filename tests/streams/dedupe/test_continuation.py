"""A pursuit goes on elsewhere when the time is enough for the way and the vehicle, or the hand-over, is the same."""

from typing import Any

import pytest

from streams.dedupe.continuation import continues, moving
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
