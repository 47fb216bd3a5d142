"""Blocks: which reports are compared at all.

Two reports are compared when their times are at most half an hour apart and they share a block: a cell of about 1 km
or one around it, a street or highway, a plate, a person's name, a claimed number. A report of somebody on the move, or
without coordinates, is compared with all of its corridor. A report known only to a day and a city is too coarse for
that: it is compared with reports of the same plate, person, number or street, or the same grave offense in that city.
Blocking is symmetric, so that the order of arrival does not matter. The most common terms make no block, and of each
agency only so many reports are found in one block.
"""

from functools import lru_cache
from math import floor

from schemas.codes.offenses import CONCEPTS
from streams.dedupe.compare_place import COARSE_M
from streams.dedupe.continuation import moving
from streams.dedupe.profile import ERROR_M, Profile, apart_s
from streams.dedupe.term_frequency import terms

WITHIN_S = 1_800
CELL_LAT = 0.01
CELL_LON = 0.012
"""Degrees: 1.1 km each at the border. The same everywhere, or blocking would not be symmetric."""
FINE_TIME_S = 3_600
"""Seconds; a report with a wider time is compared by terms and places, not by its corridor."""
_CITY = 0.2
_GRAVE = frozenset(name for name, concept in CONCEPTS.items() if concept.rank == 1)

MOST_FOUND = 64
"""Reports of one agency that are found in one block of a bucket: no patrol shift has that many at one corner."""
MOST_FOUND_ALONG = 1_000
"""The same, for a block that a whole corridor shares."""
_ALONG = frozenset({"moving", "located", "unlocated"})

Key = tuple[str, str | int, int]


def _cell(report: Profile) -> tuple[int, int] | None:
    """Return the cell of a place that is known better than to a city."""
    if report.lat is None or report.lon is None or ERROR_M[report.precision] >= COARSE_M:
        return None
    return floor(report.lat / CELL_LAT), floor(report.lon / CELL_LON)


# The index asks for the blocks of a report three times: when it is put in, compared, and taken out again.
@lru_cache(maxsize=8_192)
def _shared(report: Profile) -> tuple[Key, ...]:
    """Return the blocks in which a report is both found and looked up."""
    keys: list[Key] = [(kind, term, 0) for kind, term, is_hot in terms(report) if not is_hot]
    keys += [("claim", reference, 0) for reference in report.references]
    keys.append(("claim", report.report_id, 0))
    if report.concept in _GRAVE and report.lat is not None and report.lon is not None:
        keys.append((f"grave {report.concept}", floor(report.lat / _CITY), floor(report.lon / _CITY)))
    if report.width <= FINE_TIME_S and moving(report):
        keys.append(("moving", report.corridor, 0))
    return tuple(keys)


def _unlocated(report: Profile) -> bool:
    return report.lat is None or report.lon is None


def index_keys(report: Profile) -> list[Key]:
    """Return the blocks in which a report is found."""
    keys = list(_shared(report))
    cell = _cell(report)
    if cell is not None:
        keys.append(("cell", *cell))
    if report.width <= FINE_TIME_S and (cell is not None or _unlocated(report)):
        keys.append(("located" if cell else "unlocated", report.corridor, 0))
    return keys


def query_keys(report: Profile) -> list[Key]:
    """Return the blocks of the reports that a report is compared with."""
    keys = list(_shared(report))
    cell = _cell(report)
    if cell is not None:
        keys += [("cell", cell[0] + up, cell[1] + right) for up in (-1, 0, 1) for right in (-1, 0, 1)]
    if report.width <= FINE_TIME_S and (cell is not None or _unlocated(report)):
        keys.append(("unlocated", report.corridor, 0))
        if cell is None:
            keys.append(("located", report.corridor, 0))
    return keys


def most(key: Key) -> int:
    """Return how many reports of one agency are found in a block at most."""
    return MOST_FOUND_ALONG if key[0] in _ALONG else MOST_FOUND


def comparable(left: Profile, right: Profile) -> bool:
    """Return whether two reports that share a block are compared."""
    return left.traffic == right.traffic and apart_s(left, right) <= WITHIN_S
