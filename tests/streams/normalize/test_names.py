"""Names of persons as they are compared."""

import pytest

from streams.normalize.names import born, name, person


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("PEREZ, Luis", "luis perez"),
        ("Luis Pérez", "luis perez"),
        ("O'Brien", "obrien"),
        ("John Doe", ""),
        ("", ""),
        ("7", ""),
        ("A B C D E F G", "a b c d e f"),
    ],
)
def test_a_name_is_its_folded_parts_in_alphabetical_order(text: str, compared: str) -> None:
    assert name(text) == compared


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1980-01-31", "19800131"),
        ("1980-01", "198001"),
        (" 1980 ", "1980"),
        ("80", ""),
        ("1980-1-1", ""),
        ("1980-01-31T00:00", ""),
    ],
)
def test_a_date_of_birth_is_as_much_of_it_as_is_stated(text: str, digits: str) -> None:
    assert born(text) == digits


def test_a_person_has_a_date_of_birth_only_beside_a_name() -> None:
    parts = {"name": "", "given": "Ana", "paternal": "Ruiz", "maternal": "", "dob": "1980"}

    assert person(parts) == "ana ruiz 1980"
    assert person({**parts, "name": "Eva Gil"}) == "eva gil 1980"
    assert person({**parts, "given": "", "paternal": ""}) == ""
