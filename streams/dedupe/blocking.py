"""Blocks: which reports are compared at all.

Two reports are compared when their times are at most half an hour apart and they share a block: a cell of about 1 km
and those around it, a street or highway, a plate, a person's name, a claimed number; and a report without coordinates
meets every one of its corridor. The relation is symmetric, so that it does not matter which of two came first.
"""

from collections.abc import Iterator
from math import floor

from streams.dedupe.profiles import Profile, apart_s

WITHIN_S = 1_800
CELL_LAT = 0.01
CELL_LON = 0.012
"""Degrees: 1.1 km each on the border. The same everywhere, or two reports might not see each other the same way."""

Key = tuple[str, str | int, int]


def _cell(one: Profile) -> tuple[int, int] | None:
    if one.lat is None or one.lon is None:
        return None
    return floor(one.lat / CELL_LAT), floor(one.lon / CELL_LON)


def _shared(one: Profile) -> Iterator[Key]:
    """Give the blocks that are both written and read."""
    for street in one.streets:
        yield "street", street, 0
    for plate in one.plates:
        yield "plate", plate, 0
    for person in one.persons:
        yield "person", person, 0
    for reference in one.references:
        yield "claim", reference, 0


def written(one: Profile) -> list[Key]:
    """List the blocks in which a report is found."""
    keys = list(_shared(one))
    keys.append(("claim", one.report_id, 0))
    cell = _cell(one)
    if cell is None:
        keys.append(("unlocated", one.corridor, 0))
    else:
        keys.append(("cell", *cell))
        keys.append(("located", one.corridor, 0))
    return keys


def read(one: Profile) -> list[Key]:
    """List the blocks in which the reports are that this one is compared with."""
    keys = list(_shared(one))
    keys += [("claim", one.report_id, 0), ("unlocated", one.corridor, 0)]
    cell = _cell(one)
    if cell is None:
        keys.append(("located", one.corridor, 0))
        return keys
    keys += [("cell", cell[0] + up, cell[1] + right) for up in (-1, 0, 1) for right in (-1, 0, 1)]
    return keys


def comparable(left: Profile, right: Profile) -> bool:
    """Tell whether two reports that share a block are compared."""
    return left.traffic == right.traffic and apart_s(left, right) <= WITHIN_S
