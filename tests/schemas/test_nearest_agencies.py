"""The most similar known agencies are named, nearest first."""

import pytest

from schemas.nearest_agencies import MOST_NAMED, nearest


@pytest.mark.parametrize(
    ("agency_id", "distance"),
    [("mesa_pd", 0), ("mesa_p", 1), ("mesaa_pd", 1), ("nesa_pd", 1), ("msea_pd", 1), ("emsa_dp", 2)],
)
def test_an_edit_inserts_deletes_replaces_or_swaps_neighbors(agency_id: str, distance: int) -> None:
    assert nearest(agency_id, ["mesa_pd"]) == [(distance, "mesa_pd")]


def test_the_nearest_agencies_come_first_and_equally_near_ones_by_name() -> None:
    assert nearest("mesa_pd", ["yuma_so", "nesa_pd", "mesa_pd", "lesa_pd"]) == [
        (0, "mesa_pd"),
        (1, "lesa_pd"),
        (1, "nesa_pd"),
    ]


def test_no_more_agencies_are_named_than_a_person_reads() -> None:
    known = [f"a{number}_pd" for number in range(MOST_NAMED + 2)]

    assert len(nearest("a_pd", known)) == MOST_NAMED
    assert nearest("a_pd", known[:1]) == [(1, "a0_pd")]
    assert nearest("a_pd", []) == []
