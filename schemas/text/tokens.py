"""Search tokens: one per word, the same for English and Spanish where the lexicon knows the word.

Text is cut, folded and stemmed here, when it is indexed and when it is asked for, because the embedded server has no
language analyzers; what this makes, any analyzer keeps as it is.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import snowballstemmer

from schemas.codes import offenses
from schemas.codes.taxonomy import FUNCTION_COLUMNS
from schemas.records.report import Offense
from schemas.tables.reader import read_table
from schemas.text import lexicon
from schemas.text.lexicon import Kind, primary, words

LANGUAGES = ("", "en", "es")
"""Readings of a word; '' is that of a text whose language nobody knows."""
LONGEST_TYPE = 512
"""Characters of an agency's code and words together whose tokens are remembered."""
_STEMMERS = {"en": "english", "es": "spanish"}
_IN_ADDRESSES = {"blk": "block"}
"""In an address the block, elsewhere the colour."""
_ROUTE = re.compile(r"(?<!\S)([a-z]{1,4})(\d+[a-z]?)(?!\S)")


@lru_cache(maxsize=65_536)
def token(word: str, lang: str) -> str:
    """Give the token of a folded word in 'en', 'es' or ''.

    A concept of the lexicon ends in '_', which no word does; numbers are digits; all else is its language's stem.
    """
    entry = lexicon.FORMS[lang].get(word)
    if entry is not None:
        return entry.concept if entry.kind is Kind.NUMBER else f"{entry.concept}_"
    if lang in _STEMMERS and word.isalpha():
        # Made anew: a stemmer keeps its word in itself, and two threads must not share one.
        return str(snowballstemmer.stemmer(_STEMMERS[lang]).stemWord(word)) or word
    return word


def tokens(text: str, lang: str = "") -> str:
    """Give the search tokens of a text, space between, exactly one for each word, so that phrases keep their order."""
    told = primary(lang)
    return " ".join([token(word, told) for word in words(text)])


def address_token(word: str) -> str:
    """Return the token of a folded word of an address: the word as it is written, apart from words that mean something.

    It begins with '_', which no other token does: Chimney Rock Road is found by 'rock', and not by 'piedras'.
    """
    return f"_{_IN_ADDRESSES.get(word, word)}"


def address_tokens(address: str) -> str:
    """Return the search tokens of an address, space between; those of its routes in parts behind them."""
    written = words(address)
    parts = _ROUTE.findall(" ".join(written))
    return " ".join(map(address_token, chain(written, *parts)))


def _votes() -> Counter[str]:
    votes: Counter[str] = Counter()
    for _, fields in read_table("function_words.csv", FUNCTION_COLUMNS):
        votes[fields["word"]] += 1 if fields["lang"] == "en" else -1
    en, es = lexicon.FORMS["en"].keys(), lexicon.FORMS["es"].keys()
    votes.update(en - es)
    votes.subtract(es - en)
    return votes


_VOTES = _votes()


def language_of(text: str) -> str:
    """Recognise English or Spanish by the words that only one of them has; '' where they do not tell.

    Function words and the lexicon's forms have a vote each.
    """
    votes = sum(_VOTES.get(word, 0) for word in words(text))
    return "" if votes == 0 else "en" if votes > 0 else "es"


def route_parts(told: str) -> str:
    """Give the parts of all tokens such as sr98, as another writes them: 'sr 98'; '' where there are none."""
    return " ".join([f"{letters} {number}" for letters, number in _ROUTE.findall(told)])


@lru_cache(maxsize=1_024)
def _common(concept: str) -> str:
    """Give the tokens of a concept's labels and synonyms, in both languages."""
    one = offenses.CONCEPTS.get(concept)
    if one is None:
        return ""
    en = [tokens(told, "en") for told in (one.label_en, *one.synonyms_en)]
    es = [tokens(told, "es") for told in (one.label_es, *one.synonyms_es)]
    return " ".join(dict.fromkeys(en + es))


@lru_cache(maxsize=16_384)
def _own(text: str, code: str, lang: str) -> str:
    """Give the tokens of an agency's own code and words; in each reading where the language is not known."""
    readings = (lang,) if lang else LANGUAGES
    return " ".join(dict.fromkeys(told for told in (tokens(code), *(tokens(text, one) for one in readings)) if told))


def search_text(
    address: str, offense_text: str, code: str, offense: Offense, narratives: Sequence[tuple[str, str]]
) -> str:
    """Give all tokens by which a report is found; `narratives` are (BCP 47 language or '', text).

    Its offense is found by its own words and by those of the taxonomy in both languages, its address as it is written.
    """
    told = [(primary(lang) or language_of(text), text) for lang, text in narratives]
    lang = next((lang for lang, _ in told if lang), "")
    own = _own if len(offense_text) + len(code) <= LONGEST_TYPE else _own.__wrapped__
    parts = [_common(offense["concept"]), own(offense_text, code, lang), *(tokens(text, one) for one, text in told)]
    found = " ".join(part for part in parts if part)
    return " ".join(part for part in (found, route_parts(found), address_tokens(address)) if part)
