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
_PARTS = (Kind.COLOUR, Kind.MAKE, Kind.VEHICLE_KIND)
_FIELDS = ("color", "make", "model", "category")
# They stand within one description: CIVIC COLOR GRIS, 2019 WHITE ALTIMA, SEDAN DE COLOR ROJO.
_WITHIN = frozenset({"color", "colour", "de", "dr", "door", "4dr", "2dr", "marca", "tipo", "modelo", "model"})


def read(lines: Iterable[tuple[int, Mapping[str, str]]], name: str) -> dict[str, tuple[str, str]]:
    """Return model -> make and kind, from rows with line numbers. Raises: Configuration naming the line."""
    known = {(entry.kind, entry.concept) for forms in FORMS.values() for entry in forms.values()}
    models: dict[str, tuple[str, str]] = {}
    for line, fields in lines:
        stated = ((Kind.MODEL, fields["model"]), (Kind.MAKE, fields["make"]), (Kind.VEHICLE_KIND, fields["kind"]))
        if not known.issuperset(stated) or fields["model"] in models:
            raise Configuration(f"{name}, line {line}: words of the lexicon, one row for each model")
        models[fields["model"]] = (fields["make"], fields["kind"])
    return models


MODELS = read(read_table(_TABLE, COLUMNS), f"schemas/tables/{_TABLE}")


Parts = tuple[str, str, str]
"""Color, make and kind, '' where none is stated."""
_NOTHING: Parts = ("", "", "")


def _ends(word: str) -> bool:
    return not (word in _WITHIN or word.isdigit())


def _describing(forms: Mapping[str, Entry]) -> dict[str, Parts]:
    """Return the words of a language that describe a vehicle, each with the color, make and kind that it states."""
    describing: dict[str, Parts] = {}
    for word, entry in forms.items():
        if entry.kind is Kind.MODEL:
            describing[word] = ("", *MODELS.get(entry.concept, ("", "")))
        elif entry.kind in _PARTS:
            color, make, kind = (entry.concept if entry.kind is part else "" for part in _PARTS)
            describing[word] = (color, make, kind)
    return describing


_DESCRIBING = {lang: _describing(forms) for lang, forms in FORMS.items()}
_MODEL_WORDS = {lang: {word for word in forms if forms[word].kind is Kind.MODEL} for lang, forms in FORMS.items()}


def _description(parts: Parts) -> str:
    """Return a description; '' for a color alone, which may be that of a shirt."""
    return "/".join(parts) if parts[1] or parts[2] else ""


def described(text: AnalyzedText) -> list[str]:
    """Return the vehicles that a text describes, as color/make/kind, '' among them where it describes none.

    Another word ends a description; a second color, make or kind begins another, but for those of a model.
    """
    text = text.up_to(LONGEST_TEXT)
    describing, models, words = _DESCRIBING[text.lang], _MODEL_WORDS[text.lang], text.words
    descriptions, parts, after = list[str](), _NOTHING, 0
    for at in [at for at, word in enumerate(words) if word in describing]:
        color, make, kind = describing[words[at]]
        # What describes no vehicle may still be part of a description.
        if after < at and parts is not _NOTHING and any(map(_ends, words[after:at])):
            descriptions.append(_description(parts))
            parts = _NOTHING
        if words[at] in models:
            parts = (parts[0], parts[1] or make, parts[2] or kind)
        elif parts is _NOTHING:
            parts = (color, make, kind)
        else:
            if any(part and own and part != own for part, own in zip((color, make, kind), parts, strict=True)):
                descriptions.append(_description(parts))
                parts = _NOTHING
            parts = (color or parts[0], make or parts[1], kind or parts[2])
        after = at + 1
    descriptions.append(_description(parts))
    return descriptions


@lru_cache(maxsize=16_384)
def _of_fields(fields: str) -> tuple[str, ...]:
    return tuple(described(analyze(fields)))


def vehicles(report: Mapping[str, Any], narratives: Iterable[AnalyzedText]) -> list[str]:
    """Return the vehicles of a decoded report's fields and narratives."""
    descriptions: list[str] = []
    for vehicle in report["vehicles"]:
        descriptions += _of_fields(" ".join([vehicle[name][:LONGEST_FIELD] for name in _FIELDS]))
    for narrative in narratives:
        descriptions += described(narrative)
    return descriptions
