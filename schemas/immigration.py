"""Whether a text states somebody's immigration status or nationality, in English or Spanish.

What states it is a table, `immigration_words.csv` beside `countries.csv`; at each place of a text the longest phrase of
either counts, and what it says depends on the phrases right beside it: MEXICAN MALE states it, MEXICAN PLATES do not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from schemas.errors import Configuration
from schemas.search_document import fold
from schemas.tables import rows, several
from schemas.taxonomy import LONGEST_WORD, singular

COLUMNS = ("phrase", "kind", "lang", "source")
COUNTRIES_COLUMNS = ("country", "name_en", "name_es", "people_en", "people_es", "source")
KINDS = ("tells", "unless", "beside", "person", "citizen", "of", "before", "after", "other", "article")

Kinds = frozenset[str]
NOTHING: Kinds = frozenset()

_HYPHEN = re.compile("[-\u00ad\u2010-\u2015\u2212]\\s*")
# U.D.A., U/D/A and U D A are one word; A U.S. CITIZEN begins with an article.
_SPELLED = re.compile(
    r"(?<![^\W_])[^\W\d_](?:[./_-][^\W\d_](?![^\W_]))+|(?<![^\W_])(?!a )[^\W\d_](?: [^\W\d_](?![^\W_])){2,}"
)
_MARKS = re.compile(r"[./_ -]")
# A-FILE, A# stay whole; 8USC1325 are three words. A comma parts phrases, and so does a full stop after a long word.
_WORD = re.compile(r"[^\W\d_]-[^\W\d_]{2,}|[^\W\d_]#|[^\W\d_]+|\d+|[,;!?]|(?<=\w{5})\.(?=\s)")


class _Node(dict[str, "_Node"]):
    """Where a phrase has come to: word -> what it can go on with; `kinds` of the phrases that end here."""

    kinds: Kinds = NOTHING


def _cut(text: str) -> list[str]:
    return _WORD.findall(_SPELLED.sub(lambda found: _MARKS.sub("", found[0]), fold(text)))


def _told() -> Iterator[tuple[str, str, str]]:
    """Read both tables: where a phrase stands, the phrase, its kind. Raises: Configuration naming file and line."""
    for line, fields in rows("immigration_words.csv", COLUMNS):
        where = f"schemas/tables/immigration_words.csv, line {line}"
        if fields["kind"] not in KINDS or fields["lang"] not in ("en", "es"):
            raise Configuration(f"{where}: kind or lang is not known")
        yield where, fields["phrase"], fields["kind"]
    for line, fields in rows("countries.csv", COUNTRIES_COLUMNS):
        where = f"schemas/tables/countries.csv, line {line}"
        for lang in ("en", "es"):
            yield from ((where, phrase, "country") for phrase in several(fields[f"name_{lang}"]))
            yield from ((where, phrase, "unless") for phrase in several(fields[f"people_{lang}"]))


def _phrases(told: Iterable[tuple[str, str, str]]) -> tuple[_Node, frozenset[str]]:
    """Return the phrases by their words, and the articles, which stand within a phrase or not."""
    found = list(told)
    articles = frozenset(phrase for _, phrase, kind in found if kind == "article")
    start = _Node()
    for where, phrase, kind in found:
        node = start
        for word in _cut(phrase):
            if word not in articles:
                node = node.setdefault(word, _Node())
        if kind != "article":
            if node is start or kind in node.kinds and kind not in ("country", "unless"):
                raise Configuration(f"{where}: {phrase!r} is no phrase, or has a row already")
            node.kinds |= {kind}
    return start, articles


_START, _ARTICLES = _phrases(_told())


def _vocabulary(node: Mapping[str, _Node]) -> Iterator[str]:
    for word, after in node.items():
        yield word
        yield from _vocabulary(after)


_VOCABULARY = frozenset(_vocabulary(_START))


@lru_cache(maxsize=65_536)
def _forms(word: str) -> tuple[str, ...] | None:
    """Return those forms of a word that stand in phrases: as it is, in the singular; None for an article."""
    if word in _ARTICLES:
        return None
    return tuple(form for form in dict.fromkeys((word, singular(word))) if form in _VOCABULARY)


def _longest(words: list[tuple[str, ...]], at: int) -> tuple[int, Kinds]:
    """Return how many words the longest phrase at `at` has, 0 for none, and its kinds."""
    nodes, length, kinds = [_START], 0, NOTHING
    for count, forms in enumerate(words[at:], 1):
        nodes = [node[form] for node in nodes for form in forms if form in node]
        if not nodes:
            break
        if ended := NOTHING.union(*(node.kinds for node in nodes)):
            length, kinds = count, ended
    return length, kinds


def _kinds(words: list[tuple[str, ...]]) -> Iterator[Kinds]:
    """Yield the kinds of each phrase of a text, in its order, and nothing for each word in none."""
    at = 0
    while at < len(words):
        length, kinds = _longest(words, at) if words[at] else (0, NOTHING)
        yield kinds
        at += length or 1


def _states(before: Kinds, kinds: Kinds, after: Kinds) -> bool:
    """Tell whether a phrase states it beside its neighbors."""
    if "tells" in kinds:
        return True
    if "beside" in kinds:
        return not {"person", "citizen"}.isdisjoint(before | after)
    if "unless" in kinds:
        return "before" not in before and "after" not in after
    return "country" in kinds and ("of" in before or "citizen" in after)


def _stated(text: str) -> bool:
    words = [forms for word in _cut(text) if (forms := _forms(word[:LONGEST_WORD])) is not None]
    if not any(words):
        return False
    kinds = [NOTHING, *_kinds(words), NOTHING]
    return any(map(_states, kinds, kinds[1:], kinds[2:]))


def tells_status(texts: Iterable[str]) -> bool:
    """Tell whether a text states somebody's immigration status or nationality; hyphens within words hide nothing."""
    return any(_stated(text) or (_HYPHEN.search(text) and _stated(_HYPHEN.sub("", text))) for text in texts)
