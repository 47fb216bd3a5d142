"""Each comparison names the level that holds, from both sides the same, and nothing where nothing can be compared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dedupe.compare import COMPARISONS, metres
from streams.dedupe.explain import NotCompared, explain
from streams.dedupe.score import SAME_FROM, UNSURE_FROM, WEIGHTS, decision, score, verdict
from tests.streams.dedupe.profiles_of import NOON, profile

CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("time", {}, {"start": NOON + 119}, "1 min"),
    ("time", {}, {"start": NOON + 121}, "3 min"),
    ("time", {}, {"start": NOON - 1_800}, "30 min"),
    ("time", {"width": 86_400, "start": NOON - 40_000}, {}, "wide"),
    ("distance", {}, {"lat": None}, ""),
    ("distance", {}, {"lat": 32.6705}, "40 m"),
    ("distance", {"error_m": 400.0}, {"lat": 32.6735}, "40 m"),
    ("distance", {}, {"lat": 32.71}, "farther"),
    ("address", {}, {"streets": ("MAIN",)}, ""),
    ("address", {"streets": ("MAIN",)}, {"streets": ("ELM",)}, "other street"),
    ("address", {"streets": ("3", "MAIN")}, {"streets": ("3", "MAIN")}, "same crossing"),
    ("address", {"streets": ("MAIN",), "number": 200}, {"streets": ("MAIN",), "number": 217}, "same block"),
    ("address", {"streets": ("MAIN",), "number": 200}, {"streets": ("MAIN",), "number": 900}, "other block"),
    ("address", {"streets": ("MAIN",), "number": 200}, {"streets": ("MAIN",)}, "same street"),
    ("address", {"route": "SR-98", "route_km": 10.0}, {"route": "SR-98", "route_km": 10.5}, "same marker"),
    ("address", {"route": "SR-98", "route_km": 10.0}, {"route": "SR-98", "route_km": 50.0}, "other marker"),
    ("address", {"route": "SR-98", "route_km": 10.0}, {"route": "SR-98"}, "same street"),
    ("offense", {"concept": "A", "family": "F"}, {}, ""),
    ("offense", {"concept": "A", "family": "F"}, {"concept": "B", "family": "F"}, "same family"),
    ("offense", {"concept": "A", "family": "F"}, {"concept": "B", "family": "G"}, "other"),
    ("plate", {"plates": ("4ABC123",)}, {}, ""),
    ("plate", {"plates": ("4ABC123",)}, {"plates": ("4ABC123",)}, "same"),
    ("plate", {"plates": ("4ABC123",)}, {"plates": ("4A?C123",)}, "alike"),
    ("plate", {"plates": ("4ABC123",)}, {"plates": ("4ABC",)}, "alike"),
    ("plate", {"plates": ("4ABC123",)}, {"plates": ("9XYZ777",)}, "other"),
    ("plate", {"plates": ("4A?C",)}, {"plates": ("4A?C",)}, "alike"),
    ("person", {"persons": ("prueba una",)}, {"persons": ("prueba una",)}, "same"),
    ("person", {"persons": ("prueba una",)}, {"persons": ("ejemplo prueba una",)}, "a part"),
    ("person", {"persons": ("prueba una",)}, {"persons": ("ejemplo otra",)}, "other"),
    ("vehicle", {"vehicles": ("red/honda/",)}, {"vehicles": ("red/honda/sedan",)}, "same"),
    ("vehicle", {"vehicles": ("red/honda/",)}, {"vehicles": ("red//",)}, "alike"),
    ("vehicle", {"vehicles": ("red/honda/",)}, {"vehicles": ("blue/honda/",)}, "other"),
    ("vehicle", {"vehicles": ("red//",)}, {"vehicles": ("/honda/",)}, ""),
    ("words", {"words": ("knife", "robbery")}, {"words": ("knife", "robbery", "white")}, "most shared"),
    ("words", {"words": ("knife",)}, {"words": ("white",)}, "none shared"),
    ("reference", {"references": ("b_pd:2",)}, {}, "claimed"),
    ("source", {"agency_id": "b_pd"}, {}, "same agency"),
    ("source", {"agency_id": "b_pd"}, {"duplicate": True}, "called duplicate"),
]


@pytest.mark.parametrize(("name", "left", "right", "level"), CASES)
def test_comparisons(name: str, left: dict[str, Any], right: dict[str, Any], level: str) -> None:
    one, other = profile("a_pd:1", **left), profile("b_pd:2", **right)

    assert COMPARISONS[name](one, other) == COMPARISONS[name](other, one) == level


def test_every_comparison_is_weighed_and_every_level_reached_by_a_case() -> None:
    """No level without a weight, no weight without a case, and each comparison says what it compares."""
    assert WEIGHTS.keys() == COMPARISONS.keys()
    for name, compare in COMPARISONS.items():
        assert compare.__doc__
        assert {level for case, _, _, level in CASES if case == name and level} <= WEIGHTS[name].keys()


def test_missing_says_nothing() -> None:
    """A report that tells only its time is decided on by that alone."""
    bare = {"lat": None, "lon": None}
    found = score(profile("a_pd:1", **bare), profile("b_pd:2", **bare))

    assert found.weight == WEIGHTS["time"]["1 min"]


def test_the_evidence_adds_up_to_the_weight() -> None:
    one, other = profile("b_pd:2", streets=("MAIN",)), profile("a_pd:1", streets=("MAIN",))
    made = decision(one, other, score(one, other))

    assert (made["left"], made["right"]) == ("a_pd:1", "b_pd:2")
    assert made["weight"] == sum(row["weight"] for row in made["evidence"])
    assert made["verdict"] == verdict(made["weight"])


def test_the_verdicts() -> None:
    assert [verdict(bits) for bits in (SAME_FROM, UNSURE_FROM, UNSURE_FROM - 0.1)] == ["SAME", "UNSURE", "NOT_SAME"]


@given(st.floats(-60, 60), st.floats(-170, 170), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_distances_are_those_of_the_sphere(lat: float, lon: float, up: float, right: float) -> None:
    """Within half a percent of the haversine, to 50 km."""
    from math import asin, cos, radians, sin, sqrt

    def half(degrees: float) -> float:
        return sin(radians(degrees) / 2) ** 2

    other = lat + up, lon + right
    real = 2 * 6_371_000 * asin(sqrt(half(up) + cos(radians(lat)) * cos(radians(other[0])) * half(right)))
    found = metres(profile(lat=lat, lon=lon), profile(lat=other[0], lon=other[1]))

    assert found == pytest.approx(real, rel=5e-3, abs=1.0)


def document(report_id: str, **changes: Any) -> dict[str, Any]:
    made = {"report_id": report_id, "agency": report_id.partition(":")[0], "traffic": "ACTUAL", "lat": 32.67}
    return {**made, "lon": -115.49, "occurred_at": NOON * 1000, "updated_at": NOON * 1000, **changes}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"traffic": "TEST"}, "traffic"),
        ({"occurred_at": (NOON + 7_200) * 1000}, "time window"),
        ({"lat": 40.0}, "no shared block"),
    ],
)
def test_why_two_reports_were_never_compared(changes: dict[str, Any], rule: str) -> None:
    found = explain(document("a_pd:1"), document("b_pd:2", **changes))

    assert isinstance(found, NotCompared)
    assert found.rule == rule


def test_why_two_reports_are_one_incident() -> None:
    found = explain(document("b_pd:2"), document("a_pd:1"))

    assert not isinstance(found, NotCompared)
    assert (found["left"], found["verdict"]) == ("a_pd:1", "SAME")
