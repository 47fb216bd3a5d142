"""Vehicles are color, make and kind in the words of the lexicon, whatever the language. All are invented."""

from typing import Any

import pytest

from schemas.errors import Configuration
from schemas.text.analysis import analyze, narratives_of
from streams.normalize.vehicles import LONGEST_FIELD, LONGEST_TEXT, described, read, vehicles
from tests.streams.fakes import report


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("RED SEDAN VS HOND CIVIC", "en", ["red//sedan", "/honda/sedan"]),
        ("CHOQUE ENTRE VERDE CHEV TAHOE Y NEGRO PICKUP", "es", ["green/chevrolet/suv", "black//pickup"]),
        ("CIVIC COLOR GRIS 2019", "es", ["gray/honda/sedan"]),
        ("WHITE 2019 NISSAN ALTIMA", "en", ["white/nissan/sedan"]),
        ("BLACK SEDAN RED PICKUP", "en", ["black//sedan", "red//pickup"]),
        ("MALE IN RED SHIRT", "en", []),
        ("", "en", []),
    ],
)
def test_a_narrative_describes_vehicles_in_the_words_of_the_lexicon(text: str, lang: str, expected: list[str]) -> None:
    assert [one for one in described(analyze(text, lang)) if one] == expected


def test_a_field_and_a_narrative_describe_the_same_vehicle_alike() -> None:
    told = report()
    fields = {**told["vehicles"][0], "color": "WHI", "make": "NISS", "model": "ALTIMA", "category": "AUTOMOBILE"}
    told = {**told, "vehicles": [fields], "narratives": [{"lang": "es", "text": "NISSAN ALTIMA BLANCO"}]}

    assert set(vehicles(told, narratives_of(told))) - {""} == {"white/nissan/sedan"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RED AND BLUE SEDAN", ["blue//sedan"]),
        ("SEDAN RED SEDAN", ["red//sedan"]),
        ("HONDA FORD", ["/honda/", "/ford/"]),
        ("FORD CIVIC", ["/ford/sedan"]),
        ("CIVIC FORD", ["/honda/sedan", "/ford/"]),
        ("RED 2019 4DR SEDAN", ["red//sedan"]),
        ("RED WITH SEDAN", ["//sedan"]),
        ("RED", []),
        ("WHITE CIVIC, BLACK CIVIC", ["white/honda/sedan", "black/honda/sedan"]),
    ],
)
def test_another_word_or_a_second_color_make_or_kind_ends_a_description(text: str, expected: list[str]) -> None:
    assert [vehicle for vehicle in described(analyze(text, "en")) if vehicle] == expected


def test_no_more_of_a_narrative_and_of_a_field_is_read_than_their_first_characters() -> None:
    filler = "X " * (LONGEST_TEXT // 2)
    assert [each for each in described(analyze(filler[:-10] + "RED SEDAN", "en")) if each] == ["red//sedan"]
    assert [each for each in described(analyze(filler + "RED SEDAN", "en")) if each] == []

    assert of_fields(color="RED".rjust(LONGEST_FIELD), category="SEDAN") == ["red//sedan"]
    assert of_fields(color="RED".rjust(LONGEST_FIELD + 3), category="SEDAN") == ["//sedan"]


def of_fields(**fields: str) -> list[str]:
    empty = dict.fromkeys(("color", "make", "model", "category"), "")
    made: dict[str, Any] = report(vehicles=[{**report()["vehicles"][0], **empty, **fields}])
    return [each for each in vehicles(made, ()) if each]


def test_each_vehicle_has_a_description_of_its_own() -> None:
    fields = {**report()["vehicles"][0], "make": "", "model": "", "category": "SEDAN"}
    made = report(vehicles=[{**fields, "color": "RED"}, {**fields, "color": "BLACK"}])

    assert vehicles(made, ()) == ["red//sedan", "black//sedan"]
    assert vehicles(report(vehicles=[]), ()) == []


ROW = {"model": "civic", "make": "honda", "kind": "sedan"}


@pytest.mark.parametrize(
    "rows",
    [[{**ROW, "model": "x"}], [{**ROW, "make": "x"}], [{**ROW, "kind": "honda"}], [ROW, ROW]],
    ids=["unknown model", "unknown make", "a make for a kind", "twice"],
)
def test_a_wrong_row_of_the_models_is_refused(rows: list[dict[str, str]]) -> None:
    assert read([(2, ROW)], "t") == {"civic": ("honda", "sedan")}
    with pytest.raises(Configuration, match=f"t, line {len(rows) + 1}"):
        read(enumerate(rows, 2), "t")
