"""The tables of addresses are read strictly."""

import pytest

from schemas.errors import Configuration
from streams.normalize import address_words, route, vehicles


def test_a_word_has_one_row_and_a_known_kind() -> None:
    row = {"word": "ST", "canonical": "", "kind": "type"}

    assert address_words.read([(2, row)], "t.csv") == {"ST": ("type", "ST")}
    with pytest.raises(Configuration, match=r"t\.csv, line 3, word"):
        address_words.read([(2, row), (3, row)], "t.csv")
    with pytest.raises(Configuration, match=r"t\.csv, line 2, kind"):
        address_words.read([(2, {**row, "kind": "street"})], "t.csv")


def test_words_that_stand_for_nothing_have_a_known_kind() -> None:
    with pytest.raises(Configuration, match=r"t\.csv, line 2, kind"):
        address_words.read_not_stated([(2, {"word": "UNK", "kind": "unit"})], "t.csv")


def test_a_highway_has_a_known_system_and_words_of_its_own() -> None:
    row = {"words": "US", "system": "US"}

    with pytest.raises(Configuration, match=r"t\.csv, line 3"):
        route.read([(2, row), (3, row)], "t.csv")
    with pytest.raises(Configuration, match=r"t\.csv, line 2"):
        route.read([(2, {**row, "system": "USA"})], "t.csv")


def test_a_model_is_in_the_words_of_the_lexicon() -> None:
    row = {"model": "civic", "make": "honda", "kind": "sedan"}

    assert vehicles.read([(2, row)], "t.csv") == {"civic": ("honda", "sedan")}
    for wrong in ({"make": "hond"}, {"kind": "honda"}, {"model": "civics"}):
        with pytest.raises(Configuration, match=r"t\.csv, line 2"):
            vehicles.read([(2, {**row, **wrong})], "t.csv")


def test_every_kind_of_the_tables_is_used() -> None:
    assert {kind for kind, _ in address_words.WORDS.values()} == set(address_words.KINDS)
    assert all(address_words.NOT_STATED.values())


def test_a_slip_is_no_word_of_the_table() -> None:
    assert {"STRET", "AVNEUE", "CALLEE"} <= address_words.MISTYPED
    assert not address_words.MISTYPED & set(address_words.WORDS)
