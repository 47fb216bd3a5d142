"""Vehicles as color/make/kind in the concept lexicon's words: of the fields, and of what narratives describe."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from schemas.errors import Configuration
from schemas.tables.reader import read_table
from schemas.text.analysis import AnalyzedText, analyze
from schemas.text.lexicon import FORMS, Entry, Kind

COLUMNS = ("model", "make", "kind", "source", "verified")
LONGEST_TEXT = 4_096
LONGEST_FIELD = 64
"""Characters of a narrative and of a field that are read."""

_TABLE = "vehicle_models.csv"
_PARTS = {Kind.COLOUR: 0, Kind.MAKE: 1, Kind.VEHICLE_KIND: 2}
_DESCRIBING = frozenset((*_PARTS, Kind.MODEL))
_FIELDS = ("color", "make", "model", "category")
# They stand within one description: CIVIC COLOR GRIS, 2019 WHITE ALTIMA, SEDAN DE COLOR ROJO.
_WITHIN = frozenset({"color", "colour", "de", "dr", "door", "4dr", "2dr", "marca", "tipo", "modelo", "model"})


def read(lines: Iterable[tuple[int, Mapping[str, str]]], name: str) -> dict[str, tuple[str, str]]:
    """Read the table strictly: model -> make and kind. Raises: Configuration naming file and line."""
    known = {(entry.kind, entry.concept) for forms in FORMS.values() for entry in forms.values()}
    found: dict[str, tuple[str, str]] = {}
    for line, fields in lines:
        told = ((Kind.MODEL, fields["model"]), (Kind.MAKE, fields["make"]), (Kind.VEHICLE_KIND, fields["kind"]))
        if not known.issuperset(told) or fields["model"] in found:
            raise Configuration(f"{name}, line {line}: words of the lexicon, one row for each model")
        found[fields["model"]] = (fields["make"], fields["kind"])
    return found


MODELS = read(read_table(_TABLE, COLUMNS), f"schemas/tables/{_TABLE}")


class _Described:
    """The vehicles of a text, described so far."""

    def __init__(self) -> None:
        self.vehicles: list[str] = []
        self._parts = ["", "", ""]

    def add(self, entry: Entry) -> None:
        """Add a word to the description; a second color, make or kind begins another one."""
        if entry.kind is Kind.MODEL:
            make, kind = MODELS.get(entry.concept, ("", ""))
            self._parts = [self._parts[0], self._parts[1] or make, self._parts[2] or kind]
            return
        at = _PARTS[entry.kind]
        if self._parts[at] not in ("", entry.concept):
            self.end()
        self._parts[at] = entry.concept

    def end(self) -> None:
        """End a description; a color alone, which may be that of a shirt, is none."""
        if self._parts[1] or self._parts[2]:
            self.vehicles.append("/".join(self._parts))
        self._parts = ["", "", ""]


def described(text: AnalyzedText) -> list[str]:
    """Return the vehicles that a text describes, as color/make/kind; another word ends a description."""
    text = text.up_to(LONGEST_TEXT)
    found, after = _Described(), 0
    for at, entry in text.entries:
        if entry.kind not in _DESCRIBING:
            continue
        # What describes no vehicle may still stand within a description.
        if any(not (word in _WITHIN or word.isdigit()) for word in text.words[after:at]):
            found.end()
        found.add(entry)
        after = at + 1
    found.end()
    return found.vehicles


@lru_cache(maxsize=16_384)
def _of_fields(fields: str) -> tuple[str, ...]:
    return tuple(described(analyze(fields)))


def vehicles(report: Mapping[str, Any], narratives: Iterable[AnalyzedText]) -> list[str]:
    """Return the vehicles of a decoded report's fields and narratives."""
    found: list[str] = []
    for vehicle in report["vehicles"]:
        found += _of_fields(" ".join([vehicle[name][:LONGEST_FIELD] for name in _FIELDS]))
    for narrative in narratives:
        found += described(narrative)
    return found
