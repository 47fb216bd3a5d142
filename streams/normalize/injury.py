"""How badly somebody is hurt, in four degrees: by persons, narratives and the type, in either language."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal

from schemas.text.analysis import AnalyzedText, analyze
from schemas.text.memo import Memo

Injury = Literal["", "NONE", "MINOR", "SEVERE", "FATAL"]
DEGREES: tuple[Injury, ...] = ("", "NONE", "MINOR", "SEVERE", "FATAL")

# NIBRS data element 33: what is neither none nor minor is a major injury.
_CODES: dict[str, Injury] = {"N": "NONE", "M": "MINOR", **dict.fromkeys("BILOTU", "SEVERE")}
_WORDS: dict[str, Injury] = {"dead": "FATAL", "severe": "SEVERE", "minor_injury": "MINOR"}
_DENIED: dict[str, Injury] = {"injury": "NONE", "visible": "NONE", "dead": "SEVERE"}
LONGEST_TEXT = 4_096
"""Characters of a narrative that are read."""
LONGEST_TYPE = 256
"""Characters of a type whose injury is remembered."""
MOST_TYPES = 16_384


def degrees(narrative: AnalyzedText) -> Iterator[Injury]:
    """Yield the degrees that a text states; what is denied right before does not count: NO INJ, NON FATAL."""
    before = ""
    for entry in narrative.up_to(LONGEST_TEXT).entries:
        degree = (_DENIED if before == "no" else _WORDS).get(entry.concept)
        if degree:
            yield degree
        before = entry.concept


def _gravest(stated: Iterable[Injury]) -> Injury:
    return max(stated, key=DEGREES.index, default="")


def _computed(text: str) -> Injury:
    return _gravest(chain.from_iterable(degrees(analyze(text, lang)) for lang in ("en", "es")))


_OF_TYPE: Memo[Injury] = Memo(_computed, LONGEST_TYPE, MOST_TYPES)
"""The gravest injury that the words of an agency's type state, in either language."""


def injury(report: Mapping[str, Any], narratives: Iterable[AnalyzedText]) -> Injury:
    """Return the gravest injury of a decoded report: of its persons and narratives, else of the words of its type."""
    stated = {_CODES.get(person["injury"], "") for person in report["persons"]}
    stated.update(*map(degrees, narratives))
    return _gravest(stated) or _OF_TYPE[report["classification"]["internal_text"]]
