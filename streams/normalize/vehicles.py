"""Vehicles as colour/make/kind in the concept lexicon's words: of the fields, and of what narratives describe."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.errors import Configuration
from schemas.tables.reader import read_table
from schemas.text.lexicon import FORMS, Kind, primary, words

COLUMNS = ("model", "make", "kind", "source", "verified")
LONGEST_TEXT = 4_096
LONGEST_FIELD = 64
"""Characters of a narrative and of a field that are read."""

_TABLE = "vehicle_models.csv"
_PARTS = {Kind.COLOUR: 0, Kind.MAKE: 1, Kind.VEHICLE_KIND: 2}
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


def _joined(parts: list[str]) -> str:
    """Write a description; '' for a colour alone, which may be that of a shirt."""
    return "/".join(parts) if parts[1] or parts[2] else ""


def described(text: str, lang: str) -> Iterator[str]:
    """Give the vehicles that a text describes; another word or a second colour or make ends a description."""
    forms = FORMS[primary(lang)]
    parts = ["", "", ""]
    for word in words(text[:LONGEST_TEXT]):
        entry = forms.get(word)
        if entry is not None and entry.kind is Kind.MODEL:
            told = MODELS.get(entry.concept, ("", ""))
            parts = [parts[0], parts[1] or told[0], parts[2] or told[1]]
        elif entry is not None and (at := _PARTS.get(entry.kind)) is not None:
            if parts[at] not in ("", entry.concept):
                yield _joined(parts)
                parts = ["", "", ""]
            parts[at] = entry.concept
        elif any(parts) and not (word in _WITHIN or word.isdigit()):
            yield _joined(parts)
            parts = ["", "", ""]
    yield _joined(parts)


def vehicles(report: Mapping[str, Any]) -> list[str]:
    """Give the vehicles of a report's fields and narratives, '' among them where nothing is told."""
    fields = ("color", "make", "model", "category")
    told = [(" ".join([one[field][:LONGEST_FIELD] for field in fields]), "") for one in report["vehicles"]]
    told += [(one["text"], one["lang"]) for one in report["narratives"]]
    return [one for text, lang in told for one in described(text, lang)]
