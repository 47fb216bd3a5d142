"""The name of a street: what remains of one side of an address without kinds, directions, ramps and particles."""

import re

from streams.normalize.address_words import MISTYPED, WORDS

MOST_WORDS = 10
"""Words of a side of an address that are read."""
_NO_WORD = ("", "")
_ORDINAL = re.compile(r"(\d{1,4})(?:ST|ND|RD|TH|A|O|RA|RO|DA|DO|TA|TO|VA|VO|MA|MO|NA|NO|ER)")
_NAMES = frozenset({"", "name", "ordinal", "article", "after_article", "tail", "separator"})
_KINDS_OF_STREETS = frozenset({"type", "highway", "lead"})

Token = tuple[str, str]
"""A word in its canonical form, and its kind: '' for one that is in no table."""


def token(word: str) -> Token:
    """Return the canonical form of a word and its kind."""
    kind, canonical = WORDS.get(word, _NO_WORD)
    if kind:
        return canonical, kind
    if word[0].isdigit() and (at := _ORDINAL.fullmatch(word)) is not None:
        return at[1].lstrip("0") or "0", "ordinal"
    return word.lstrip("0") if word.isdigit() else word, ""


def kind_of(word: str) -> str:
    """Return what a word does in an address; '' for one that is in no table."""
    return token(word)[1]


def _named(tokens: list[Token]) -> bool:
    return any(kind in _NAMES for _, kind in tokens)


def _without_lead(tokens: list[Token]) -> list[Token]:
    """Drop kinds and directions before the name, and the particles that follow a kind."""
    at, led = 0, False
    while at < len(tokens) - 1 and _named(tokens[at + 1 :]):
        kind = tokens[at][1]
        if kind in _KINDS_OF_STREETS:
            led = True
        elif not (kind == "direction" or (led and kind in ("article", "after_article"))):
            break
        at += 1
    return tokens[at:]


def _without_tail(tokens: list[Token]) -> list[Token]:
    """Drop what follows the name: its kind and whatever comes after that, directions, relations."""
    for at, (_, kind) in enumerate(tokens):
        if at and kind in _KINDS_OF_STREETS and kind != "lead" and _named(tokens[:at]):
            tokens = tokens[:at]
            break
    while len(tokens) > 1 and _named(tokens[:-1]):
        word, kind = tokens[-1]
        if kind not in ("direction", "alone", "tail") and word not in MISTYPED:
            break
        tokens = tokens[:-1]
    return tokens


def _saint(words: list[str]) -> list[str]:
    """Read ST as SAINT where a name follows and none stands before it: E ST CHARLES RD."""
    for at, word in enumerate(words[:-1]):
        kind = WORDS.get(word, _NO_WORD)[0]
        if word == "ST" and WORDS.get(words[at + 1], _NO_WORD)[0] in ("", "name"):
            return [*words[:at], "SAINT", *words[at + 1 :]]
        if kind != "direction":
            break
    return words


def name(words: list[str]) -> str:
    """Return the normalized name of a street of upper case words; '' where they name none."""
    kept_words = [word for word in words if WORDS.get(word, _NO_WORD)[0] not in ("noise", "block", "exit")]
    tokens = [token(word) for word in _saint(kept_words[:MOST_WORDS])]
    if _named(tokens):
        kept = [word for word, _ in _without_tail(_without_lead(tokens))]
    elif {"direction", "alone", "lead"}.isdisjoint(kind for _, kind in tokens):
        return ""
    else:
        kept = [word for word, kind in tokens if kind != "type"]
    return " ".join(kept)
