"""The offense taxonomy, loaded: what an agency's codes and words mean, and which concepts a user's words name."""

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
"""Characters of a text that are looked at: no agency's type is longer, and a narrative says in these what it is."""


def _by_code() -> dict[tuple[str, str], tuple[Concept, ...]]:
    found: dict[tuple[str, str], tuple[Concept, ...]] = defaultdict(tuple)
    for one in CONCEPTS.values():
        for kind, codes in (("nibrs", one.nibrs), ("apco", one.apco), ("cnie", one.cnie)):
            for code in codes:
                found[kind, code] += (one,)
    return dict(found)


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
    """Give the concepts that common codes can mean, those that most of the codes speak for, in the table's order.

    Codes that no row has say nothing.
    """
    told = [("cnie", cnie), ("apco", apco.upper()), *(("nibrs", code.upper()) for code in nibrs)]
    votes: dict[str, int] = defaultdict(int)
    for key in told:
        for one in _BY_CODE.get(key, ()):
            votes[one.concept] += 1
    most = max(votes.values(), default=0)
    return tuple(CONCEPTS[name] for name in sorted(votes, key=_ORDER.__getitem__) if votes[name] == most)


def meanings_in(text: str) -> tuple[Meaning, ...]:
    """Return what the phrases of a text mean, the one that is meant first; of a long text, of its beginning.

    At each place the longest phrase counts, and none within another. Among them the lower rank comes first, then the
    longer phrase, then the earlier row of the taxonomy.
    """
    words = phrase(text[:MAX_TEXT_CHARS])
    found: dict[Meaning, tuple[int, int, int]] = {}
    at = 0
    while at < len(words):
        left = len(words) - at
        length = next((n for n in _LENGTHS.get(words[at], ()) if n <= left and words[at : at + n] in PHRASES), 0)
        if length:
            meaning = PHRASES[words[at : at + length]]
            key = (meaning.concept.rank, -length, _ORDER[meaning.concept.concept])
            found[meaning] = min(key, found.get(meaning, key))
        at += length or 1
    return tuple(sorted(found, key=found.__getitem__))


def _names() -> dict[Phrase, frozenset[str]]:
    names: dict[Phrase, set[str]] = defaultdict(set)
    for one in CONCEPTS.values():
        names[phrase(one.family)].add(one.concept)
        names[phrase(one.concept)].add(one.concept)
    for words, meaning in PHRASES.items():
        names[words].add(meaning.concept.concept)
    return {words: frozenset(found) for words, found in names.items()}


_NAMES = _names()


def concepts_named(words: str) -> frozenset[str]:
    """Give the concepts that a user's words name, in either language: label, wording, family, common code."""
    asked = words.strip().upper()
    codes = {one.concept for kind in ("nibrs", "apco", "cnie") for one in _BY_CODE.get((kind, asked), ())}
    return _NAMES.get(phrase(words.replace("_", " ")), frozenset()) | codes
