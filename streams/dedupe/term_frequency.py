"""Term frequencies: agreeing on a common term counts for less, and the most common terms make no block.

The shares are shipped, never counted from the traffic: a count depends on what came before, and the comparison of two
reports must not depend on when they arrive. Source of weights by frequency: W. E. Winkler, Frequency-Based Matching in
Fellegi-Sunter Model of Record Linkage, U.S. Census Bureau, RR2000/06.
"""

from collections.abc import Iterable, Iterator
from math import log2

from schemas.errors import Configuration
from schemas.tables.reader import read_table
from streams.dedupe.profile import Profile

COLUMNS = ("kind", "term", "share", "source")
TYPICAL = {"street": 1 / 400, "plate": 1 / 50_000, "person": 1 / 40}
"""Share of the reports that have the same street, plate or name as a given one: what the weights assume."""
HOT = 1 / 50
"""Share of reports from which a term makes no block."""
_LONGEST_INITIAL = 2


def _read() -> dict[str, dict[str, float]]:
    shares: dict[str, dict[str, float]] = {kind: {} for kind in TYPICAL}
    for line, row in read_table("frequent_terms.csv", COLUMNS):
        if row["kind"] not in shares or not 0 < float(row["share"]) <= 1:
            raise Configuration(f"frequent_terms.csv, line {line}: one of {', '.join(shares)}, a share up to 1")
        shares[row["kind"]][row["term"]] = float(row["share"])
    return shares


SHARES = _read()


def names(person: str) -> list[str]:
    """Return the parts of a person that are names: no initial, no date."""
    return [part for part in person.split() if len(part) > _LONGEST_INITIAL and not part.isdigit()]


def hot(kind: str, term: str) -> bool:
    """Return whether a term is too common to make a block."""
    return SHARES[kind].get(term, 0.0) >= HOT


def terms(report: Profile) -> Iterator[tuple[str, str, bool]]:
    """Yield the terms of a report that may make blocks: kind, term, and whether it is hot and makes none.

    A full name is not hot, however common its parts are.
    """
    for street in report.streets:
        yield "street", street, hot("street", street)
    for plate in report.plates:
        yield "plate", plate, hot("plate", plate)
    for person in report.persons:
        if parts := names(person):
            yield "person", " ".join(parts), len(parts) == 1 and hot("person", parts[0])


def hot_terms(report: Profile) -> int:
    """Count the terms of a report that are too common to make a block."""
    return sum(is_hot for _, _, is_hot in terms(report))


def _damping(kind: str, shared: Iterable[str]) -> float:
    """Return the bits by which the rarest shared term is more common than a typical one."""
    rarest = min((SHARES[kind].get(term, 0.0) for term in shared), default=0.0)
    return log2(rarest / TYPICAL[kind]) if rarest > TYPICAL[kind] else 0.0


def damped(left: Profile, right: Profile) -> Iterator[tuple[str, float]]:
    """Yield the comparisons that agree on common terms only, with the bits that the agreement is worth less."""
    persons = {part for person in left.persons for part in names(person)} & {
        part for person in right.persons for part in names(person)
    }
    for comparison, kind, shared in (
        ("address", "street", set(left.streets) & set(right.streets)),
        ("plate", "plate", set(left.plates) & set(right.plates)),
        ("person", "person", persons),
    ):
        if shared and (bits := _damping(kind, shared)):
            yield comparison, bits
