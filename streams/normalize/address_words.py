"""The words of addresses in English and Spanish, by what they do in an address; see `address_words.csv`."""

from collections.abc import Iterable, Iterator, Mapping

from schemas.errors import Configuration
from schemas.tables.reader import read_table

COLUMNS = ("word", "canonical", "kind", "source", "verified")

KINDS = {
    "type": "kind of street, never its name",
    "highway": "kind of highway, a name only with a direction: N FREEWAY",
    "alone": "kind of street that may be its name: W LOOP S, COURT ST",
    "lead": "kind of street where it leads: C. HIDALGO, but C STREET",
    "direction": "direction, as its letters",
    "noise": "says which side or ramp, not which street",
    "tail": "relation to the street before it: north of",
    "exit": "its number follows",
    "block": "the number before it is where a block begins",
    "unit": "apartment or the like, its number follows",
    "number": "the house number follows",
    "end": "neighborhood and what is larger follows",
    "separator": "between two streets",
    "article": "particle after the kind of a street",
    "after_article": "particle after such a particle",
    "name": "abbreviated part of a name",
    "ordinal": "ordinal as its figure",
}

NOT_TOLD_COLUMNS = ("word", "kind", "source", "verified")
NOT_TOLD_KINDS = ("plate", "particle", "title", "nobody")

_LONG = 5


def read(lines: Iterable[tuple[int, dict[str, str]]], name: str) -> dict[str, tuple[str, str]]:
    """Return word -> its kind and canonical form, from rows with line numbers.

    Raises: Configuration naming the line.
    """
    words: dict[str, tuple[str, str]] = {}
    for line, fields in lines:
        if fields["kind"] not in KINDS:
            raise Configuration(f"{name}, line {line}, kind: {fields['kind']!r} is none of {', '.join(KINDS)}")
        if fields["word"] in words:
            raise Configuration(f"{name}, line {line}, word: {fields['word']} has a row already")
        words[fields["word"]] = (fields["kind"], fields["canonical"] or fields["word"])
    return words


def _slips(word: str) -> Iterator[str]:
    """Return what becomes of a word when a finger slips once: two letters changed over, one doubled, one left out."""
    for at in range(len(word)):
        yield word[: at + 1] + word[at:]
        if at:
            yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        if at and len(word) >= _LONG:
            yield word[:at] + word[at + 1 :]


def mistyped(words: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """Return the single slips of the kinds of streets of 4 letters and more that are no word of the table."""
    long = (word for word, (kind, _) in words.items() if kind == "type" and len(word) > 3)
    return frozenset(slip for word in long for slip in _slips(word)) - frozenset(words)


def read_not_stated(lines: Iterable[tuple[int, dict[str, str]]], name: str) -> dict[str, frozenset[str]]:
    """Return kind -> the words written where there is no plate or name, from rows with line numbers.

    Raises: Configuration naming the line.
    """
    words_of: dict[str, set[str]] = {kind: set() for kind in NOT_TOLD_KINDS}
    for line, fields in lines:
        if fields["kind"] not in words_of:
            raise Configuration(f"{name}, line {line}, kind: {fields['kind']!r} is none of {', '.join(words_of)}")
        words_of[fields["kind"]].add(fields["word"])
    return {kind: frozenset(words) for kind, words in words_of.items()}


WORDS = read(read_table("address_words.csv", COLUMNS), "schemas/tables/address_words.csv")
MISTYPED = mistyped(WORDS)
NOT_STATED = read_not_stated(read_table("not_told.csv", NOT_TOLD_COLUMNS), "schemas/tables/not_told.csv")
