"""The phrases that state immigration status or nationality, of two tables: `immigration_words.csv`, `countries.csv`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from schemas.codes.taxonomy import OPTIONAL_WORDS, singular
from schemas.errors import Configuration
from schemas.folding import fold
from schemas.tables.reader import read_table, split_values

COLUMNS = ("kind", "lang", "phrases", "source")
COUNTRIES_COLUMNS = ("country", "name_en", "name_es", "people_en", "people_es", "source")
STATING = frozenset(("tells", "people", "ambiguous", "country"))
KINDS = STATING | {"innocent", "person", "citizen", "of", "thing before", "thing after", "article"}
SHORTEST_MISSPELLED = 7
"""Letters of a word from which one letter amiss makes no other word, in either language."""

Kinds = frozenset[str]
Classes = Mapping[str, tuple[str, ...]]
NOTHING: Kinds = frozenset()
JOINTS = re.compile("[-./_'\u2010-\u2015\u2019\u2212]+")
"""What may stand within a word: A-FILE, U.S., UDA'S."""
PAUSE = ";"
"""The word that a mark between phrases and the end of a text are read as."""
_CLASS = re.compile(r"<[^<>]+>")
_TOKEN = re.compile(r"<[^<>]+>|\S+")


class Node(dict[str, "Node"]):
    """A beginning of phrases: word or class -> the beginnings one longer; `kinds` of the phrases that end here."""

    kinds: Kinds = NOTHING


class Phrases:
    """Phrases by their words and classes, and what each word of a text can be in them."""

    def __init__(self, phrases: Iterable[tuple[str, str]], classes: Classes) -> None:
        """Build it from pairs of a phrase and its kind, folded. Raises: Configuration on a phrase of articles alone."""
        phrases_by_kind = list(phrases)
        self.start = Node()
        # One word of each phrase that can state it, the one that texts have most seldom.
        self.triggers: set[str] = set()
        self.articles = frozenset(phrase for phrase, kind in phrases_by_kind if kind == "article")
        self._words: set[str] = set()
        self._classes: dict[str, tuple[str, ...]] = {}
        self._near: dict[str, set[str]] = {}
        for name, members in classes.items():
            for word in filter(_is_word, members):
                self._classes[word] = (*self._classes.get(word, ()), name)
        self._ordinary = {phrase for phrase, kind in phrases_by_kind if kind not in STATING}
        for phrase, kind in phrases_by_kind:
            if kind != "article":
                self._add(phrase, kind, classes)

    def _add(self, phrase: str, kind: str, classes: Classes) -> None:
        words = [word for word in _TOKEN.findall(phrase) if word not in self.articles]
        if not words:
            raise Configuration(f"schemas/tables/immigration_words.csv: {phrase!r} is an article")
        node = self.start
        for word in words:
            node = node.setdefault(word, Node())
        node.kinds |= {kind}
        self._words.update(words)
        if kind in STATING:
            self.triggers.add(max(words, key=lambda word: self._seldom(word, classes)))
        if kind in ("tells", "people") and len(words) == 1 and len(words[0]) >= SHORTEST_MISSPELLED:
            for left in _shortened(words[0]):
                self._near.setdefault(left, set()).add(words[0])

    def _seldom(self, word: str, classes: Classes) -> int:
        """Return how seldom texts have a word, roughly: by its length; any word of a class is more usual than one."""
        if word in classes:
            return min((len(member) for member in classes[word] if _is_word(member)), default=2) - 2
        if word in OPTIONAL_WORDS or len(word) < 3:
            return 0
        return 1 if word in self._ordinary else len(word)

    def forms(self, word: str) -> tuple[str, ...]:
        """Return what a word of a text is in phrases: itself, its singular, their classes; else what it misspells."""
        spelled = dict.fromkeys((word, singular(word)))
        here = [form for form in spelled if form in self._words]
        here += dict.fromkeys(name for form in spelled for name in self._classes.get(form, ()))
        return tuple(here or sorted(set().union(*map(self._meant, spelled))))

    def _meant(self, word: str) -> set[str]:
        """Return the words that this one is but for one letter, or two transposed; the first is never amiss."""
        if len(word) < SHORTEST_MISSPELLED or word.isdigit():
            return set()
        return set().union(*(self._near.get(left, ()) for left in _shortened(word)))


def _is_word(phrase: str) -> bool:
    return " " not in phrase and not _CLASS.search(phrase)


def _shortened(word: str) -> list[str]:
    """Return a word, and the word without each of its letters but the first."""
    return [word, *(word[:at] + word[at + 1 :] for at in range(1, len(word)))]


def _folded(field: str) -> tuple[str, ...]:
    """Return the phrases of a field as a text is read: folded, without what may stand within a word."""
    return tuple(JOINTS.sub("", fold(phrase)) for phrase in split_values(field))


def _expanded(phrase: str, classes: Classes) -> Iterator[str]:
    """Yield a phrase with each longer phrase that a <class> in it stands for; single words of a class are looked up."""
    choices = [(name, *(member for member in classes[name] if not _is_word(member))) for name in _CLASS.findall(phrase)]
    between = _CLASS.split(phrase)
    for chosen in product(*choices):
        yield "".join(text + choice for text, choice in zip(between, (*chosen, ""), strict=True))


def phrases() -> Phrases:
    """Read both tables. Raises: Configuration naming file and line."""
    classes: dict[str, tuple[str, ...]] = {}
    read: list[tuple[str, str]] = []
    for line, fields in read_table("immigration_words.csv", COLUMNS):
        kind, values = fields["kind"], _folded(fields["phrases"])
        known = fields["lang"] in ("en", "es") and (kind in KINDS or _CLASS.fullmatch(kind))
        if not (known and values and all(values)):
            raise Configuration(f"schemas/tables/immigration_words.csv, line {line}: kind, lang or phrases")
        named = {name for phrase in values for name in _CLASS.findall(phrase)}
        if named - classes.keys() or (named and kind not in KINDS):
            raise Configuration(
                f"schemas/tables/immigration_words.csv, line {line}: a class has no row above, or another"
            )
        if kind in KINDS:
            read.extend((phrase, kind) for phrase in values)
        else:
            classes[kind] = (*classes.get(kind, ()), *values)
    stated = [(phrase_of_class, kind) for phrase, kind in read for phrase_of_class in _expanded(phrase, classes)]
    for _, fields in read_table("countries.csv", COUNTRIES_COLUMNS):
        for lang in ("en", "es"):
            stated += [(name, "country") for name in _folded(fields[f"name_{lang}"])]
            stated += [(people, "people") for people in _folded(fields[f"people_{lang}"])]
    return Phrases(stated, classes)
