"""Strict reader of the offense tables: concepts, agencies' codes, dispatch phrases."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from schemas.errors import Configuration
from schemas.folding import fold
from schemas.tables.reader import read_table, split_values

_LABELS = ("label_en", "label_es", "synonyms_en", "synonyms_es")
_ORIGIN = ("source", "edition", "verified")
OFFENSES_COLUMNS = ("concept", "family", "rank", "nibrs", "apco", "cnie", *_LABELS, *_ORIGIN)
CROSSWALK_COLUMNS = ("system", "code", "text", "lang", "concept", "nibrs", *_ORIGIN)
PHRASE_COLUMNS = ("phrase", "lang", "concept", "nibrs", "source")
FUNCTION_COLUMNS = ("word", "lang", "small", "source")

Lines = Iterable[tuple[int, dict[str, str]]]
Phrase = tuple[str, ...]

MAX_WORD_CHARS = 64
"""Characters of a word that are compared and cached."""

_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
_CODE = {"nibrs": re.compile(r"[0-9]{2}[0-9A-Z]"), "apco": re.compile(r"[A-Z0-9]+"), "cnie": re.compile(r"[0-9]{5}")}
_WORD = re.compile(r"[^\W_]+")
OPTIONAL_WORDS = frozenset(
    fields["word"] for _, fields in read_table("function_words.csv", FUNCTION_COLUMNS) if fields["small"] == "yes"
)
"""Words that dispatchers may leave out of a phrase: CHECK WELFARE, CHECK THE WELFARE."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A row of the taxonomy.

    Of several codes of one kind, the first is the one reported. Of two concepts named by equally long phrases, the one
    of lower `rank` is meant: from 1, the gravest, to 9, the vaguest.
    """

    concept: str
    family: str
    rank: int
    nibrs: tuple[str, ...]
    apco: tuple[str, ...]
    cnie: tuple[str, ...]
    label_en: str
    label_es: str
    synonyms_en: tuple[str, ...]
    synonyms_es: tuple[str, ...]
    source: str
    edition: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code or a phrase means: a concept, and which of its NIBRS codes are possible."""

    concept: Concept
    nibrs: tuple[str, ...]

    @property
    def names_code(self) -> bool:
        """Whether it is more specific than the concept, by its NIBRS codes."""
        return self.nibrs != self.concept.nibrs


def singular(word: str) -> str:
    """Return the singular of a word by the endings of English and Spanish plurals; most words unchanged."""
    if len(word) > 5 and word.endswith("ones"):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=65_536)
def _comparison_form(word: str) -> str:
    return "" if word in OPTIONAL_WORDS else singular(word)


def phrase(text: str) -> Phrase:
    """Return the words of a text as the tables compare them: folded, singular, without optional words."""
    return tuple([form for word in _WORD.findall(fold(text)) if (form := _comparison_form(word[:MAX_WORD_CHARS]))])


def _one_of(fields: Mapping[str, str], field: str, allowed: Container[str], where: str) -> str:
    if fields[field] not in allowed:
        raise Configuration(f"{where}, {field}: {fields[field]!r} is not known")
    return fields[field]


def _codes(fields: Mapping[str, str], field: str, where: str) -> tuple[str, ...]:
    codes = split_values(fields[field])
    if len(set(codes)) < len(codes) or not all(_CODE[field].fullmatch(code) for code in codes):
        raise Configuration(f"{where}, {field}: {fields[field]!r} is not a list of such codes separated by '|'")
    return codes


def _concept(fields: Mapping[str, str], where: str) -> Concept:
    for field in ("concept", "family"):
        if not _NAME.fullmatch(fields[field]):
            raise Configuration(f"{where}, {field}: must be upper case words separated by _")
    for field in ("label_en", "label_es", "edition"):
        if not phrase(fields[field]):
            raise Configuration(f"{where}, {field}: missing")
    return Concept(
        concept=fields["concept"],
        family=fields["family"],
        rank=int(_one_of(fields, "rank", tuple("123456789"), where)),
        nibrs=_codes(fields, "nibrs", where),
        apco=_codes(fields, "apco", where),
        cnie=_codes(fields, "cnie", where),
        label_en=fields["label_en"],
        label_es=fields["label_es"],
        synonyms_en=split_values(fields["synonyms_en"]),
        synonyms_es=split_values(fields["synonyms_es"]),
        source=fields["source"],
        edition=fields["edition"],
        verified=_one_of(fields, "verified", ("yes", "no"), where) == "yes",
    )


def read_concepts(lines: Lines, name: str) -> dict[str, Concept]:
    """Return the concepts of the taxonomy by name, in the order of the table.

    Raises: Configuration naming file, line and field.
    """
    concepts: dict[str, Concept] = {}
    for line, fields in lines:
        where = f"{name}, line {line}"
        concept = _concept(fields, where)
        if concepts.setdefault(concept.concept, concept) is not concept:
            raise Configuration(f"{where}, concept: {concept.concept} already has a row")
    return concepts


def _meaning(fields: Mapping[str, str], concepts: Mapping[str, Concept], where: str) -> Meaning:
    concept = concepts[_one_of(fields, "concept", concepts, where)]
    _one_of(fields, "lang", ("en", "es"), where)
    nibrs = _codes(fields, "nibrs", where)
    if not set(nibrs) <= set(concept.nibrs):
        raise Configuration(f"{where}, nibrs: {fields['nibrs']!r} does not belong to {concept.concept}")
    return Meaning(concept, nibrs or concept.nibrs)


def read_crosswalk(lines: Lines, concepts: Mapping[str, Concept], name: str) -> dict[tuple[str, str], Meaning]:
    """Return the meanings of agencies' codes and of their texts, by (code system, folded code or text).

    Raises: Configuration naming file, line and field.
    """
    meanings: dict[tuple[str, str], Meaning] = {}
    for line, fields in lines:
        where = f"{name}, line {line}"
        _one_of(fields, "verified", ("yes", "no"), where)
        meaning = _meaning(fields, concepts, where)
        for field in ("code", "text"):
            if not fields[field] or not fields["system"]:
                raise Configuration(f"{where}, {field}: a row must have system, code and text")
            if meanings.setdefault((fields["system"], fold(fields[field])), meaning) != meaning:
                raise Configuration(f"{where}, {field}: {fields[field]!r} already has another meaning")
    return meanings


def read_phrases(lines: Lines, concepts: Mapping[str, Concept], name: str) -> dict[Phrase, Meaning]:
    """Return the meanings of dispatch phrases, among them the labels and synonyms of the concepts.

    Raises: Configuration naming file, line and field.
    """
    labels = {
        phrase(words): Meaning(concept, concept.nibrs)
        for concept in concepts.values()
        for words in (concept.label_en, concept.label_es, *concept.synonyms_en, *concept.synonyms_es)
    }
    phrases: dict[Phrase, Meaning] = {}
    for line, fields in lines:
        where = f"{name}, line {line}"
        meaning, words = _meaning(fields, concepts, where), phrase(fields["phrase"])
        if not words or fields["phrase"] != fold(fields["phrase"]):
            raise Configuration(f"{where}, phrase: must be words in folded form")
        if labels.get(words, meaning).concept is not meaning.concept or phrases.setdefault(words, meaning) != meaning:
            raise Configuration(f"{where}, phrase: {fields['phrase']!r} already has another meaning")
    return labels | phrases
