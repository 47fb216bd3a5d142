"""Blocks: which reports are compared at all.

Two reports are compared when their times are at most half an hour apart and they share a block: a cell of about 1 km
and those around it, a street or highway, a plate, a person's name, a claimed number; somebody under way meets all who
are in the corridor, and so does a report without coordinates. What is known to a day and a city is too coarse for
these: it meets what names the same plate, person, number or street, or the same grave offense in that city. The
relation is symmetric, so that it does not matter which of two came first. Terms that everybody mentions make no block,
and of one agency only so many reports are found in one.
"""

from collections.abc import Iterator
from math import floor

from schemas.codes.offenses import CONCEPTS
from streams.dedupe.compare_place import COARSE_M
from streams.dedupe.continuation import moving
from streams.dedupe.profile import ERROR_M, Profile, apart_s
from streams.dedupe.term_frequency import terms

WITHIN_S = 1_800
CELL_LAT = 0.01
CELL_LON = 0.012
"""Degrees: 1.1 km each on the border. The same everywhere, or two reports might not see each other the same way."""
FINE_TIME_S = 3_600
"""A wider time brings a report together by terms and places, not by its corridor."""
_CITY = 0.2
_GRAVE = frozenset(name for name, concept in CONCEPTS.items() if concept.rank == 1)

MOST_FOUND = 64
"""Reports of one agency that are found in one block of one bucket: a patrol's shift has no so many at one corner."""
MOST_FOUND_ALONG = 1_000
"""The same of a block that a whole corridor shares."""
_ALONG = frozenset({"moving", "located", "unlocated"})

Key = tuple[str, str | int, int]


def _cell(one: Profile) -> tuple[int, int] | None:
    """Give the cell of a place that is known better than to a city."""
    if one.lat is None or one.lon is None or ERROR_M[one.precision] >= COARSE_M:
        return None
    return floor(one.lat / CELL_LAT), floor(one.lon / CELL_LON)


def _shared(one: Profile) -> Iterator[Key]:
    """Give the blocks that are both written and read."""
    yield from ((kind, term, 0) for kind, term, is_hot in terms(one) if not is_hot)
    for reference in one.references:
        yield "claim", reference, 0
    yield "claim", one.report_id, 0
    if one.concept in _GRAVE and one.lat is not None and one.lon is not None:
        yield f"grave {one.concept}", floor(one.lat / _CITY), floor(one.lon / _CITY)
    if moving(one) and one.width <= FINE_TIME_S:
        yield "moving", one.corridor, 0


def _unlocated(one: Profile) -> bool:
    return one.lat is None or one.lon is None


def written(one: Profile) -> list[Key]:
    """List the blocks in which a report is found."""
    keys = list(_shared(one))
    cell = _cell(one)
    if cell is not None:
        keys.append(("cell", *cell))
    if one.width <= FINE_TIME_S and (cell is not None or _unlocated(one)):
        keys.append(("located" if cell else "unlocated", one.corridor, 0))
    return keys


def read(one: Profile) -> list[Key]:
    """List the blocks in which the reports are that this one is compared with."""
    keys = list(_shared(one))
    cell = _cell(one)
    if cell is not None:
        keys += [("cell", cell[0] + up, cell[1] + right) for up in (-1, 0, 1) for right in (-1, 0, 1)]
    if one.width <= FINE_TIME_S and (cell is not None or _unlocated(one)):
        keys.append(("unlocated", one.corridor, 0))
        if cell is None:
            keys.append(("located", one.corridor, 0))
    return keys


def most(key: Key) -> int:
    """Return how many reports of one agency are found in a block."""
    return MOST_FOUND_ALONG if key[0] in _ALONG else MOST_FOUND


def comparable(left: Profile, right: Profile) -> bool:
    """Tell whether two reports that share a block are compared."""
    return left.traffic == right.traffic and apart_s(left, right) <= WITHIN_S
