"""House numbers and where they stand."""

import pytest

from streams.normalize.house_number import house_number, place_before


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("200 IMPERIAL AVE", 200, "IMPERIAL AVE"),
        ("2XX IMPERIAL AVE", 200, "IMPERIAL AVE"),
        ("200BLK IMPERIAL AVE", 200, "IMPERIAL AVE"),
        ("AVENIDA MADERO 120", 120, "AVENIDA MADERO"),
        ("AVENIDA MADERO #120", 120, "AVENIDA MADERO"),
        ("AVENIDA MADERO NO 120", 120, "AVENIDA MADERO"),
        ("5 DE MAYO", -1, "5 DE MAYO"),
        ("31 DE MAYO", -1, "31 DE MAYO"),
        ("32 DE MAYO", 32, "DE MAYO"),
        ("9 ST", -1, "9 ST"),
        ("IMPERIAL AVE", -1, "IMPERIAL AVE"),
        ("200", -1, "200"),
    ],
)
def test_a_house_number_stands_before_a_name_behind_a_mark_or_after_a_spanish_street(
    text: str, number: int, rest: str
) -> None:
    assert house_number(text.split(), on_highway=False) == (number, rest.split())


def test_a_number_alone_is_one_on_a_highway() -> None:
    assert house_number(["200"], on_highway=True) == (200, [])


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("CITY PARK 1200 MAIN ST", 2),
        ("CITY 1200 MAIN ST", 1),
        ("CITY PARK 12 MAIN ST", 0),
        ("CITY 1200 ST", 0),
        ("1200 MAIN ST EAST", 0),
        ("CITY PARK 1200 MAIN", 0),
    ],
)
def test_a_place_may_be_named_before_a_number_of_three_digits(text: str, at: int) -> None:
    assert place_before(text.split()) == at
