"""Whether a text states somebody's immigration status or nationality, in English or Spanish.

At each place of a text the longest phrase of the tables counts, and what it states can depend on the phrases right
beside it: MEXICAN MALE states it, MEXICAN PLATES do not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from schemas.codes.taxonomy import MAX_WORD_CHARS
from schemas.folding import fold
from schemas.text.immigration_words import JOINTS, NOTHING, PAUSE, Kinds, phrases
from schemas.text.lexicon import chunks
from schemas.text.memo import Memo

Forms = tuple[str, ...]

# 8USC1325 is three words, A#12 is A# and 12. What parts sentences parts phrases.
_PART = re.compile(r"(?<![^\W_])a#|[^\W\d_]+|\d+|[,;!?]|\.$")
_BROKEN = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
LONGEST_TYPE = 128
"""Characters of a text that is remembered whole."""
_AROUND = ".,;:!?()[]\"'"

_PHRASES = phrases()


def _read(chunk: str) -> tuple[Forms, ...]:
    """Return what each word of a text between two spaces is in phrases; nothing for one in none."""
    chunk = fold(chunk[:MAX_WORD_CHARS])
    bare = chunk.strip(_AROUND)
    whole = JOINTS.sub("", bare)
    if whole != bare and whole.isalpha() and (forms := _PHRASES.forms(whole)):
        return (forms,)
    parts = (PAUSE if part in ".,;!?" else part for part in _PART.findall(chunk))
    return tuple(_forms(part) for part in parts if part not in _PHRASES.articles)


def _forms(word: str) -> Forms:
    """Return what a word is in phrases, UDAX in UDAX3 too."""
    return _PHRASES.forms(word) or (_PHRASES.forms(word[:-1]) if word.endswith("x") else ())


_READ = Memo(_read, MAX_WORD_CHARS)


def _triggers(chunk: str) -> bool:
    """Return whether a phrase that states it can be here: each has one word that is looked for first."""
    parts = [chunk] if len(chunk) <= MAX_WORD_CHARS else _cut(chunk)
    return not _PHRASES.triggers.isdisjoint(chain.from_iterable(chain.from_iterable(map(_READ.__getitem__, parts))))


_TRIGGERS = Memo(_triggers, MAX_WORD_CHARS)


def _longest(words: list[Forms], at: int) -> tuple[int, Kinds]:
    """Return how many words the longest phrase at `at` has, 1 if none ends, and its kinds."""
    nodes, here, length, kinds = [_PHRASES.start], at, 1, NOTHING
    while nodes and here < len(words):
        nodes = [node[form] for form in words[here] for node in nodes if form in node]
        here += 1
        for node in nodes:
            if node.kinds:
                kinds = kinds | node.kinds if length == here - at and kinds else node.kinds
                length = here - at
    return length, kinds


def _kinds(words: list[Forms]) -> Iterator[Kinds]:
    """Yield the kinds of each phrase of a text, in its order, and nothing for each word in none."""
    at, begins = 0, _PHRASES.start.keys()
    while at < len(words):
        length, kinds = (1, NOTHING) if begins.isdisjoint(words[at]) else _longest(words, at)
        yield kinds
        at += length


def _states(before: Kinds, kinds: Kinds, after: Kinds) -> bool:
    """Return whether a phrase states it beside its neighbors."""
    if "innocent" in kinds:
        return False
    if "tells" in kinds:
        return True
    if "country" in kinds and ("citizen" in after or ("of" in before and "thing after" not in after)):
        return True
    # CHINA and ARGENTINA are a woman in Spanish, and a country, whose name streets have.
    if "ambiguous" in kinds or "country" in kinds:
        return not {"person", "citizen"}.isdisjoint(before | after) and not kinds.isdisjoint(("ambiguous", "people"))
    return "people" in kinds and "thing before" not in before and "thing after" not in after


def _whole_chunks(text: str) -> Sequence[str]:
    """Return a text cut at its spaces, words that a hyphen breaks at the end of a line made whole."""
    return chunks(_BROKEN.sub("-", text) if "- " in text or "-\n" in text else text)


def _cut(chunk: str) -> list[str]:
    """Return the words of a chunk that is longer than any word is, as where a text has no spaces."""
    seen = fold(chunk) if len(chunk) > MAX_WORD_CHARS else chunk
    return _PART.findall(seen) if len(seen) > MAX_WORD_CHARS else [seen]


def _spans(words: list[Forms]) -> Iterator[list[Forms]]:
    """Yield the parts of a text in which a phrase can state it: a word that is in no phrase parts them."""
    end, triggers = 0, _PHRASES.triggers
    for at, forms in enumerate(words):
        if at >= end and forms and not triggers.isdisjoint(forms):
            begin = at
            while begin > end and words[begin - 1]:
                begin -= 1
            end = next((after for after in range(at + 1, len(words)) if not words[after]), len(words))
            yield words[begin:end]


def _computed(text: str) -> bool:
    cut = _whole_chunks(text)
    # Most texts state nothing of the kind.
    if not any(map(_TRIGGERS.__getitem__, cut)):
        return False
    if max(map(len, cut)) > MAX_WORD_CHARS:
        cut = [*chain.from_iterable(map(_cut, cut))]
    for span in _spans([*chain.from_iterable(map(_READ.__getitem__, (*cut, PAUSE)))]):
        kinds = [NOTHING, *_kinds(span), NOTHING]
        if any(map(_states, kinds, kinds[1:], kinds[2:])):
            return True
    return False


_STATED = Memo(_computed, LONGEST_TYPE)
"""Whether a text states it; types and addresses come again and again."""


def stating_status(texts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the names under which a text states somebody's immigration status or nationality."""
    return tuple(name for name, those in texts.items() if any(map(_STATED.__getitem__, filter(None, those))))
