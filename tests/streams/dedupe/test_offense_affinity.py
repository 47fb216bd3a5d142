"""Which offenses go together is told once, and seen the same from both sides."""

from itertools import combinations

from schemas.codes.offenses import CONCEPTS
from schemas.tables.reader import read_table
from streams.dedupe.offense_affinity import COLUMNS, HOW, compatibility

OFFENSES = [(one.concept, one.family) for one in CONCEPTS.values()]
ROWS = [(row["offense"], row["with"]) for _, row in read_table("companions.csv", COLUMNS)]


def of(concept: str) -> tuple[str, str]:
    return concept, CONCEPTS[concept].family


def test_no_pair_is_told_twice() -> None:
    assert len({tuple(sorted(row)) for row in ROWS}) == len(ROWS)


def test_it_is_the_same_from_both_sides() -> None:
    assert all(compatibility(one, other) == compatibility(other, one) for one, other in combinations(OFFENSES, 2))


def test_an_ambulance_usually_goes_to_a_crash_and_a_call_may_be_of_anything() -> None:
    assert compatibility(of("MEDICAL"), of("COLLISION")) == "usual"
    assert compatibility(of("EMERGENCY_CALL"), of("BURGLARY")) == "together"
    assert compatibility(of("SMUGGLING"), of("COLLISION")) == ""


def test_a_row_of_a_concept_stands_before_that_of_its_family() -> None:
    assert compatibility(of("ASSIST_AGENCY"), of("MEDICAL")) == "usual"
    assert compatibility(of("ASSIST_CITIZEN"), of("MEDICAL")) == HOW[1]
