"""Whether a text states somebody's immigration status or nationality, in English or Spanish.

At each place of a text the longest phrase of the tables counts, and what it states can depend on the phrases right
beside it: MEXICAN MALE states it, MEXICAN PLATES do not.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from schemas.immigration_words import JOINTS, NOTHING, Kinds, phrases
from schemas.search_document import fold
from schemas.taxonomy import LONGEST_WORD

Forms = tuple[str, ...]

# 8USC1325 is three words, A#12 is A# and 12. What parts sentences parts phrases.
_PART = re.compile(r"(?<![^\W_])a#|[^\W\d_]+|\d+|[,;!?]|[.:]$")
_BROKEN = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
_AROUND = ".,;:!?()[]\"'"

_PHRASES = phrases()


@lru_cache(maxsize=65_536)
def _read(chunk: str) -> tuple[Forms, ...]:
    """Return what each word of a text between two spaces is in phrases; nothing for one in none."""
    bare = chunk.strip(_AROUND)
    whole = JOINTS.sub("", bare)
    if whole != bare and whole.isalpha() and (forms := _PHRASES.forms(whole)):
        return (forms,) if chunk.endswith(bare) else (forms, ())
    parts = [part for part in _PART.findall(chunk) if part not in _PHRASES.articles]
    return tuple(map(_forms, parts))


def _forms(word: str) -> Forms:
    """Return what a word is in phrases, UDAX in UDAX3 too."""
    return _PHRASES.forms(word) or (_PHRASES.forms(word[:-1]) if word.endswith("x") else ())


@lru_cache(maxsize=65_536)
def _triggers(chunk: str) -> bool:
    """Return whether a phrase that states it can be here: each has one word that is looked for first."""
    return not _PHRASES.triggers.isdisjoint(chain.from_iterable(_read(chunk)))


def _longest(words: list[Forms], at: int) -> tuple[int, Kinds]:
    """Return how many words the longest phrase at `at` has, 0 for none, and its kinds."""
    nodes, length, kinds = [_PHRASES.start], 0, NOTHING
    for count, forms in enumerate(words[at:], 1):
        nodes = [node[form] for node in nodes for form in forms if form in node]
        if not nodes:
            break
        if ended := NOTHING.union(*(node.kinds for node in nodes)):
            length, kinds = count, ended
    return length, kinds


def _kinds(words: list[Forms]) -> Iterator[Kinds]:
    """Yield the kinds of each phrase of a text, in its order, and nothing for each word in none."""
    at = 0
    while at < len(words):
        length, kinds = _longest(words, at) if words[at] else (0, NOTHING)
        yield kinds
        at += length or 1


def _states(before: Kinds, kinds: Kinds, after: Kinds) -> bool:
    """Return whether a phrase states it beside its neighbors."""
    if "innocent" in kinds:
        return False
    if "tells" in kinds:
        return True
    if "ambiguous" in kinds:
        return not {"person", "citizen"}.isdisjoint(before | after)
    if "people" in kinds:
        return "thing before" not in before and "thing after" not in after
    return "country" in kinds and ("of" in before or "citizen" in after)


def _stated(text: str) -> bool:
    chunks = [chunk[:LONGEST_WORD] for chunk in _BROKEN.sub("", fold(text)).split()]
    if not any(map(_triggers, chunks)):
        return False
    kinds = [NOTHING, *_kinds(list(chain.from_iterable(map(_read, chunks)))), NOTHING]
    return any(map(_states, kinds, kinds[1:], kinds[2:]))


def tells_status(texts: Iterable[str]) -> bool:
    """Return whether a text states somebody's immigration status or nationality."""
    return any(map(_stated, filter(None, texts)))
