"""Names and ids that a reader enters: what may exist passes unchanged, the rest is refused with how to write it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.search.arguments import (
    MOST_NAME,
    MOST_SOURCE_ID,
    agency,
    incident_or_report,
    name,
    optional,
    plain,
    quoted,
    report,
)

Check = Callable[[str], str]


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (plain, ""),
        (plain, "x" * MOST_NAME),
        (plain, "Peña, Ñandú"),
        (name, "operations"),
        (optional, ""),
        (agency, "ab"),
        (agency, "a" * 48),
        (report, "el_paso_pd:26-053619"),
        (report, "el_paso_pd:a:b c"),
        (report, "el_paso_pd:" + "x" * MOST_SOURCE_ID),
        (incident_or_report, "i"),
        (incident_or_report, "i" * 64),
        (incident_or_report, "Ab_9-z"),
        (incident_or_report, "el_paso_pd:26-1"),
    ],
)
def test_what_may_exist_is_returned_unchanged(check: Check, text: str) -> None:
    assert check(text) == text


@pytest.mark.parametrize(
    ("check", "text", "message"),
    [
        (plain, "x" * (MOST_NAME + 1), "201 characters; at most 200"),
        (plain, "a\x1bb", "control characters"),
        (plain, "a\udcf1", "not UTF-8"),
        (name, "", "blank"),
        (name, " \t", "blank"),
        (optional, " ", "blank"),
        (agency, "a", "is not an agency id"),
        (agency, "a" * 49, "is not an agency id"),
        (agency, "El_Paso", "is not an agency id"),
        (report, "26-053619", "agency:source_id"),
        (report, "el_paso_pd:", "agency:source_id"),
        (report, ":26-1", "agency:source_id"),
        (report, "el_paso_pd:" + "x" * (MOST_SOURCE_ID + 1), "agency:source_id"),
        (report, "el_paso_pd:a\x00", "agency:source_id"),
        (report, "el_paso_pd:\udcf1", "agency:source_id"),
        (incident_or_report, "", "neither an incident id nor a report id"),
        (incident_or_report, "-i", "neither an incident id nor a report id"),
        (incident_or_report, "i" * 65, "neither an incident id nor a report id"),
        (incident_or_report, "a/b", "neither an incident id nor a report id"),
        (incident_or_report, ":", "is not a report id"),
    ],
)
def test_what_cannot_exist_is_refused_with_how_to_write_it(check: Check, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(text)


@given(st.text())
def test_a_message_shows_the_beginning_of_a_text_and_no_control_character(text: str) -> None:
    shown = quoted(text)

    assert shown.isprintable()
    assert (shown == repr(text)) == (len(text) <= 40)
