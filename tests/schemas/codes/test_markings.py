"""A caveat or category without a row is the most restrictive, and a wrong row is refused by its line."""

import pytest

from schemas.codes import markings
from schemas.codes.markings import MARKINGS, UNKNOWN_MARKING, family_marking, marking
from schemas.errors import Configuration


def test_a_marking_that_is_not_known_is_for_nobody() -> None:
    assert marking("caveat", "noforn") is MARKINGS["caveat", "NOFORN"]
    assert marking("caveat", "EYES ONLY") is UNKNOWN_MARKING
    assert marking("category", "NOFORN") is UNKNOWN_MARKING


@pytest.mark.parametrize("word", ["fed only", "  FED   ONLY ", "Fed\tOnly"])
def test_case_and_spaces_in_a_marking_do_not_matter(word: str) -> None:
    assert marking("caveat", word).effect == "federal"


@pytest.mark.parametrize("word", ["", "FED", "FEDONLY", "TRAFFICKING"])
def test_part_of_a_marking_is_not_a_marking(word: str) -> None:
    assert marking("caveat", word) is UNKNOWN_MARKING
    assert (UNKNOWN_MARKING.effect, UNKNOWN_MARKING.withhold) == ("never", frozenset())


def test_an_offense_family_without_a_row_withholds_nothing() -> None:
    assert family_marking("BURGLARY") is None
    trafficking = family_marking("TRAFFICKING")
    assert trafficking is not None
    assert trafficking.withhold == {"place", "persons", "narrative"}


ROW = {"mark": "X", "kind": "caveat", "effect": "withhold", "withhold": "persons|place"}


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([{**ROW, "kind": "word"}], "line 2: kind, effect or withhold"),
        ([{**ROW, "effect": "hide"}], "line 2: kind, effect or withhold"),
        ([{**ROW, "withhold": "persons|people"}], "line 2: kind, effect or withhold"),
        ([ROW, {**ROW, "effect": "never"}], "line 3, mark: X already has a row"),
    ],
)
def test_a_wrong_row_is_refused(rows: list[dict[str, str]], error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markings, "read_table", lambda *_: enumerate(rows, 2))

    with pytest.raises(Configuration, match=error):
        markings._read_markings()


def test_one_word_may_be_a_caveat_and_a_category(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markings, "read_table", lambda *_: enumerate([ROW, {**ROW, "kind": "category"}], 2))

    assert markings._read_markings().keys() == {("caveat", "X"), ("category", "X")}
