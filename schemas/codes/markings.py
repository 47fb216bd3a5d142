"""Handling markings: what a report's caveats and categories mean for who may see it."""

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

    `effect`: 'domestic', only to readers of the owner's country; 'federal', only to federal agencies; 'never', to
    nobody; 'withhold', without the field groups in `withhold`.
    """

    effect: Effect
    withhold: frozenset[str]


def _read_markings() -> dict[tuple[str, str], Marking]:
    markings: dict[tuple[str, str], Marking] = {}
    for line, fields in read_table("handling_marks.csv", COLUMNS):
        where, withhold = f"schemas/tables/handling_marks.csv, line {line}", frozenset(split_values(fields["withhold"]))
        if fields["kind"] not in KINDS or fields["effect"] not in EFFECTS or not withhold <= FIELD_GROUPS.keys():
            raise Configuration(f"{where}: kind, effect or withhold is not known")
        key = (fields["kind"], fields["mark"])
        if key in markings:
            raise Configuration(f"{where}, mark: {fields['mark']} already has a row")
        markings[key] = Marking(cast(Effect, fields["effect"]), withhold)
    return markings


MARKINGS = _read_markings()
"""By (caveat, category or family; its name)."""
UNKNOWN_MARKING = Marking("never", frozenset())
"""A caveat or category without a row is the most restrictive."""


def marking(kind: str, word: str) -> Marking:
    """Return the meaning of a caveat or a category; UNKNOWN_MARKING where no row has it."""
    return MARKINGS.get((kind, " ".join(word.upper().split())), UNKNOWN_MARKING)


def family_marking(family: str) -> Marking | None:
    """Return what is withheld from every report of an offense family; None where nothing is."""
    return MARKINGS.get(("family", family))
