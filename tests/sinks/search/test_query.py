"""What a query asks: stubs and other kinds of traffic never."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.incident import TOMBSTONE_STATES
from sinks.search import query as search
from sinks.search.query import SIDES, SORTS, TRAFFIC, Place, Query

queries = st.builds(
    Query,
    text=st.text(),
    near=st.none() | st.builds(Place, st.floats(-90, 90), st.floats(-180, 180), st.floats(1, 1e6)),
    offense=st.text(),
    agencies=st.lists(st.text(), max_size=3).map(tuple),
    side=st.sampled_from(["", *SIDES]),
    county=st.text(),
    traffic=st.sampled_from(TRAFFIC),
    cancelled=st.booleans(),
    sort=st.sampled_from(["newest", "oldest", "best"]),
    limit=st.integers(0, 20_000),
)


def filters(body: dict[str, Any]) -> list[dict[str, Any]]:
    return list(body["query"]["bool"]["filter"])


@given(queries)
def test_every_query_names_living_states_and_one_kind_of_traffic(query: Query) -> None:
    asked = filters(search.body(query))

    states = [one["terms"]["state"] for one in asked if "state" in one.get("terms", {})]
    traffic = [one["term"]["traffic"] for one in asked if "traffic" in one.get("term", {})]
    assert len(states) == 1
    assert not set(states[0]) & TOMBSTONE_STATES
    assert ("CANCELLED" in states[0]) == query.cancelled
    assert traffic == [query.traffic.upper()]


@given(queries)
def test_no_query_asks_for_more_than_the_index_gives(query: Query) -> None:
    assert search.body(query)["size"] <= search.MOST_HITS


def test_text_is_asked_for_in_any_language_and_folded_as_it_was_when_it_was_indexed() -> None:
    asked = search.body(Query(text="PEÑA Colisión"))["query"]["bool"]["must"][0]["simple_query_string"]

    assert asked["query"] == "(pena | pen | _pena) (collide_ | colis | _colision)"
    assert asked["default_operator"] == "and"


def ways_of(offense: str) -> list[dict[str, Any]]:
    return list(filters(search.body(Query(offense=offense)))[0]["bool"]["should"])


def test_an_offense_is_the_agencys_own_code_or_words_or_what_they_name_in_the_taxonomy() -> None:
    code, words, concepts = ways_of(" Agresión ")

    assert code["term"]["offense_code"]["value"] == "Agresión"
    assert words["wildcard"]["offense_text"]["value"] == "*agresion*"
    assert concepts == {"terms": {"offense": ["ASSAULT"]}}
    assert len(ways_of("no such offense")) == 2


def test_a_nibrs_code_is_asked_for_as_such() -> None:
    """A concept may have several of them; a report that tells which is found by that one alone."""
    assert ways_of("13a")[2] == {"term": {"nibrs": "13A"}}


def test_an_offense_is_literal() -> None:
    asked = str(filters(search.body(Query(offense="a*b?c\\d")))[0])

    assert repr("*a\\*b\\?c\\\\d*") in asked


@pytest.mark.parametrize("field", ["side", "corridor", "county"])
def test_an_area_bounds_what_is_found(field: str) -> None:
    asked = filters(search.body(Query(**{field: "Imperial"})))  # type: ignore[arg-type]

    assert {"term": {field: {"value": "Imperial", "case_insensitive": True}}} in asked
    assert not [one for one in filters(search.body(Query())) if field in one.get("term", {})]


def test_a_plate_is_asked_as_it_is_and_a_part_that_nobody_read_as_anything() -> None:
    assert {"term": {"plates": "ABC123"}} in search.body(Query(plate="ABC123"))["query"]["bool"]["filter"]
    assert {"wildcard": {"plates": "ABC*"}} in search.body(Query(plate="ABC?"))["query"]["bool"]["filter"]


def test_every_sort_has_a_meaning() -> None:
    near = Place(31.77, -106.48, 5000)

    assert all(search.body(Query(near=near, sort=sort))["sort"] for sort in SORTS)
