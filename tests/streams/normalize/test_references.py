"""The reports that a report refers to, and the units that it names."""

import pytest

from streams.normalize.references import reference, unit


@pytest.mark.parametrize(("text", "name"), [("2-A-11", "2A11"), (" unit 7 ", "UNIT7"), ("ñ-1", "N1"), ("---", "")])
def test_a_unit_is_compared_without_marks(text: str, name: str) -> None:
    assert unit(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("calexico_pd:25-001", "calexico_pd:25-001"),
        ("calexico_pd: 25-001 ", "calexico_pd:25-001"),
        ("urn:incident:US:calexico_pd:25:001", "calexico_pd:25:001"),
        ("25-001", "25-001"),
        ("Case No: 7", "Case No: 7"),
        ("calexico_pd:", "calexico_pd:"),
    ],
)
def test_a_reference_names_a_report_where_it_names_an_agency(text: str, name: str) -> None:
    assert reference(text) == name
