"""A user's search words, rewritten so that each is found in any language, and in an address as it is written.

The operators stay what they are.

Words, "phrases", "phrases"~2, -not, either|or, prefix*, and parentheses, as Elasticsearch's simple_query_string reads
them; everything else is punctuation.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

from schemas.codes.taxonomy import OPTIONAL_WORDS
from schemas.text.lexicon import FORMS, Kind, words
from schemas.text.tokens import LANGUAGES, address_token, route_parts, token, tokens

DEEPEST = 8
"""Parentheses within parentheses; deeper ones are not read."""
MOST_CONCEPTS = 32
SHORTEST_PREFIX = 2

_LIKE = re.compile(r"~\d*$")
_PART = re.compile(r'(-?)(?:"([^"]*)"?(~\d{1,2})?|([()|])|([^\s"()|+]+))')
_FORMS = sorted(
    {
        (form, entry.concept)
        for forms in FORMS.values()
        for form, entry in forms.items()
        if entry.kind is not Kind.NUMBER
    }
)


@dataclass(slots=True)
class _Level:
    """What stands between two parentheses: its parts so far, and what was read but belongs to the next part."""

    parts: list[str] = field(default_factory=list)
    sign: str = ""
    either: bool = False

    def add(self, part: str, sign: str) -> None:
        """Add a part with its sign, '' or '-'; after |, as an alternative to the part before it."""
        if part:
            self.parts += ["|"] if self.either and self.parts else []
            self.parts.append(sign + part)
        self.either = False


def _any_of(readings: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(filter(None, readings)))
    return distinct[0] if len(distinct) == 1 else f"({' | '.join(distinct)})" if distinct else ""


def _word(word: str) -> str:
    parts = next(route_parts([word]), "")
    phrases = (parts, " ".join(map(address_token, parts.split()))) if parts else ()
    readings = [token(word, lang) for lang in LANGUAGES]
    return _any_of([*readings, address_token(word), *(f'"{phrase}"' for phrase in phrases)])


def _prefix(word: str) -> str:
    """Return a prefix as its words are indexed: by themselves, their stems, and the concepts of forms beginning so."""
    concepts: list[str] = []
    if len(word) >= SHORTEST_PREFIX:
        at = bisect_left(_FORMS, word, key=itemgetter(0))
        while at < len(_FORMS) and _FORMS[at][0].startswith(word) and len(concepts) < MOST_CONCEPTS:
            concepts.append(f"{_FORMS[at][1]}_")
            at += 1
    return _any_of([f"{word}*", f"{address_token(word)}*", *(token(word, lang) for lang in LANGUAGES), *concepts])


def _words(raw: str, left_out: frozenset[str]) -> str:
    # A word's own ~1 asks for likeness of letters, which tokens do not keep.
    query_words = words(_LIKE.sub("", raw))
    if not raw.endswith("*"):
        query_words = tuple(word for word in query_words if word not in left_out)
    clauses = [_word(word) for word in query_words]
    if clauses and raw.endswith("*"):
        clauses[-1] = _prefix(query_words[-1])
    return clauses[0] if len(clauses) == 1 else f"({' '.join(clauses)})" if clauses else ""


def _phrase(text: str, slop: str) -> str:
    readings = [*(tokens(text, lang) for lang in LANGUAGES), " ".join(map(address_token, words(text)))]
    return _any_of(f'"{reading}"{slop}' if reading else "" for reading in readings)


def query(text: str) -> str:
    """Rewrite what a user asks for; '' where it has no word.

    The small words (the, de) are asked for in phrases only, or the other language would never be found; alone they are.
    """
    return _rewritten(text, OPTIONAL_WORDS) or _rewritten(text, frozenset())


def _rewritten(text: str, left_out: frozenset[str]) -> str:
    levels = [_Level()]

    def close() -> None:
        inner = levels.pop()
        levels[-1].add(f"({' '.join(inner.parts)})" if inner.parts else "", inner.sign)

    for sign, phrase, slop, operator, raw in _PART.findall(text):
        if operator == "(" and len(levels) <= DEEPEST:
            levels.append(_Level(sign=sign))
        elif operator == ")" and len(levels) > 1:
            close()
        elif operator == "|":
            levels[-1].either = True
        elif not operator:
            levels[-1].add(_words(raw, left_out) if raw else _phrase(phrase, slop or ""), sign)
    while len(levels) > 1:
        close()
    return " ".join(levels[0].parts)
