"""What a query asks: stubs and other kinds of traffic never."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import STUBS
from sinks import search
from sinks.search import SORTS, TRAFFIC, Place, Query

queries = st.builds(
    Query,
    text=st.text(),
    near=st.none() | st.builds(Place, st.floats(-90, 90), st.floats(-180, 180), st.floats(1, 1e6)),
    offense=st.text(),
    agencies=st.lists(st.text(), max_size=3).map(tuple),
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
    assert not set(states[0]) & STUBS
    assert ("CANCELLED" in states[0]) == query.cancelled
    assert traffic == [query.traffic.upper()]


@given(queries)
def test_no_query_asks_for_more_than_the_index_gives(query: Query) -> None:
    assert search.body(query)["size"] <= search.MOST_HITS


def test_text_is_folded_as_it_was_when_it_was_indexed() -> None:
    assert search.body(Query(text="PEÑA Colisión"))["query"]["bool"]["must"][0]["simple_query_string"]["query"] == (
        "pena colision"
    )


def test_an_offense_is_literal() -> None:
    asked = str(filters(search.body(Query(offense="a*b?c\\d")))[0])

    assert repr("*a\\*b\\?c\\\\d*") in asked


def test_every_sort_has_a_meaning() -> None:
    near = Place(31.77, -106.48, 5000)

    assert all(search.body(Query(near=near, sort=sort))["sort"] for sort in SORTS)
