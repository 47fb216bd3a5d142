"""Handling: what a report's markings mean for who may see it."""

from dataclasses import dataclass
from typing import Literal, cast

from schemas.errors import Configuration
from schemas.search_document import FIELD_GROUPS
from schemas.tables.reader import read_table, split_values

Effect = Literal["domestic", "federal", "never", "withhold"]
COLUMNS = ("mark", "kind", "effect", "withhold", "source", "edition")
KINDS = ("caveat", "category", "family")
EFFECTS = ("domestic", "federal", "never", "withhold")


@dataclass(frozen=True, slots=True)
class Marking:
    """A row of `handling_marks.csv`.

    Effects: only to readers of the owner's country; only to federal ones; to nobody; some field groups withheld.
    """

    effect: Effect
    withhold: frozenset[str]


def _marks() -> dict[tuple[str, str], Marking]:
    found: dict[tuple[str, str], Marking] = {}
    for line, fields in read_table("handling_marks.csv", COLUMNS):
        where, withhold = f"schemas/tables/handling_marks.csv, line {line}", frozenset(split_values(fields["withhold"]))
        if fields["kind"] not in KINDS or fields["effect"] not in EFFECTS or not withhold <= FIELD_GROUPS.keys():
            raise Configuration(f"{where}: kind, effect or withhold is not known")
        key = (fields["kind"], fields["mark"])
        if found.setdefault(key, marking := Marking(cast(Effect, fields["effect"]), withhold)) is not marking:
            raise Configuration(f"{where}, mark: {fields['marking']} has a row already")
    return found


MARKINGS = _marks()
"""(caveat, category or family; its word) -> Mark. A caveat or category without a row is for nobody."""
UNKNOWN_MARKING = Marking("never", frozenset())


def marking(kind: str, word: str) -> Marking:
    """Give what a caveat or category means; one that is not known means the most restrictive."""
    return MARKINGS.get((kind, " ".join(word.upper().split())), UNKNOWN_MARKING)


def family_marking(family: str) -> Marking | None:
    """Give what is withheld of every report of an offense family; None for most."""
    return MARKINGS.get(("family", family))
