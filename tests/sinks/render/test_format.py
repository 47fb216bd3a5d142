"""What people read: agencies' writing cannot move their cursor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.render.format import clean, labels, moment, place


@given(st.text())
def test_nothing_that_is_printed_controls_the_terminal(text: str) -> None:
    assert clean(text).isprintable()


@pytest.mark.parametrize("text", ["\x1b[2Jgone", "a\rb", "abc\u202edef", "\x9b31m", "line\nline", "\u2066x"])
def test_control_and_direction_characters_are_not_printed(text: str) -> None:
    assert not set(clean(text)) & set("\x1b\r\u202e\x9b\n\u2066")


def test_words_of_other_languages_are_printed_as_they_are() -> None:
    assert clean("Peña Nieto, ¿dónde?") == "Peña Nieto, ¿dónde?"


@pytest.mark.parametrize(
    ("at", "told"),
    [(None, ""), (0, "1970-01-01 00:00:00"), (-1, "1969-12-31 23:59:59"), (1_767_570_000_999, "2026-01-04 23:40:00")],
)
def test_times_are_told_in_utc(at: int | None, told: str) -> None:
    assert moment(at) == told


def test_a_place_tells_address_nearest_place_and_what_the_coordinates_stand_for() -> None:
    report = {"lat": 32.67, "lon": -115.49, "precision": "block", "address": "A ST", "place": {"nearest": "Calexico"}}
    incident = {"location": {"lat": 32.67, "lon": -115.49}, "precision": "block", "nearest": ["Calexico"]}

    assert place(report) == "A ST, Calexico 32.67000,-115.49000 (block)"
    assert place(incident) == "Calexico 32.67000,-115.49000 (block)"
    assert place({}) == ""


def test_short_names_are_unique_for_as_many_reports_as_an_incident_may_have() -> None:
    names = list(labels([{"report_id": f"a:{n}"} for n in range(200)]).values())

    assert names[:3] + names[25:28] == ["a", "b", "c", "z", "aa", "ab"]
    assert len(set(names)) == 200
