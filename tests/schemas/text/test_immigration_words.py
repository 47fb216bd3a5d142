"""Phrases that state immigration status are read strictly from their tables, and misspelled words are known."""

import pytest

from schemas.errors import Configuration
from schemas.text import immigration_words
from schemas.text.immigration_words import Phrases, phrases


@pytest.mark.parametrize(
    "table",
    [
        [("telling", "en", "uda")],
        [("tells", "fr", "sans papiers")],
        [("tells", "en", "uda|")],
        [("tells", "en", "")],
        [("tells", "en", "<agency> hold")],
        [("<agency>", "en", "ice"), ("<hold>", "en", "<agency> hold")],
    ],
)
def test_a_wrong_row_is_refused_naming_its_line(
    table: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = [(line, dict(zip(("kind", "lang", "phrases"), row, strict=True))) for line, row in enumerate(table, 2)]
    monkeypatch.setattr(
        immigration_words, "read_table", lambda name, _: read if name == "immigration_words.csv" else []
    )

    with pytest.raises(Configuration, match=rf"immigration_words\.csv, line {len(table) + 1}"):
        phrases()


def test_a_phrase_of_articles_alone_is_refused() -> None:
    with pytest.raises(Configuration, match="'the' is an article"):
        Phrases([("the", "article"), ("the", "tells")], {})


WORDS = Phrases(
    [
        ("undocumented", "tells"),
        ("hondurans", "people"),
        ("alien", "tells"),
        ("<agency> hold", "tells"),
        ("taxi", "of"),
    ],
    {"<agency>": ("ice", "border patrol")},
)


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("undocumented", ("undocumented",)),
        ("undocumnted", ("undocumented",)),
        ("undocumennted", ("undocumented",)),
        ("undocumanted", ("undocumented",)),
        ("undocumetned", ("undocumented",)),
        ("nundocumented", ()),
        ("indocumented", ()),
        ("undocumnte", ()),
        ("aliens", ("alien",)),
        ("alein", ()),
        ("taxis", ("taxi",)),
        ("ice", ("<agency>",)),
        ("border", ()),
        ("", ()),
    ],
)
def test_a_word_is_itself_its_singular_its_class_or_what_it_misspells(word: str, forms: tuple[str, ...]) -> None:
    """One letter amiss, or two neighbors swapped, in a word of seven letters or more; never the first letter."""
    assert WORDS.forms(word) == forms


def test_a_phrase_is_looked_for_by_the_word_that_texts_have_most_seldom() -> None:
    assert Phrases([("has no papers", "tells")], {}).triggers == {"papers"}
    assert Phrases([("of the uda", "tells")], {}).triggers == {"uda"}
    assert Phrases([("papers please", "tells"), ("please", "innocent")], {}).triggers == {"papers"}
    assert Phrases([("papers", "innocent")], {}).triggers == set()


def test_a_phrase_may_go_on_where_another_ends() -> None:
    start = Phrases([("green card", "tells"), ("green card holder", "innocent"), ("green card", "of")], {}).start

    assert start["green"].kinds == frozenset()
    assert start["green"]["card"].kinds == {"tells", "of"}
    assert start["green"]["card"]["holder"].kinds == {"innocent"}


@pytest.mark.parametrize(
    ("word", "forms"),
    [("migratn", ("migrant",)), ("migrants", ("migrant",)), ("migrnt", ()), ("aliean", ()), ("17654321", ())],
)
def test_a_word_of_seven_letters_may_be_misspelled_and_shorter_ones_and_numbers_may_not(
    word: str, forms: tuple[str, ...]
) -> None:
    assert Phrases([("migrant", "tells"), ("aliens", "tells"), ("1234567", "tells")], {}).forms(word) == forms
