"""Index names are built and read by one pair of functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Configuration, Fatal
from schemas.identity import INTERNAL
from schemas.topics import AGENCY_ID
from sinks.index.names import PATTERN, IndexName, alias, is_audience, parse, require_generation

audiences = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}[a-z0-9_]", fullmatch=True).filter(is_audience)
generations = st.integers(1, 9_999_999)


@given(audiences, generations)
def test_a_name_is_read_back_as_what_it_was_made_of(audience: str, generation: int) -> None:
    name = IndexName(audience, generation)

    assert parse(str(name)) == name
    assert name.alias == alias(audience)


@given(audiences, generations, audiences)
def test_no_alias_is_an_index_of_another_audience(audience: str, generation: int, other: str) -> None:
    assert str(IndexName(audience, generation)) != alias(other)


@given(st.text())
def test_what_is_no_name_of_ours_is_not_read(text: str) -> None:
    found = parse(text)

    assert found is None or str(found) == text


@pytest.mark.parametrize(
    "audience", ["", "A", "a-g2", "a-g1-g22", "a-", "-a", "_a", "a b", "ä", "a" * 65, "a*", "a,b", "a\n", "../a", "*"]
)
def test_what_could_name_another_index_names_no_audience(audience: str) -> None:
    assert not is_audience(audience)
    with pytest.raises(Fatal):
        IndexName(audience, 1)


@pytest.mark.parametrize("generation", [0, -1, 10_000_000])
def test_a_generation_is_one_or_higher(generation: int) -> None:
    with pytest.raises(Fatal):
        IndexName("internal", generation)


@given(st.from_regex(AGENCY_ID, fullmatch=True))
def test_every_agency_can_be_an_audience(agency_id: str) -> None:
    assert is_audience(agency_id)


@pytest.mark.parametrize("partnership", ["cit", "federal-local", "actt", "best-stx"])
def test_every_partnership_can_be_an_audience(partnership: str) -> None:
    assert parse(str(IndexName(partnership, 3))) == IndexName(partnership, 3)


def test_internal_is_an_audience_and_its_index_is_matched_by_the_template() -> None:
    assert is_audience(INTERNAL)
    assert str(IndexName(INTERNAL, 1)).startswith(PATTERN.rstrip("*"))


def test_only_the_generation_that_is_read_is_agreed_to() -> None:
    first, second = IndexName(INTERNAL, 1), IndexName(INTERNAL, 2)

    for held in ({}, {first: True}, {first: True, second: False}, {second: False}, {first: False}):
        require_generation(held, 1)
    for wrong in ({second: True}, {first: False, second: True}, {first: True, second: True}):
        with pytest.raises(Configuration, match="set it to 2"):
            require_generation(wrong, 1)
