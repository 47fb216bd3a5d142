"""Term frequencies: agreeing on what everybody mentions says less, and brings no reports together.

The shares are shipped, never counted from the traffic: a count depends on what came before, and two reports must mean
the same to each other whenever they come.
"""

from collections.abc import Iterable, Iterator
from math import log2

from schemas.errors import Configuration
from schemas.tables.reader import read_table
from streams.dedupe.profile import Profile

COLUMNS = ("kind", "term", "share", "source")
TYPICAL = {"street": 1 / 400, "plate": 1 / 50_000, "person": 1 / 40}
"""Share of the reports with a street, a plate, a name that have the same as a given one: what the weights assume."""
HOT = 1 / 50
"""Share from which a term makes no block."""
_LONGEST_INITIAL = 2


def _read() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {kind: {} for kind in TYPICAL}
    for line, row in read_table("frequent_terms.csv", COLUMNS):
        if row["kind"] not in found or not 0 < float(row["share"]) <= 1:
            raise Configuration(f"frequent_terms.csv, line {line}: one of {', '.join(found)}, a share up to 1")
        found[row["kind"]][row["term"]] = float(row["share"])
    return found


SHARES = _read()


def names(person: str) -> list[str]:
    """Give the parts of a person that are names: no initial, no date."""
    return [part for part in person.split() if len(part) > _LONGEST_INITIAL and not part.isdigit()]


def hot(kind: str, term: str) -> bool:
    """Tell whether so many reports have this term that it must not bring them together."""
    return SHARES[kind].get(term, 0.0) >= HOT


def terms(one: Profile) -> Iterator[tuple[str, str, bool]]:
    """Give the terms by which a report may meet others: kind, term, and whether it is hot and makes no block.

    A full name is not hot, however common its parts are.
    """
    for street in one.streets:
        yield "street", street, hot("street", street)
    for plate in one.plates:
        yield "plate", plate, hot("plate", plate)
    for person in one.persons:
        if told := names(person):
            yield "person", " ".join(told), len(told) == 1 and hot("person", told[0])


def hot_terms(one: Profile) -> int:
    """Count the terms of a report that make no block."""
    return sum(is_hot for _, _, is_hot in terms(one))


def _damping(kind: str, shared: Iterable[str]) -> float:
    """Give the bits by which the rarest of the shared terms is commoner than a typical one."""
    rarest = min((SHARES[kind].get(term, 0.0) for term in shared), default=0.0)
    return log2(rarest / TYPICAL[kind]) if rarest > TYPICAL[kind] else 0.0


def damped(left: Profile, right: Profile) -> Iterator[tuple[str, float]]:
    """Give the comparisons of which an agreement is on common terms only, and the bits that it is worth less."""
    persons = {part for one in left.persons for part in names(one)} & {
        part for one in right.persons for part in names(one)
    }
    for comparison, kind, shared in (
        ("address", "street", set(left.streets) & set(right.streets)),
        ("plate", "plate", set(left.plates) & set(right.plates)),
        ("person", "person", persons),
    ):
        if shared and (bits := _damping(kind, shared)):
            yield comparison, bits
