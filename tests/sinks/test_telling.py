"""What people read: agencies' writing cannot move their cursor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.telling import clean, facet_lines, incident_lines, moment, row
from tests.sinks.factories import document, report


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


def loaded(made: bytes) -> dict[str, object]:
    import orjson

    return dict(orjson.loads(made))


def test_an_incident_tells_each_report_that_speaks_of_it() -> None:
    made = loaded(document(report(1), report(2, status="CANCELLED", cancel_reason="DUPLICATE"), report_count=1))

    text = "\n".join(incident_lines("i1", made))

    for word in (
        "i1",
        "el_paso_pd:26-000001",
        "el_paso_pd:26-000002",
        "DUPLICATE",
        "two vehicles",
        "1 cancelled",
        "10-50",
    ):
        assert word in text


def test_a_document_with_little_in_it_is_told_all_the_same() -> None:
    bare = {"report_id": "a:1", "version": 1, "action": "NEW", "status": "CANCELLED", "updated_at": 0}
    made = {"state": "CANCELLED", "traffic": "ACTUAL", "updated_at": 0, "report_count": 0, "reports": [bare]}

    assert "a:1" in "\n".join(incident_lines("i1", made))
    assert row({"id": "i1", **made})[-2:] == ("0 CANCELLED", "i1")


def test_facets_tell_incidents_and_reports() -> None:
    values = [{"value": f"agency_{n}", "incidents": 3, "reports": 5} for n in range(20)]

    lines = facet_lines({"total": 3, "hits": [], "facets": {"agency": values, "day": []}})

    assert "agency_0 3 (5)" in lines[1]
    assert "12 more" in lines[1]
