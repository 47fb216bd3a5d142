"""Each comparison names the level that holds, from both sides the same, and nothing where nothing can be compared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dedupe.compare import COMPARISONS
from streams.dedupe.compare_place import distance_m
from streams.dedupe.profile import ERROR_M, Profile
from streams.dedupe.weights import TABLE
from tests.streams.dedupe.profiles_of import NOON, profile

Case = tuple[str, dict[str, Any], dict[str, Any], str]

PLACES: list[Case] = [
    ("time", {}, {"start": NOON + 90}, "30 s"),
    ("time", {}, {"start": NOON + 121}, "2 min"),
    ("time", {}, {"start": NOON - 1_800}, "30 min"),
    ("time", {"width": 86_400, "start": NOON - 40_000}, {}, "wide"),
    ("distance", {}, {"lat": None}, ""),
    ("distance", {}, {"lat": 32.67002}, "30 m: 0.2 x"),
    ("distance", {}, {"lat": 32.6705}, "30 m: 3.5 x"),
    ("distance", {"precision": "MILEPOST"}, {"lat": 32.6735}, "400 m: 1.5 x"),
    ("distance", {"precision": "UNKNOWN"}, {"lat": 32.6705}, "untold: 1 x"),
    ("distance", {"precision": "CITY"}, {"lat": 32.70}, "city: near"),
    ("distance", {}, {"lat": 32.71}, "30 m: farther"),
    (
        "distance",
        {"precision": "UNKNOWN", "streets": ("3", "MAIN")},
        {"lat": 32.69, "streets": ("3", "MAIN")},
        "one address: 4 km",
    ),
    ("distance", {"streets": ("3", "MAIN")}, {"lat": 32.69, "streets": ("3", "MAIN")}, "30 m: farther"),
    (
        "distance",
        {"precision": "UNKNOWN", "streets": ("MAIN",)},
        {"lat": 32.675, "streets": ("MAIN",), "number": 200},
        "one street: 1 km",
    ),
    ("address", {}, {"streets": ("MAIN",)}, ""),
    ("address", {"streets": ("MAIN",)}, {"streets": ("ELM",)}, "other street"),
    ("address", {"streets": ("BROADWAY",)}, {"streets": ("BRADWAY",)}, "street"),
    ("address", {"streets": ("12TH NORTH",)}, {"streets": ("13TH NORTH",)}, "other street"),
    ("address", {"streets": ("3", "MAIN")}, {"streets": ("3", "MAIN")}, "crossing"),
    ("address", {"streets": ("3", "MAIN")}, {"streets": ("4", "MAIN")}, "other crossing"),
    ("address", {"streets": ("3", "MAIN")}, {"streets": ("MAIN",)}, "street and crossing"),
    ("address", {"streets": ("MAIN",), "number": 200}, {"streets": ("MAIN",), "number": 217}, "block"),
    ("address", {"streets": ("MAIN",), "number": 217}, {"streets": ("MAIN",), "number": 217}, "number"),
    ("address", {"streets": ("MAIN",), "number": 217}, {"streets": ("MAIN",), "number": 301}, "next block"),
    ("address", {"streets": ("MAIN",), "number": 200}, {"streets": ("MAIN",), "number": 900}, "other block"),
    ("address", {"streets": ("MAIN",), "number": 200}, {"streets": ("MAIN",)}, "street"),
    ("address", {"streets": ("MAIN",)}, {"streets": ("MAIN",), "lat": None}, "street, unlocated"),
    ("address", {"route": "SR-98", "route_km": 10.0}, {"route": "SR-98", "route_km": 10.5}, "marker"),
    ("address", {"route": "SR-98", "route_km": 10.0}, {"route": "SR-98", "route_km": 50.0}, "other marker"),
    ("address", {"streets": ("ROUTE 98",), "route_km": 10.0}, {"streets": ("MAIN",)}, "road and street"),
]

WHAT: list[Case] = [
    ("offense", {"concept": "A", "family": "F"}, {}, ""),
    ("offense", {"concept": "A", "family": "F"}, {"concept": "A", "family": "F"}, "same"),
    ("offense", {"concept": "A", "family": "F"}, {"concept": "B", "family": "F"}, "same family"),
    ("offense", {"concept": "A", "family": "F"}, {"concept": "B", "family": "G"}, "other"),
    ("offense", {"concept": "MEDICAL", "family": "MEDICAL"}, {"concept": "HIT_RUN", "family": "COLLISION"}, "usual"),
    ("offense", {"concept": "EMERGENCY_CALL", "family": "CALL"}, {"concept": "B", "family": "G"}, "vague"),
    ("injury", {"injury": "MINOR"}, {}, ""),
    ("injury", {"injury": "MINOR"}, {"injury": "MINOR"}, "same"),
    ("injury", {"injury": "MINOR"}, {"injury": "FATAL"}, "other"),
    ("injury", {"injury": "SEVERE"}, {"family": "MEDICAL"}, "ambulance, badly hurt"),
    ("injury", {"injury": "SEVERE"}, {"family": "MEDICAL", "words": ("bat",)}, ""),
    ("heading", {"words": ("northbound",)}, {"words": ("northbound",)}, "same"),
    ("heading", {"words": ("northbound",)}, {"words": ("southbound",)}, "other"),
    ("count", {"words": ("3",)}, {"words": ("3",)}, "same"),
    ("count", {"words": ("3",)}, {"words": ("5",)}, "near"),
    ("count", {"words": ("3",)}, {"words": ("12",)}, "other"),
    ("weapon", {"words": ("knife",)}, {"words": ("gun",)}, "other"),
    ("deeds", {"words": ("rob", "throw")}, {"words": ("rob", "throw", "white")}, "most shared"),
    ("deeds", {"words": ("rob",)}, {"words": ("fire",)}, "none shared"),
    ("deeds", {"words": ("white",)}, {"words": ("fire",)}, ""),
]

CLAIMS: list[Case] = [
    ("reference", {"references": ("b_pd:2",)}, {}, "claimed"),
    ("source", {"agency_id": "b_pd"}, {}, "same agency"),
    ("source", {"agency_id": "b_pd"}, {"duplicate": True}, "called duplicate"),
]


@pytest.mark.parametrize(("name", "left", "right", "level"), [*PLACES, *WHAT, *CLAIMS])
def test_comparisons(name: str, left: dict[str, Any], right: dict[str, Any], level: str) -> None:
    one, other = profile("a_pd:1", **left), profile("b_pd:2", **right)

    assert COMPARISONS[name](one, other) == COMPARISONS[name](other, one) == level


def test_every_comparison_says_what_it_compares_and_every_level_of_a_case_is_weighed() -> None:
    for name, compare in COMPARISONS.items():
        assert compare.__doc__
        assert {level for case, _, _, level in [*PLACES, *WHAT, *CLAIMS] if case == name and level} <= TABLE.weights[
            name
        ].keys()


PROFILES = st.builds(
    profile,
    report_id=st.sampled_from(["a_pd:1", "b_pd:1", "b_pd:2"]),
    start=st.integers(NOON - 4_000, NOON + 4_000),
    width=st.sampled_from([1, 60, 900, 86_400]),
    lat=st.none() | st.floats(32.5, 32.8),
    precision=st.sampled_from(sorted(ERROR_M)),
    concept=st.sampled_from(["", "MEDICAL", "HIT_RUN", "EMERGENCY_CALL", "COLLISION"]),
    family=st.sampled_from(["MEDICAL", "COLLISION", "CALL"]),
    streets=st.sampled_from([(), ("MAIN",), ("MAIN", "3"), ("MIAN",)]),
    number=st.sampled_from([-1, 0, 100, 217, 950]),
    route_km=st.none() | st.floats(0, 500),
    plates=st.sampled_from([(), ("4ABC123",), ("4ABC?",), ("4ABC128", "9XYZ777")]),
    vehicles=st.lists(st.sampled_from(["red/honda/", "blue//sedan", "/honda/", "red//"]), max_size=5).map(tuple),
    persons=st.lists(st.sampled_from(["prueba una", "preuba u 1990", "ejemplo otra"]), max_size=2).map(tuple),
    words=st.sets(st.sampled_from(["northbound", "3", "9", "knife", "rob", "fire", "pursuit"])).map(
        lambda some: tuple(sorted(some))
    ),
    injury=st.sampled_from(["", "NONE", "FATAL"]),
)


@given(PROFILES, PROFILES)
def test_every_comparison_is_the_same_from_both_sides_and_every_level_has_a_weight(
    one: Profile, other: Profile
) -> None:
    for name, compare in COMPARISONS.items():
        level = compare(one, other)

        assert compare(other, one) == level
        assert not level or level in TABLE.weights[name], (name, level)


def test_every_precision_has_an_error() -> None:
    told = {"GPS", "ADDRESS", "INTERSECTION", "BLOCK", "MILEPOST", "PLACE", "CITY", "COUNTY"}

    assert ERROR_M.keys() == told | {"UNKNOWN"}


@given(st.floats(-60, 60), st.floats(-170, 170), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_distances_are_those_of_the_sphere(lat: float, lon: float, up: float, right: float) -> None:
    """Within half a percent of the haversine, to 50 km."""
    from math import asin, cos, radians, sin, sqrt

    def half(degrees: float) -> float:
        return sin(radians(degrees) / 2) ** 2

    other = lat + up, lon + right
    real = 2 * 6_371_000 * asin(sqrt(half(up) + cos(radians(lat)) * cos(radians(other[0])) * half(right)))
    found = distance_m(profile(lat=lat, lon=lon), profile(lat=other[0], lon=other[1]))

    assert found == pytest.approx(real, rel=5e-3, abs=1.0)


@pytest.mark.parametrize("seconds", [30, 60, 120, 240, 360, 480, 600, 780, 960, 1_200])
def test_a_level_of_time_holds_up_to_its_seconds(seconds: int) -> None:
    first = profile(width=60)
    later = [COMPARISONS["time"](first, profile("b_so:2", start=NOON + 60 + apart)) for apart in (seconds, seconds + 1)]

    assert later[0] == (f"{seconds} s" if seconds < 60 else f"{seconds // 60} min") != later[1]


def test_times_are_wide_from_more_than_an_hour_together() -> None:
    assert COMPARISONS["time"](profile(width=60), profile("b_so:2", width=3_540)) == "30 s"
    assert COMPARISONS["time"](profile(width=60), profile("b_so:2", width=3_541)) == "wide"
