"""What is asked of the index and what is told of its answer: pure, both ways.

Every query names the states and the one kind of traffic that it wants, so that stubs are never found and exercises
never meet actual incidents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.search_document import fold

TRAFFIC = ("actual", "exercise", "test")
MOST_HITS = 10_000
MOST_AGENCIES = 100
MOST_OFFENSES = 20
_REPORTS = {"reports": {"sum": {"field": "report_count"}}}

# name -> aggregation; each counts incidents by itself and reports by the sum beneath it
FACETS: dict[str, dict[str, Any]] = {
    "agency": {"terms": {"field": "agencies", "size": MOST_AGENCIES}},
    "offense": {"terms": {"field": "offense_text", "size": MOST_OFFENSES}},
    "precision": {"terms": {"field": "precision", "size": 20}},
    "traffic": {"terms": {"field": "traffic", "size": len(TRAFFIC)}},
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

LIVING: dict[str, Any] = {"terms": {"state": ["ACTIVE", "CANCELLED"]}}

# Ties by the reports themselves: the same answer twice, whatever was indexed first.
_TIE: dict[str, Any] = {"report_ids": "asc"}


@dataclass(frozen=True, slots=True)
class Place:
    """A circle: degrees of WGS 84 and metres."""

    lat: float
    lon: float
    within_m: float

    @property
    def point(self) -> dict[str, float]:
        """The centre as Elasticsearch takes it."""
        return {"lat": self.lat, "lon": self.lon}


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for; times are instants, `until` is the first instant that is too late."""

    text: str = ""
    near: Place | None = None
    since: datetime | None = None
    until: datetime | None = None
    offense: str = ""
    agencies: tuple[str, ...] = ()
    traffic: str = "actual"
    cancelled: bool = False
    sort: str = "newest"
    limit: int = 20


def _text(query: Query) -> list[dict[str, Any]]:
    asked = {"query": fold(query.text), "fields": ["text"], "default_operator": "and"}
    return [{"simple_query_string": asked}] if query.text.strip() else []


def _near(query: Query) -> list[dict[str, Any]]:
    if query.near is None:
        return []
    return [{"geo_distance": {"distance": f"{query.near.within_m}m", "location": query.near.point}}]


def _time(query: Query) -> list[dict[str, Any]]:
    bounds = {"gte": query.since, "lt": query.until}
    told = {name: int(at.timestamp() * 1000) for name, at in bounds.items() if at is not None}
    return [{"range": {"occurred_at": told}}] if told else []


def _offense(query: Query) -> list[dict[str, Any]]:
    if not query.offense:
        return []
    words = fold(query.offense.strip())
    literal = "".join(f"\\{c}" if c in "*?\\" else c for c in words)
    code = {"term": {"offense_code": {"value": query.offense.strip(), "case_insensitive": True}}}
    return [{"bool": {"should": [code, {"wildcard": {"offense_text": {"value": f"*{literal}*"}}}]}}]


def _agency(query: Query) -> list[dict[str, Any]]:
    return [{"terms": {"agencies": list(query.agencies)}}] if query.agencies else []


def _state(query: Query) -> list[dict[str, Any]]:
    states = ["ACTIVE", "CANCELLED"] if query.cancelled else ["ACTIVE"]
    return [{"terms": {"state": states}}, {"term": {"traffic": query.traffic.upper()}}]


FILTERS = (_near, _time, _offense, _agency, _state)


def _sort(query: Query) -> list[Any]:
    sorts: dict[str, list[Any]] = {
        "newest": [{"occurred_at": {"order": "desc", "missing": "_last"}}, _TIE],
        "oldest": [{"occurred_at": {"order": "asc", "missing": "_last"}}, _TIE],
        "best": ["_score", {"occurred_at": {"order": "desc", "missing": "_last"}}, _TIE],
    }
    if query.near is not None:
        sorts["nearest"] = [{"_geo_distance": {"location": query.near.point, "order": "asc", "unit": "m"}}, _TIE]
    return sorts[query.sort]


SORTS = ("newest", "oldest", "best", "nearest")


def body(query: Query) -> dict[str, Any]:
    """Make the request. Raises: KeyError for the sort `nearest` without a place."""
    return {
        "query": {"bool": {"must": _text(query), "filter": [one for make in FILTERS for one in make(query)]}},
        "sort": _sort(query),
        "size": min(query.limit, MOST_HITS),
        "track_total_hits": True,
        "aggs": {name: {**facet, "aggs": _REPORTS} for name, facet in FACETS.items()},
    }


def told(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Give an answer as the command tells it: `total`, `hits` with their id, and the facets."""
    facets = {
        name: [
            {
                "value": bucket.get("key_as_string", bucket["key"]),
                "incidents": bucket["doc_count"],
                "reports": int(bucket["reports"]["value"]),
            }
            for bucket in answer["aggregations"][name]["buckets"]
        ]
        for name in FACETS
    }
    hits = [{"id": hit["_id"], **hit["_source"]} for hit in answer["hits"]["hits"]]
    return {"total": answer["hits"]["total"]["value"], "hits": hits, "facets": facets}


def by_report(report_id: str) -> dict[str, Any]:
    """Make the request for the incident that a report is in, whatever its traffic and whether it is cancelled."""
    return {"query": {"bool": {"filter": [{"term": {"report_ids": report_id}}, LIVING]}}, "size": 1}


def every(fields: list[str] | bool) -> dict[str, Any]:
    """Make the request for all incidents that are no stubs, in the byte order of their smallest report ids."""
    return {"query": {"bool": {"filter": [LIVING]}}, "sort": [_TIE], "_source": fields}
