"""Plates, persons, vehicles and units agree equally from both sides, and not where a report states none."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dedupe import compare_persons_vehicles as module
from streams.dedupe.compare_persons_vehicles import MOST_VEHICLES, PersonLevel, PlateLevel
from streams.dedupe.profile import Profile
from streams.dedupe.weights import TABLE
from tests.streams.dedupe.profiles_of import profile

FIELDS = {"plate": "plates", "person": "persons", "vehicle": "vehicles", "unit": "units"}


def level(name: str, left: tuple[str, ...], right: tuple[str, ...]) -> str:
    """How far two lists agree, the same from both sides and weighed by the table."""
    compare: Callable[[Profile, Profile], str] = getattr(module, name)
    one, other = (
        profile(f"{side}_pd:1", **{FIELDS[name]: listed}) for side, listed in zip("ab", (left, right), strict=True)
    )
    agreed = compare(one, other)
    assert compare(other, one) == agreed
    assert not agreed or agreed in TABLE.weights[name]
    return agreed


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("4ABC123", "4ABC123", "same"),
        ("4ABC123", "9XYZ777", "other"),
        ("4ABC123", "4A?C123", "alike"),
        ("4ABC123", "4ABC?", "alike"),
        ("4ABC123", "4ABC123?", "other"),
        ("4ABC123", "?123", "alike"),
        ("4ABC123", "?124", "other"),
        ("4A?C", "4A?C", "alike"),
        ("4AB?", "4ABC?", "alike"),
        ("4AB?", "4AC?", "other"),
        ("4A.?", "4AB1", "other"),
        ("4ABC123", "4ABC", "alike"),
        ("4ABC123", "4AB", "other"),
        ("4AB", "4AC", "other"),
        ("4ABC123", "4ACB123", "alike"),
        ("4ABC123", "4ABC12", "alike"),
        ("4ABC123", "5ABD123", "other"),
    ],
)
def test_plates_are_the_same_alike_or_others(left: str, right: str, expected: str) -> None:
    assert level("plate", (left,), (right,)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("prueba una", "prueba una", "same"),
        ("prueba una", "ejemplo prueba una", "same"),
        ("prueba una", "preuba u", "same"),
        ("prueba una", "prueba", "surname"),
        ("prueba", "prueba", "surname"),
        ("prueba una", "prueba otra", "a name"),
        ("prueba una", "ejemplo otra", "other"),
        ("prueba una", "prueba un", "a name"),
        ("prueba", "pruexa", "surname"),
        ("prueba", "pruxxa", "other"),
        ("ana", "ane", "other"),
        ("p u", "p u", "other"),
        ("prueba una 19900502", "prueba una 19900502", "same, born that day"),
        ("prueba una 199005", "prueba una 19900502", "same"),
        ("prueba una 19900502", "prueba una", "same"),
        ("prueba una 1990", "prueba una 19850502", "born another day"),
        ("prueba 19900502", "prueba 19900502", "surname"),
        ("prueba 19900502", "ejemplo 19900502", "other"),
    ],
)
def test_persons_agree_by_names_and_dates_of_birth(left: str, right: str, expected: str) -> None:
    assert level("person", (left,), (right,)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("red/honda/",), ("red/honda/sedan",), "same"),
        (("red/honda/",), ("red//",), "alike"),
        (("red/honda/",), ("blue/honda/",), "other"),
        (("red//",), ("/honda/",), ""),
        (("/nissan/", "white/gmc/"), ("/nissan/", "blue//sedan", "white/gmc/pickup"), "same"),
        (("/nissan/", "white/gmc/"), ("/nissan/", "blue//sedan"), "one of several"),
        (("red//", "white//"), ("blue//", "black//"), "other"),
        (("red//", "/gmc/"), ("blue//", "//sedan"), ""),
        (("//sedan", "red//"), ("red//", "//sedan"), "same"),
    ],
)
def test_vehicles_are_paired_so_that_as_few_as_possible_conflict(
    left: tuple[str, ...], right: tuple[str, ...], expected: str
) -> None:
    assert level("vehicle", left, right) == expected


def test_only_the_first_vehicles_of_a_report_are_compared() -> None:
    many = ("blue//",) * (MOST_VEHICLES - 1)

    assert level("vehicle", (*many, "red//"), ("red//",)) == "alike"
    assert level("vehicle", (*many, "blue//", "red//"), ("red//",)) == "other"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(("2A11",), ("3B7",), ""), (("2A11",), ("2A11", "3B7"), "same"), (("2A11",), ("2A1",), "")],
)
def test_units_are_the_same_or_mean_nothing(left: tuple[str, ...], right: tuple[str, ...], expected: str) -> None:
    assert level("unit", left, right) == expected


@pytest.mark.parametrize("name", FIELDS)
def test_nothing_is_compared_where_a_report_states_nothing(name: str) -> None:
    stated: dict[str, Any] = {"plate": "4ABC123", "person": "prueba una", "vehicle": "red//", "unit": "2A11"}

    assert level(name, (), ()) == level(name, (), (stated[name],)) == ""


def test_the_best_pair_counts() -> None:
    assert level("plate", ("9XYZ777", "4ABC123"), ("1DEF456", "4ABC123")) == "same"
    assert level("person", ("prueba una", "ejemplo otra"), ("prueba otra", "prueba una")) == "same"


def test_a_level_outranks_those_before_it() -> None:
    assert [*PlateLevel] == [PlateLevel.OTHER, PlateLevel.ALIKE, PlateLevel.SAME]
    assert max(PersonLevel) is PersonLevel.SAME_BORN_THAT_DAY
    assert PersonLevel.OTHER < PersonLevel.ONE_NAME < PersonLevel.OTHER_BIRTH_DATE < PersonLevel.SURNAME


@given(st.text("4AB?", min_size=1, max_size=6), st.text("4AB?", min_size=1, max_size=6))
def test_any_two_plates_agree_as_far_from_both_sides(left: str, right: str) -> None:
    assert level("plate", (left,), (right,)) in {"same", "alike", "other"}
