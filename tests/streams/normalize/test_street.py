"""The name of a street is what remains without kinds, directions, ramps and particles, in either language."""

import pytest

from streams.normalize.street import MOST_WORDS, kind_of, name, token


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("IMPERIAL AVE", "IMPERIAL"),
        ("N IMPERIAL AVE", "IMPERIAL"),
        ("IMPERIAL AVE N", "IMPERIAL"),
        ("AVENIDA DE LA REFORMA", "REFORMA"),
        ("CALLE 5", "5"),
        ("5TH ST", "5"),
        ("005", "5"),
        ("ST CHARLES RD", "SAINT CHARLES"),
        ("E ST CHARLES RD", "SAINT CHARLES"),
        ("MAIN ST CHARLES", "MAIN"),
        ("200 BLK IMPERIAL AVE", "200 IMPERIAL"),
        ("AVE", ""),
        ("", ""),
    ],
)
def test_a_street_is_named_without_what_stands_around_its_name(words: str, expected: str) -> None:
    assert name(words.split()) == expected


@pytest.mark.parametrize("words", ["N", "AVE N", "N AVE"])
def test_where_there_is_nothing_but_a_direction_it_is_the_name(words: str) -> None:
    assert name(words.split()) == name(["N"]) != ""


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("5TH", ("5", "ordinal")),
        ("12A", ("12", "ordinal")),
        ("0000TH", ("0", "ordinal")),
        ("12345TH", ("12345TH", "")),
        ("5X", ("5X", "")),
        ("007", ("7", "")),
        ("IMPERIAL", ("IMPERIAL", "")),
    ],
)
def test_an_ordinal_is_its_number_and_a_number_has_no_leading_zeros(word: str, expected: tuple[str, str]) -> None:
    assert token(word) == expected
    assert kind_of(word) == expected[1]


def test_no_more_words_are_read_than_an_address_has() -> None:
    words = [f"X{number}" for number in range(MOST_WORDS + 1)]

    assert name(words) == " ".join(words[:MOST_WORDS])
