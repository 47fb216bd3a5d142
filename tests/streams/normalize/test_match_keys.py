"""Plates, vehicles, names, units, references: what reports are compared by comes out in one form. All are invented."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.text.analysis import analyze, narratives_of
from streams.normalize.match_keys import MOST, keys, located
from streams.normalize.names import born, name, person
from streams.normalize.plates import plate, stated_in
from streams.normalize.references import reference, unit
from streams.normalize.vehicles import described
from tests.streams.fakes import report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7abc-123", "7ABC123"),
        (" 5soi* ", "5SOI?"),
        ("5SO??", "5SO?"),
        ("5S??", ""),
        ("UNK", ""),
        ("no plate", ""),
        ("Sin placas", ""),
        ("TEMP", ""),
        ("TEMP123", "TEMP123"),
        ("AB", ""),
        ("12345678901", ""),
        ("", ""),
    ],
)
def test_a_plate_is_letters_and_figures(text: str, expected: str) -> None:
    assert plate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FLED EB. PLATE 9XYZ229", ["9XYZ229"]),
        ("susp parked, lp 7XYZ430, nothing found", ["7XYZ430"]),
        ("PLACAS 3XYZ594", ["3XYZ594"]),
        ("placa: ABC-12-34", ["ABC1234"]),
        ("LIC PLATE CA 7XYZ123", ["7XYZ123"]),
        ("LIC# 7XYZ123 AND LIC/8XYZ321", ["7XYZ123", "8XYZ321"]),
        ("partial plate 5SOI?", ["5SOI?"]),
        ("PLATE UNKNOWN", []),
        ("PLATE RED SEDAN", []),
        ("LP, 3 SUBJECTS", []),
        ("HELP 4321", []),
        ("9XYZ229", []),
    ],
)
def test_a_narrative_tells_plates_after_a_word_for_plate(text: str, expected: list[str]) -> None:
    assert stated_in(analyze(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PRUEBA, L.", "l prueba"),
        ("L PRUEBA", "l prueba"),
        ("Ejemplo de la Prueba, Una", "ejemplo prueba una"),
        ("UNA PRUEBA EJEMPLO", "ejemplo prueba una"),
        ("SR. ÚNO PRUÉBA JR", "prueba uno"),
        ("O'PRUEBA", "oprueba"),
        ("UNK MALE", ""),
        ("SUJETO DESCONOCIDO", ""),
        ("DOE, JANE", ""),
        ("UNK PRUEBA", "prueba"),
        ("", ""),
        ("12345", ""),
    ],
)
def test_a_name_is_its_folded_parts_in_order(text: str, expected: str) -> None:
    assert name(text) == expected


def test_a_person_without_a_whole_name_has_that_of_the_parts() -> None:
    parts = {"given": "UNA", "paternal": "PRUEBA", "maternal": "EJEMPLO", "dob": ""}

    assert person({"name": "", **parts}) == "ejemplo prueba una"
    assert person({"name": "OTRA", **parts}) == "otra"


@pytest.mark.parametrize(("text", "expected"), [("2-A-11", "2A11"), ("2a11", "2A11"), (" m/3 ", "M3"), ("--", "")])
def test_a_unit_has_no_marks(text: str, expected: str) -> None:
    assert unit(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urn:incident:USA:b_so:S26-1", "b_so:S26-1"),
        ("b_so:S26-1", "b_so:S26-1"),
        ("b_so: S26-1 ", "b_so:S26-1"),
        ("S26-1", "S26-1"),
        ("Sheriff: S26-1", "Sheriff: S26-1"),
        ("b_so:", "b_so:"),
        ("", ""),
    ],
)
def test_a_claimed_number_is_a_report_id_where_it_names_the_agency(text: str, expected: str) -> None:
    assert reference(text) == expected


def at(**changes: Any) -> dict[str, Any]:
    empty = {"street": "", "cross_street": "", "number": "", "route_name": "", "route_marker": None}
    return {**report()["location"], **empty, **changes}


def test_what_the_source_parsed_stands_before_the_address_as_written() -> None:
    found = located(at(address="SOMEWHERE", street="BENTLEY AVE", cross_street="2ND ST", number="200"))

    assert (found.streets, found.number) == (("2", "BENTLEY"), 200)


@pytest.mark.parametrize(
    ("name_", "marker", "route", "kilometer"),
    [
        ("SR 111", 10.0, "SR-111", 16.093),
        ("MEX-15", 10.0, "MEX-15", 10.0),
        ("I-19", None, "I-19", None),
        ("I-19", -4.0, "I-19", None),
        ("I-19", float("nan"), "I-19", None),
        ("", 10.0, "", None),
    ],
)
def test_a_marker_is_miles_in_the_united_states_and_kilometers_in_mexico(
    name_: str, marker: float | None, route: str, kilometer: float | None
) -> None:
    found = located(at(address="", route_name=name_, route_marker=marker))

    assert (found.route, found.route_km) == (route, kilometer)


def test_keys_are_sorted_and_each_is_told_once() -> None:
    told = report(
        units=["2-A-11", "1A1", "2A11", "-"],
        persons=[{**report()["persons"][0], "name": name} for name in ("PRUEBA, L", "L PRUEBA", "UNK")],
        narratives=[{"lang": "en", "text": "RED SEDAN PLATE 9XYZ229"}, {"lang": "es", "text": "sedan rojo"}],
        vehicles=[
            {**report()["vehicles"][0], "plate": "9xyz 229", "color": "", "make": "", "model": "", "category": ""}
        ],
        links_claimed=[{"incident_uid": "b_so:1"}, {"incident_uid": "urn:incident:USA:b_so:1"}],
        cancel_reason=" duplicate",
    )

    found = keys(told, narratives_of(told))

    assert found["units"] == ["1A1", "2A11"]
    assert found["persons"] == ["l prueba 1990"]
    assert found["plates"] == ["9XYZ229"]
    assert found["vehicles"] == ["red//sedan"]
    assert found["references"] == ["b_so:1"]
    assert {"red", "sedan"} <= set(found["words"])
    assert found["duplicate"]
    assert not keys(report(cancel_reason="UNFOUNDED"), ())["duplicate"]


def test_a_report_has_no_more_keys_than_can_be_compared() -> None:
    assert len(keys(report(units=[f"U{number}" for number in range(200)]), ())["units"]) == MOST


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert set(plate(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?")
    assert all(stated_in(analyze(f"PLATE {text}")))
    assert name(name(text)) == name(text)
    assert unit(unit(text)) == unit(text)
    assert reference(reference(text)) == reference(text)
    assert all(one.count("/") == 2 for one in described(analyze(text, "es")) if one)


@pytest.mark.parametrize(
    "piece", ["LP ", "PLATE", "PLATE -", "A-", "?", "LIC LIC ", "RED ", "\x00", "ﷺ", "1-", "placas :"]
)
def test_no_narrative_is_read_for_ever(piece: str) -> None:
    keys(report(), [analyze((piece * 32_768)[:32_768], "en")])


@pytest.mark.parametrize(
    ("text", "digits"),
    [("1990-05-02", "19900502"), ("1990-05", "199005"), ("1990", "1990"), ("02/05/1990", ""), ("", "")],
)
def test_a_date_of_birth_is_kept_as_far_as_it_is_told(text: str, digits: str) -> None:
    assert born(text) == digits


def test_a_nickname_stands_for_its_name() -> None:
    assert name("PRUEBA, PEPE") == name("JOSE PRUEBA")
    assert name("BILL PRUEBA") == name("William Prueba")
