"""The concept lexicon: what a narrative says, language apart, and how a text is cut into words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from schemas.codes.taxonomy import MAX_WORD_CHARS
from schemas.errors import Configuration
from schemas.folding import fold
from schemas.tables.reader import read_table, split_values
from schemas.text.memo import Memo

COLUMNS = ("concept", "kind", "any", "en", "es", "source")
_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
# Codes stay whole: SR-98, C-101; 10-50, 10-10R, 2800.1VC, 26-053619. All else parts at every sign.
_WORD = re.compile(r"[^\W\d_]{1,4}-?\d[^\W_]*(?:[-._]\d[^\W_]*)*|\d[^\W_]*(?:[-._]\d[^\W_]*)+|[^\W_]+")
_BESIDE_A_LETTER = re.compile(r"(?<!\d)[-._]|[-._](?!\d)")


class Kind(StrEnum):
    """What sort of thing a concept word is; closed."""

    ACTION = "action"
    COLOUR = "colour"
    DIRECTION = "direction"
    INJURY = "injury"
    MAKE = "make"
    MODEL = "model"
    NUMBER = "number"
    PERSON = "person"
    STATE = "state"
    THING = "thing"
    VEHICLE = "vehicle"
    VEHICLE_KIND = "vehicle_kind"
    WEAPON = "weapon"


@dataclass(frozen=True, slots=True)
class Entry:
    """A concept word and its kind."""

    concept: str
    kind: Kind


Forms = dict[str, dict[str, Entry]]


@lru_cache(maxsize=65_536)
def _whole(word: str) -> str:
    """Write a code as one word that every analyzer keeps: SR-98 is sr98, 10-50 is 10_50 (1050 is a house number)."""
    return _BESIDE_A_LETTER.sub("", word).replace("-", "_").replace(".", "_").rstrip("_")


def _cut(chunk: str) -> tuple[str, ...]:
    return tuple(
        [
            word if len(word) < MAX_WORD_CHARS and word.isalnum() else _whole(word[:MAX_WORD_CHARS])
            for word in _WORD.findall(fold(chunk))
        ]
    )


_CHUNKS = Memo(_cut, MAX_WORD_CHARS)


@lru_cache(maxsize=64)
def chunks(text: str) -> tuple[str, ...]:
    """Return what stands between the spaces of a text."""
    return tuple(text.split())


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded; codes and plates stay whole."""
    # No word has a space in it, so that what stands between two of them is cut for itself, and remembered.
    return tuple(chain.from_iterable(map(_CHUNKS.__getitem__, chunks(text))))


def read(lines: Iterable[tuple[int, Mapping[str, str]]], name: str) -> Forms:
    """Return the lexicon, language -> form -> Entry, from rows that come with their line numbers.

    Under the language '' are the forms that mean the same in both.

    Raises: Configuration naming file, line and field.
    """
    forms: Forms = {"en": {}, "es": {}}
    for line, fields in lines:
        where = f"{name}, line {line}"
        if not _NAME.fullmatch(fields["concept"]):
            raise Configuration(f"{where}, concept: lower case letters and digits, _ between them")
        if fields["kind"] not in set(Kind):
            raise Configuration(f"{where}, kind: {fields['kind']!r} is none of {', '.join(Kind)}")
        entry = Entry(fields["concept"], Kind(fields["kind"]))
        for column, languages in (("any", ("en", "es")), ("en", ("en",)), ("es", ("es",))):
            for form in split_values(fields[column]):
                if words(form) != (form,):
                    raise Configuration(f"{where}, {column}: {form!r} is no single folded word")
                for lang in languages:
                    if forms[lang].setdefault(form, entry) is not entry:
                        raise Configuration(f"{where}, {column}: {form!r} has another meaning already")
    en, es = forms["en"], forms["es"]
    both = {form: entry for form, entry in (en | es).items() if en.get(form, entry) == es.get(form, entry)}
    return {"": both, **forms}


FORMS: Forms = read(read_table("lexicon.csv", COLUMNS), "schemas/tables/lexicon.csv")


def primary(lang: str) -> str:
    """Return the language of a BCP 47 tag as the lexicon has it: 'en', 'es', or '' for all others."""
    return lang if lang in FORMS else _primary(lang[:MAX_WORD_CHARS])


@lru_cache(maxsize=1_024)
def _primary(lang: str) -> str:
    subtag = re.split(r"[-_]", lang.strip().lower())[0]
    return subtag if subtag in FORMS else ""
