"""How badly somebody is hurt, in four degrees: of what persons, narratives and the type tell, in either language."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from schemas.text.lexicon import entries

Injury = Literal["", "NONE", "MINOR", "SEVERE", "FATAL"]
DEGREES: tuple[Injury, ...] = ("", "NONE", "MINOR", "SEVERE", "FATAL")

# NIBRS data element 33: what is neither none nor minor is a major injury.
_CODES: dict[str, Injury] = {"N": "NONE", "M": "MINOR", **dict.fromkeys("BILOTU", "SEVERE")}
_WORDS: dict[str, Injury] = {"dead": "FATAL", "severe": "SEVERE", "minor_injury": "MINOR"}
_DENIED: dict[str, Injury] = {"injury": "NONE", "visible": "NONE", "dead": "SEVERE"}
LONGEST_TEXT = 4_096
"""Characters of a narrative that are read."""


def degrees(text: str, lang: str) -> Iterator[Injury]:
    """Give the degrees that a text tells; what is denied right before is not told: NO INJ, NON FATAL."""
    before = ""
    for entry in entries(text[:LONGEST_TEXT], lang):
        found = (_DENIED if before == "no" else _WORDS).get(entry.concept, "")
        if found:
            yield found
        before = entry.concept


def _gravest(found: Iterator[Injury]) -> Injury:
    return max(found, key=DEGREES.index, default="")


def injury(report: Mapping[str, Any]) -> Injury:
    """Give the gravest injury of a decoded report: persons and narratives tell it, else the words of its type."""

    def told() -> Iterator[Injury]:
        yield from (_CODES.get(person["injury"], "") for person in report["persons"])
        for narrative in report["narratives"]:
            yield from degrees(narrative["text"], narrative["lang"])

    words = report["classification"]["internal_text"]
    return _gravest(told()) or _gravest(found for lang in ("en", "es") for found in degrees(words, lang))
