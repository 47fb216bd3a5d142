"""Addresses as dispatchers write them, in English and Spanish: streets, house number, highway, kilometer.

No maintained library reads Mexican dispatch addresses, and statistical ones cost a millisecond, so the rules are two
small tables, `address_words.csv` and `route_words.csv`. Every expression here runs in linear time over bounded text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from schemas.folding import fold
from streams.normalize import route, street
from streams.normalize.address_words import WORDS
from streams.normalize.house_number import house_number, place_before
from streams.normalize.street import kind_of

LONGEST = 256
"""Characters of an address that are read."""
MOST_STREETS = 8

_MARKS = r"[/&@:;|\\]+"


def _separator(shortest: int) -> re.Pattern[str]:
    """Return what stands between two streets: marks, and words of so many letters at least."""
    words = sorted(word for word, (kind, _) in WORDS.items() if kind == "separator" and len(word) >= shortest)
    return re.compile(rf"{_MARKS}|(?<![A-Z\d])(?:{'|'.join(words)})(?![A-Z\d])")


_SEPARATOR = _separator(1)
_LONG_SEPARATOR = _separator(2)
_ASIDE = re.compile(r"\([^()]*\)|\bS/N\b|\bDEAD[ -]?END\b|(?<=\d) [1-9]/[2-8](?!\d)")
_DOTTED = re.compile(r"\b([A-Z])\.(?=[A-Z]\b)")
_DOT = re.compile(r"\.(?!\d)|(?<!\d)\.")
# Figures of other scripts are no \d hereafter.
_REST = re.compile(r"[^A-Z0-9/&@:;|\\,.+#-]+")
_QUOTES = str.maketrans("", "", "'`\u2019")
_DOTS = re.compile(r"\.{2,}")
_LOOSE = re.compile(r"[+.]|(?<![A-Z\d])-+(?=\s*$)")
_BLOCK = re.compile(r"(?:BLK|BLOCK|CUADRA|XX)\b")


class Address(NamedTuple):
    """What an address tells: names sorted, `number` -1 and `route_km` None where there is none."""

    streets: tuple[str, ...]
    number: int
    route: str
    route_km: float | None


NOWHERE = Address((), -1, "", None)


def clean(text: str) -> str:
    """Fold an address to upper case letters, figures and the marks that mean something in it."""
    folded = fold(text[:LONGEST]).upper().translate(_QUOTES)
    folded = _DOT.sub(" ", _DOTTED.sub(r"\1", _DOTS.sub(".", _ASIDE.sub(" ", folded))))
    return _REST.sub(" ", folded).strip()


def _places_only(words: list[str]) -> list[str]:
    """Drop apartments and exits with their numbers, and everything from the neighborhood on."""
    kept: list[str] = []
    skip = False
    for word, after in zip(words, [*words[1:], ""], strict=False):
        kind = kind_of(word)
        if skip:
            skip = False
        elif kind == "end" and kept:
            break
        elif (kind == "unit" and kept and (len(after) == 1 or not after.isalpha())) or (
            kind == "exit" and after[:1].isdigit()
        ):
            skip = True
        else:
            kept.append(word)
    return kept


def _name(words: list[str]) -> str:
    """Return the street's name; a highway between two towns has the same whichever comes first."""
    text = " ".join(words)
    if "-" in text and words[0] != "-" and kind_of(words[0]) == "highway":
        towns = {street.name(town.split()) for town in " ".join(words[1:]).split("-")}
        return " ".join(sorted(filter(None, towns))[:2])
    return street.name(text.replace("-", " ").replace("#", " ").split())


def _side(text: str) -> tuple[list[str], int, list[str]]:
    """Return the streets, the house number and the highways of one side of an address."""
    routes, rest = route.highways(text)
    words = _places_only([word for word in _LOOSE.sub(" ", rest).split() if word != "#"])
    if not words:
        return [route.as_street(highway) for highway in routes], -1, routes
    place = ""
    if at := place_before(words):
        place, words = _name(words[:at]), words[at:]
    number, words = house_number(words, bool(routes))
    if number == 0 and _BLOCK.search(text) is None:
        number = -1
    # Beside a highway, E or LOOP alone are no street of their own.
    alone = bool(routes) and not any(kind_of(word) in ("", "name", "ordinal") for word in words)
    name = "" if alone or not words else _name(words)
    return (
        [*(route.as_street(highway) for highway in routes), *(highway for highway in (place, name) if highway)],
        number,
        routes,
    )


def _sides(text: str, separator: re.Pattern[str]) -> Iterator[str]:
    """Return the sides of an intersection; after a comma only what names a street, as a town does not."""
    for side in separator.split(text):
        first, *others = side.split(",")
        yield first
        yield from (part for part in others if any(kind_of(word) in ("type", "highway") for word in part.split()))


def _read(text: str, separator: re.Pattern[str]) -> Address:
    kilometre, rest = route.marker(text)
    streets: set[str] = set()
    number, routes = -1, set[str]()
    for side in _sides(rest, separator):
        names, house, crossed = _side(side)
        streets.update(names)
        routes.update(crossed)
        number = house if number < 0 else number
    first = min(routes, key=route.rank, default="")
    return Address(tuple(sorted(streets)[:MOST_STREETS]), number, first, kilometre)


def parse(text: str) -> Address:
    """Read an address; the order of the streets of an intersection does not matter."""
    # Cut before it is remembered, so that no feed can fill the memory with long ones.
    return _remembered(text[:LONGEST])


@lru_cache(maxsize=16_384)
def _remembered(text: str) -> Address:
    folded = clean(text)
    address = _read(folded, _SEPARATOR)
    # AVENUE Y: a letter that separates is a name where nothing else is.
    return address if address.streets or not folded else _read(folded, _LONG_SEPARATOR)
