"""Highways and mileposts."""

import pytest

from streams.normalize.route import as_street, highways, marker, rank


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("KM 12+500", 12.5),
        ("KM 12.5", 12.5),
        ("KILOMETRO 7", 7.0),
        ("MP 10", 16.093),
        ("MILE MARKER 1.5", 2.414),
        ("100 MAIN ST", None),
    ],
)
def test_a_milepost_is_a_kilometer(text: str, km: float | None) -> None:
    found, rest = marker(text)

    assert found == km
    assert rest.strip() == ("" if km is not None else text)


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("I-8", ["I-8"]),
        ("US 83 / SR-98", ["US-83", "SR-98"]),
        ("I70E", ["I-70"]),
        ("MAIN ST", []),
    ],
)
def test_a_highway_has_its_system_and_number(text: str, routes: list[str]) -> None:
    found = highways(text)

    assert found[0] == routes
    if not routes:
        assert found[1] == text


def test_the_larger_road_comes_first_and_numbers_count_as_numbers() -> None:
    assert sorted(["SR-98", "I-10", "US-95", "I-8"], key=rank) == ["I-8", "I-10", "US-95", "SR-98"]
    assert as_street("SR-98") == "ROUTE 98"
