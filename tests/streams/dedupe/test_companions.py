"""Families that go together are families of the taxonomy, told once, and seen the same from both sides."""

from itertools import combinations

from schemas.offenses import CONCEPTS
from schemas.tables import rows
from streams.dedupe.companions import ANY, together

FAMILIES = {concept.family for concept in CONCEPTS.values()}
ROWS = [(row["family"], row["with"]) for _, row in rows("companions.csv", ("family", "with", "because", "source"))]


def test_every_row_names_families_of_the_taxonomy() -> None:
    assert {name for row in ROWS for name in row} <= FAMILIES | {ANY}


def test_no_pair_is_told_twice() -> None:
    assert len({tuple(sorted(row)) for row in ROWS}) == len(ROWS)


def test_it_is_the_same_from_both_sides() -> None:
    assert all(together(one, other) == together(other, one) for one, other in combinations(FAMILIES, 2))


def test_smuggling_and_a_crash_do_not_go_together_and_an_ambulance_goes_to_a_crash() -> None:
    assert not together("SMUGGLING", "COLLISION")
    assert together("MEDICAL", "COLLISION")
    assert together("CALL", "BURGLARY")
