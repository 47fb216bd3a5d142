"""Search tokens: one per word, the same for English and Spanish where the lexicon knows the word.

Text is cut, folded and stemmed here, when it is indexed and when it is asked for, because the embedded server has no
language analyzers; what this makes, any analyzer keeps as it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, repeat

import snowballstemmer

from schemas.codes import offenses
from schemas.codes.taxonomy import FUNCTION_COLUMNS, MAX_WORD_CHARS
from schemas.records.report import Offense
from schemas.tables.reader import read_table
from schemas.text import lexicon
from schemas.text.analysis import AnalyzedText
from schemas.text.lexicon import Kind, primary, words
from schemas.text.memo import Memo

LANGUAGES = ("", "en", "es")
"""Readings of a word; '' is that of a text whose language nobody knows."""
LONGEST_TYPE = 512
"""Characters of an agency's code and words together, or of an address, whose tokens are remembered."""
MOST_ADDRESSES = 16_384
_STEMMERS = {"en": "english", "es": "spanish"}
_IN_ADDRESSES = {"blk": "block"}
"""In an address the block, elsewhere the color."""
_ROUTE = re.compile(r"([a-z]{1,4})(\d+[a-z]?)")


def _parts_of_route(token: str) -> list[tuple[str, str]]:
    route = _ROUTE.fullmatch(token)
    return [(route[1], route[2])] if route else []


_ROUTES = Memo(_parts_of_route, MAX_WORD_CHARS)


def _stemmed(word: str, lang: str) -> str:
    """Return the stem of a word; one that is no word is its own."""
    if lang in _STEMMERS and word.isalpha():
        # Made anew: a stemmer keeps its word in itself, and two threads must not share one.
        return str(snowballstemmer.stemmer(_STEMMERS[lang]).stemWord(word)) or word
    return word


def _computed(lang: str, word: str) -> str:
    entry = lexicon.FORMS[lang].get(word)
    if entry is None:
        return _stemmed(word, lang)
    return entry.concept if entry.kind is Kind.NUMBER else f"{entry.concept}_"


_TOKENS = {lang: Memo(partial(_computed, lang), MAX_WORD_CHARS) for lang in LANGUAGES}


def token(word: str, lang: str) -> str:
    """Return the token of a folded word in 'en', 'es' or ''.

    A concept of the lexicon ends in '_', which no word does; numbers are digits; all else is the stem in its language.
    """
    return _TOKENS[lang][word]


def tokens(text: str, lang: str = "") -> str:
    """Return the search tokens of a text, space between, exactly one for each word, so that phrases keep their order.

    `lang` is a BCP 47 tag, or '' where the language is not known.
    """
    return " ".join(map(_TOKENS[primary(lang)].__getitem__, words(text)))


def address_token(word: str) -> str:
    """Return the token of a folded word of an address: the word as it is written, apart from words that mean something.

    It begins with '_', which no other token does: Chimney Rock Road is found by 'rock', and not by 'piedras'.
    """
    return f"_{_IN_ADDRESSES.get(word, word)}"


def _computed_of_address(address: str) -> str:
    written = words(address)
    parts = chain.from_iterable(map(_ROUTES.__getitem__, written))
    return " ".join(map(address_token, chain(written, *parts)))


_ADDRESS_TOKENS = Memo(_computed_of_address, LONGEST_TYPE, MOST_ADDRESSES)


def address_tokens(address: str) -> str:
    """Return the search tokens of an address, space between; those of its routes in parts behind them."""
    return _ADDRESS_TOKENS[address]


def _votes() -> Counter[str]:
    votes: Counter[str] = Counter()
    for _, fields in read_table("function_words.csv", FUNCTION_COLUMNS):
        votes[fields["word"]] += 1 if fields["lang"] == "en" else -1
    en, es = lexicon.FORMS["en"].keys(), lexicon.FORMS["es"].keys()
    votes.update(en - es)
    votes.subtract(es - en)
    return votes


_VOTES = _votes()


def language_of(cut: Iterable[str]) -> str:
    """Return the language of the words of a text by those that only English or Spanish has; '' where none decides.

    Function words and the lexicon's forms have a vote each.
    """
    votes = sum(map(_VOTES.get, cut, repeat(0)))
    return "" if votes == 0 else "en" if votes > 0 else "es"


def route_parts(tokens: Iterable[str]) -> Iterator[str]:
    """Yield the parts of each token such as sr98, as another agency writes them: 'sr 98'."""
    return map(" ".join, chain.from_iterable(map(_ROUTES.__getitem__, tokens)))


@lru_cache(maxsize=1_024)
def _common(concept: str) -> list[str]:
    """Return the tokens of a concept's labels and synonyms, in both languages."""
    row = offenses.CONCEPTS.get(concept)
    if row is None:
        return []
    en = [tokens(label, "en") for label in (row.label_en, *row.synonyms_en)]
    es = [tokens(label, "es") for label in (row.label_es, *row.synonyms_es)]
    return " ".join(dict.fromkeys(en + es)).split()


@lru_cache(maxsize=16_384)
def _own(text: str, code: str, lang: str) -> list[str]:
    """Return the tokens of an agency's own code and words; in each reading where the language is not known."""
    readings = (lang,) if lang else LANGUAGES
    return " ".join(dict.fromkeys((tokens(code), *(tokens(text, reading) for reading in readings)))).split()


def search_text(
    address: str, offense_text: str, code: str, offense: Offense, narratives: Sequence[AnalyzedText]
) -> str:
    """Return all tokens by which a report is found.

    Its offense is found by its own words and by those of the taxonomy in both languages, its address as it is written.
    """
    read = [(narrative.lang or language_of(narrative.words), narrative.words) for narrative in narratives]
    lang = next((lang for lang, _ in read if lang), "")
    own = _own if len(offense_text) + len(code) <= LONGEST_TYPE else _own.__wrapped__
    text_tokens = [*_common(offense["concept"]), *own(offense_text, code, lang)]
    for reading, cut in read:
        text_tokens += map(_TOKENS[reading].__getitem__, cut)
    return " ".join(filter(None, chain(text_tokens, route_parts(text_tokens), [address_tokens(address)])))
