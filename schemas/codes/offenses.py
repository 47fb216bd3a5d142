"""The offense taxonomy, loaded: what agencies' codes and phrases mean, and which concepts a user's words name."""

from collections import defaultdict

from schemas.codes import taxonomy
from schemas.codes.taxonomy import Concept, Meaning, Phrase, phrase
from schemas.tables.reader import read_table, tables_version

__all__ = ["CONCEPTS", "CROSSWALK", "PHRASES", "concepts_by_codes", "meanings_in", "concepts_named", "tables_version"]

CONCEPTS: dict[str, Concept] = taxonomy.read_concepts(
    read_table("offenses.csv", taxonomy.OFFENSES_COLUMNS), "schemas/tables/offenses.csv"
)
CROSSWALK: dict[tuple[str, str], Meaning] = taxonomy.read_crosswalk(
    read_table("crosswalk.csv", taxonomy.CROSSWALK_COLUMNS), CONCEPTS, "schemas/tables/crosswalk.csv"
)
"""(code system, code or text folded) -> Meaning."""
PHRASES: dict[Phrase, Meaning] = taxonomy.read_phrases(
    read_table("wordings.csv", taxonomy.PHRASE_COLUMNS), CONCEPTS, "schemas/tables/wordings.csv"
)

_ORDER = {name: at for at, name in enumerate(CONCEPTS)}
MAX_TEXT_CHARS = 2_000
"""Characters of a text that are read: no agency's incident type is longer, and narratives state it at the beginning."""


def _by_code() -> dict[tuple[str, str], tuple[Concept, ...]]:
    concepts: dict[tuple[str, str], tuple[Concept, ...]] = defaultdict(tuple)
    for concept in CONCEPTS.values():
        for kind, codes in (("nibrs", concept.nibrs), ("apco", concept.apco), ("cnie", concept.cnie)):
            for code in codes:
                concepts[kind, code] += (concept,)
    return dict(concepts)


_BY_CODE = _by_code()


def _lengths() -> dict[str, list[int]]:
    lengths: dict[str, set[int]] = defaultdict(set)
    for words in filter(None, PHRASES):
        lengths[words[0]].add(len(words))
    return {word: sorted(those, reverse=True) for word, those in lengths.items()}


_LENGTHS = _lengths()
"""First word of a phrase -> how many words such phrases have, the longest first."""
NIBRS_CODES = frozenset(code for kind, code in _BY_CODE if kind == "nibrs")


def concepts_by_codes(nibrs: tuple[str, ...], apco: str, cnie: str) -> tuple[Concept, ...]:
    """Return the concepts that most of these standard codes map to, in the order of the taxonomy.

    Codes that are not in the taxonomy do not count.
    """
    codes = [("cnie", cnie), ("apco", apco.upper()), *(("nibrs", code.upper()) for code in nibrs)]
    votes: dict[str, int] = defaultdict(int)
    for code in codes:
        for concept in _BY_CODE.get(code, ()):
            votes[concept.concept] += 1
    most = max(votes.values(), default=0)
    return tuple(CONCEPTS[name] for name in sorted(votes, key=_ORDER.__getitem__) if votes[name] == most)


def meanings_in(text: str) -> tuple[Meaning, ...]:
    """Return the meanings of the phrases in a text, the most likely first; a long text is read to MAX_TEXT_CHARS.

    At each position the longest phrase counts, and no phrase within another. The lower rank comes first, then the
    longer phrase, then the earlier row of the taxonomy.
    """
    words = phrase(text[:MAX_TEXT_CHARS])
    order: dict[Meaning, tuple[int, int, int]] = {}
    at = 0
    while at < len(words):
        left = len(words) - at
        length = next((n for n in _LENGTHS.get(words[at], ()) if n <= left and words[at : at + n] in PHRASES), 0)
        if length:
            meaning = PHRASES[words[at : at + length]]
            key = (meaning.concept.rank, -length, _ORDER[meaning.concept.concept])
            order[meaning] = min(key, order.get(meaning, key))
        at += length or 1
    return tuple(sorted(order, key=order.__getitem__))


def _names() -> dict[Phrase, frozenset[str]]:
    names: dict[Phrase, set[str]] = defaultdict(set)
    for concept in CONCEPTS.values():
        names[phrase(concept.family)].add(concept.concept)
        names[phrase(concept.concept)].add(concept.concept)
    for words, meaning in PHRASES.items():
        names[words].add(meaning.concept.concept)
    return {words: frozenset(concepts) for words, concepts in names.items()}


_NAMES = _names()


def concepts_named(words: str) -> frozenset[str]:
    """Return the concepts that a user's words name in English or Spanish: label, phrase, family or standard code."""
    code = words.strip().upper()
    by_code = {concept.concept for kind in ("nibrs", "apco", "cnie") for concept in _BY_CODE.get((kind, code), ())}
    return _NAMES.get(phrase(words.replace("_", " ")), frozenset()) | by_code
