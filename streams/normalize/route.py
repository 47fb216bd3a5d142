"""Highways and places on them: `US-83`, `SR-98`, `MEX-2D`, and the kilometer that a milepost stands for.

All state routes are SR, whichever state's letters they carry; HWY is a highway whose system is not told. What two
reports share when only one tells the system is the name `ROUTE 83`, which every highway has among the streets.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from schemas.errors import Configuration
from schemas.tables.reader import read_table

COLUMNS = ("words", "system", "source", "verified")
SYSTEMS = ("I", "US", "MEX", "SR", "FM", "LOOP", "SPUR", "BUS", "CR", "HWY")
"""The larger road first: of two highways that cross, a report lies on the first of them."""

KM_PER_MILE = 1.609344

_TABLE = "route_words.csv"
_LETTERS = "[A-DF-MO-RT-VX-Z]"
_MILES = re.compile(r"\b(?:MP|MM|MILE ?POST|MILE ?MARKER|MILE|MI)[ .#]*(\d{1,4}(?:\.\d{1,3})?)(?![\d.])")
_KILOMETERS = re.compile(
    r"\b(?:KM|KILOMETROS?|KILOMETERS?|K(?= ?\d{1,4} ?\+))[ .#]*(\d{1,4})(?: ?\+ ?|\.)?(\d{1,3})?(?!\d)"
)


class Highways(NamedTuple):
    """Highways of a part of an address, and the part without them."""

    routes: list[str]
    rest: str


def read(lines: Iterable[tuple[int, dict[str, str]]], name: str) -> dict[str, str]:
    """Return the words before a highway number -> system, from rows with line numbers.

    Raises: Configuration naming the line.
    """
    systems: dict[str, str] = {}
    for line, fields in lines:
        if fields["system"] not in SYSTEMS or fields["words"] in systems:
            raise Configuration(f"{name}, line {line}: a system of {', '.join(SYSTEMS)}, and words of their own")
        systems[fields["words"]] = fields["system"]
    return systems


_SYSTEM = read(read_table(_TABLE, COLUMNS), _TABLE)
# A number may be followed by its direction: I70E, IH10OB.
_ROUTE = re.compile(
    rf"\b({'|'.join(sorted(_SYSTEM))})[ -]{{0,2}}"
    rf"(?:(\d{{1,4}}{_LETTERS}?)(?:[NSEWIO]B?)?|(?<=[ -])(?<=HWY.|UTE.)(([A-Z])\4|{_LETTERS}))(?![A-Z\d])"
)


def marker(text: str) -> tuple[float | None, str]:
    """Return the kilometer marker of an address and the address without it: 12+500 and 12.5 are the same.

    A mile marker is converted.
    """
    if (at := _KILOMETERS.search(text)) is not None:
        kilometer: float | None = float(f"{at[1]}.{at[2] or 0}")
    elif (at := _MILES.search(text)) is not None:
        kilometer = round(float(at[1]) * KM_PER_MILE, 3)
    else:
        return None, text
    return kilometer, f"{text[: at.start()]} {text[at.end() :]}"


def highways(text: str) -> Highways:
    """Return the highways that a part of an address names."""
    routes = [f"{_SYSTEM[at[1]]}-{at[2] or at[3]}" for at in _ROUTE.finditer(text)]
    return Highways(routes, _ROUTE.sub(" ", text)) if routes else Highways(routes, text)


def rank(route: str) -> tuple[int, str]:
    """Return a sort key that orders highways by system, its index in SYSTEMS, then by number."""
    system, _, number = route.partition("-")
    return SYSTEMS.index(system), number.zfill(6)


def as_street(route: str) -> str:
    """Return a highway without its system."""
    return f"ROUTE {route.partition('-')[2]}"
