"""A narrative analyzed once: its words and what the lexicon has of them, for all that read it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from schemas.text.lexicon import FORMS, Entry, primary, words


class AnalyzedText(NamedTuple):
    """A text and its words: `lang` is 'en', 'es' or '' where its source states neither.

    `entries` are those that the lexicon has for them, in the order of the text.
    """

    text: str
    lang: str
    words: tuple[str, ...]
    entries: tuple[Entry, ...]

    def concepts(self) -> set[str]:
        """Return the concept words of the lexicon that the text has."""
        return {entry.concept for entry in self.entries}

    def up_to(self, characters: int) -> "AnalyzedText":
        """Return the analysis of the first `characters` of the text."""
        return self if len(self.text) <= characters else analyze(self.text[:characters], self.lang)


# The forms of a report, from which field groups are withheld, have its narratives as well.
@lru_cache(maxsize=64)
def analyze(text: str, lang: str = "") -> AnalyzedText:
    """Return the analysis of a text; `lang` is a BCP 47 tag, or '' where the language is not known."""
    reading, cut = primary(lang), words(text)
    return AnalyzedText(text, reading, cut, tuple(filter(None, map(FORMS[reading].get, cut))))


def narratives_of(report: Mapping[str, Any]) -> Sequence[AnalyzedText]:
    """Return the narratives of a decoded report, analyzed, in its order."""
    return [analyze(narrative["text"], narrative["lang"]) for narrative in report["narratives"]]
