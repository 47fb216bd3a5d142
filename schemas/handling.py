"""Handling: what a report's markings mean for who may see it, and whether its text tells of immigration status."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

from schemas.errors import Configuration
from schemas.search_document import FIELD_GROUPS
from schemas.tables import rows, several
from schemas.taxonomy import phrase

Effect = Literal["domestic", "federal", "never", "withhold"]
COLUMNS = ("mark", "kind", "effect", "withhold", "source", "edition")
KINDS = ("caveat", "category", "family")
EFFECTS = ("domestic", "federal", "never", "withhold")


@dataclass(frozen=True, slots=True)
class Mark:
    """A row of `handling_marks.csv`.

    Effects: only to readers of the owner's country; only to federal ones; to nobody; some field groups withheld.
    """

    effect: Effect
    withhold: frozenset[str]


def _marks() -> dict[tuple[str, str], Mark]:
    found: dict[tuple[str, str], Mark] = {}
    for line, fields in rows("handling_marks.csv", COLUMNS):
        where, withhold = f"schemas/tables/handling_marks.csv, line {line}", frozenset(several(fields["withhold"]))
        if fields["kind"] not in KINDS or fields["effect"] not in EFFECTS or not withhold <= FIELD_GROUPS.keys():
            raise Configuration(f"{where}: kind, effect or withhold is not known")
        key = (fields["kind"], fields["mark"])
        if found.setdefault(key, mark := Mark(cast(Effect, fields["effect"]), withhold)) is not mark:
            raise Configuration(f"{where}, mark: {fields['mark']} has a row already")
    return found


MARKS = _marks()
"""(caveat, category or family; its word) -> Mark. A caveat or category without a row is for nobody."""
UNKNOWN = Mark("never", frozenset())

_STATUS = frozenset(
    phrase(fields["phrase"]) for _, fields in rows("immigration_words.csv", ("phrase", "lang", "source"))
)
_LONGEST = max(map(len, _STATUS))


def mark(kind: str, word: str) -> Mark:
    """Give what a caveat or category means; one that is not known means the most restrictive."""
    return MARKS.get((kind, " ".join(word.upper().split())), UNKNOWN)


def family_mark(family: str) -> Mark | None:
    """Give what is withheld of every report of an offense family; None for most."""
    return MARKS.get(("family", family))


def tells_status(texts: Iterable[str]) -> bool:
    """Tell whether a text speaks of somebody's immigration status or nationality, in English or Spanish."""
    for text in texts:
        words = phrase(text)
        for length in range(1, _LONGEST + 1):
            if any(words[at : at + length] in _STATUS for at in range(len(words) - length + 1)):
                return True
    return False
