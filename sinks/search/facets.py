"""The facets by which a search counts all that it finds: as aggregations, and as read from the answer; pure.

Each facet counts incidents, and beneath each value the sum of their reports.
"""

from collections.abc import Mapping
from typing import Any

MOST_AGENCIES = 100
MOST_VALUES = 50
_REPORTS = {"reports": {"sum": {"field": "report_count"}}}


def _terms(field: str, size: int = MOST_VALUES) -> dict[str, Any]:
    return {"terms": {"field": field, "size": size}}


# name -> aggregation
FACETS: dict[str, dict[str, Any]] = {
    "agency": _terms("agencies", MOST_AGENCIES),
    "offense": _terms("offense"),
    "offense_family": _terms("offense_family"),
    "side": _terms("side"),
    "corridor": _terms("corridor"),
    "county": _terms("county"),
    "port_of_entry": _terms("port_of_entry"),
    "flow_direction": _terms("flow_direction"),
    "disagree": _terms("disagree"),
    "language": _terms("languages"),
    "precision": _terms("precision"),
    "traffic": _terms("traffic"),
    "day": {
        "date_histogram": {
            "field": "occurred_at",
            "calendar_interval": "day",
            "format": "yyyy-MM-dd",
            "min_doc_count": 1,
            "order": {"_key": "desc"},
        }
    },
}


def aggregations() -> dict[str, Any]:
    """Return the aggregations of a request."""
    return {name: {**facet, "aggs": _REPORTS} for name, facet in FACETS.items()}


def facet_counts(answer: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return each facet's values with their counts, in the index's order."""
    return {
        name: [
            {
                "value": bucket.get("key_as_string", bucket["key"]),
                "incidents": bucket["doc_count"],
                "reports": int(bucket["reports"]["value"]),
            }
            for bucket in answer[name]["buckets"]
        ]
        for name in FACETS
    }
