"""The facets of a search: which fields are counted, and how the counts are read from the index's answer."""

from typing import Any

import pytest

from schemas.search_document import FIELDS
from sinks.search.facets import FACETS, MOST_AGENCIES, MOST_VALUES, aggregations, facet_counts


def test_every_facet_counts_a_searchable_field_and_the_reports_beneath_it() -> None:
    for facet in aggregations().values():
        ((_, counted),) = ((kind, terms) for kind, terms in facet.items() if kind != "aggs")
        assert FIELDS[counted["field"]].type in ("keyword", "date")
        assert facet["aggs"] == {"reports": {"sum": {"field": "report_count"}}}


def test_asking_for_aggregations_leaves_the_facets_as_they_are() -> None:
    aggregations()["agency"]["aggs"] = {}

    assert "aggs" not in FACETS["agency"]


@pytest.mark.parametrize("name", sorted(FACETS.keys() - {"day"}))
def test_a_facet_lists_a_bounded_number_of_values(name: str) -> None:
    assert FACETS[name]["terms"]["size"] == (MOST_AGENCIES if name == "agency" else MOST_VALUES)


def answer(**buckets: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: {"buckets": buckets.get(name, [])} for name in FACETS}


def test_a_facet_without_values_is_an_empty_list() -> None:
    assert facet_counts(answer()) == {name: [] for name in FACETS}


def test_values_keep_the_order_of_the_index_and_reports_are_whole_numbers() -> None:
    agencies = [
        {"key": "b_so", "doc_count": 2, "reports": {"value": 5.0}},
        {"key": "a_pd", "doc_count": 9, "reports": {"value": 9.0}},
    ]

    counts = facet_counts(answer(agency=agencies))["agency"]

    assert counts == [
        {"value": "b_so", "incidents": 2, "reports": 5},
        {"value": "a_pd", "incidents": 9, "reports": 9},
    ]
    assert isinstance(counts[0]["reports"], int)


def test_a_day_is_a_date_and_no_number() -> None:
    days = [{"key": 1_767_571_200_000, "key_as_string": "2026-01-05", "doc_count": 1, "reports": {"value": 1.0}}]

    assert facet_counts(answer(day=days))["day"] == [{"value": "2026-01-05", "incidents": 1, "reports": 1}]
