"""Requests to the index, and the values read from its answers; pure.

Every query names the states and the one kind of traffic that it is for, so that tombstones are never found and
exercises never mix with actual incidents.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from schemas.codes import offenses
from schemas.folding import fold
from sinks.search import facets

TRAFFIC = ("actual", "exercise", "test")
SIDES = ("US", "MX")
MOST_HITS = 10_000

VETTING_FIELD = "vetting"
MOST_TERMS = 65_536
"""Of one `terms` clause: Elasticsearch's `index.max_terms_count`. Clauses of ids count as one each (measured)."""


class AccessFilter(NamedTuple):
    """What a reader may not find, whatever the index still has: views that need a vetting level, or have a report."""

    levels: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()

    def fields(self) -> Mapping[str, frozenset[str]]:
        """Return field of a document -> values of which it may have none."""
        return {VETTING_FIELD: self.levels, "report_ids": self.reports}

    def bars(self, source: Mapping[str, Any]) -> bool:
        """Return whether a document is barred."""
        return any(not values.isdisjoint(source.get(field, ())) for field, values in self.fields().items())


NO_FILTER = AccessFilter()
CURRENT: dict[str, Any] = {"terms": {"state": ["ACTIVE", "CANCELLED"]}}

# Ties go by the reports themselves: the same answer every time, whatever was indexed first.
_TIE: dict[str, Any] = {"report_ids": "asc"}


@dataclass(frozen=True, slots=True)
class Place:
    """A circle: latitude and longitude in degrees (WGS 84), radius in meters."""

    lat: float
    lon: float
    within_m: float

    @property
    def point(self) -> dict[str, float]:
        """The center as Elasticsearch takes it, degrees WGS 84."""
        return {"lat": self.lat, "lon": self.lon}


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for; times are instants, `until` is the first one that is too late."""

    text: str = ""
    near: Place | None = None
    since: datetime | None = None
    until: datetime | None = None
    offense: str = ""
    agencies: tuple[str, ...] = ()
    side: str = ""
    corridor: str = ""
    county: str = ""
    plate: str = ""
    traffic: str = "actual"
    cancelled: bool = False
    sort: str = "newest"
    limit: int = 20


def _text(query: Query) -> list[dict[str, Any]]:
    if not query.text.strip():
        return []
    # Loading the lexicon takes a tenth of a reading's time.
    from schemas.text.query_expansion import query as in_any_language

    search = {"query": in_any_language(query.text), "fields": ["text"], "default_operator": "and"}
    return [{"simple_query_string": search}]


def _near(query: Query) -> list[dict[str, Any]]:
    if query.near is None:
        return []
    return [{"geo_distance": {"distance": f"{query.near.within_m}m", "location": query.near.point}}]


def _time(query: Query) -> list[dict[str, Any]]:
    bounds = {"gte": query.since, "lt": query.until}
    span = {name: int(at.timestamp() * 1000) for name, at in bounds.items() if at is not None}
    return [{"range": {"occurred_at": span}}] if span else []


def _offense(query: Query) -> list[dict[str, Any]]:
    if not query.offense:
        return []
    text = query.offense.strip()
    literal = "".join(f"\\{c}" if c in "*?\\" else c for c in fold(text))
    ways: list[dict[str, Any]] = [
        {"term": {"offense_code": {"value": text, "case_insensitive": True}}},
        {"wildcard": {"offense_text": {"value": f"*{literal}*"}}},
    ]
    if text.upper() in offenses.NIBRS_CODES:
        # A concept has several NIBRS codes; its reports may state which one they are.
        ways.append({"term": {"nibrs": text.upper()}})
    elif named := offenses.concepts_named(text):
        ways.append({"terms": {"offense": sorted(named)}})
    return [{"bool": {"should": ways}}]


def _agency(query: Query) -> list[dict[str, Any]]:
    return [{"terms": {"agencies": list(query.agencies)}}] if query.agencies else []


def _area(query: Query) -> list[dict[str, Any]]:
    areas = {"side": query.side, "corridor": query.corridor, "county": query.county}
    return [{"term": {name: {"value": value, "case_insensitive": True}}} for name, value in areas.items() if value]


def _plate(query: Query) -> list[dict[str, Any]]:
    if "?" in query.plate:
        return [{"wildcard": {"plates": query.plate.replace("?", "*")}}]
    return [{"term": {"plates": query.plate}}] if query.plate else []


def _state(query: Query) -> list[dict[str, Any]]:
    states = ["ACTIVE", "CANCELLED"] if query.cancelled else ["ACTIVE"]
    return [{"terms": {"state": states}}, {"term": {"traffic": query.traffic.upper()}}]


FILTERS = (_near, _time, _offense, _agency, _area, _plate, _state)


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
    """Return the request of a query. Raises: KeyError for the sort `nearest` without a place."""
    return {
        "query": {"bool": {"must": _text(query), "filter": [clause for make in FILTERS for clause in make(query)]}},
        "sort": _sort(query),
        "size": min(query.limit, MOST_HITS),
        "track_total_hits": True,
        "aggs": facets.aggregations(),
    }


def filtered(body: Mapping[str, Any], access_filter: AccessFilter) -> Mapping[str, Any]:
    """Return a request narrowed to what is not barred."""
    terms = [
        {"terms": {field: part}}
        for field, values in access_filter.fields().items()
        for part in _parts(sorted(values), MOST_TERMS)
    ]
    if not terms:
        return body
    narrowed = {**body["query"]["bool"], "must_not": terms}
    return {**body, "query": {"bool": narrowed}}


def _parts(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (values[first : first + size] for first in range(0, len(values), size))


def search_result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer as commands show it: `total`, `hits` with their id, and the facets."""
    hits = [{"id": hit["_id"], **hit["_source"]} for hit in answer["hits"]["hits"]]
    counts = facets.facet_counts(answer["aggregations"])
    return {"total": answer["hits"]["total"]["value"], "hits": hits, "facets": counts}


def by_report(report_id: str) -> dict[str, Any]:
    """Return the request for the incident that a report is in, of any traffic, cancelled or not."""
    conditions = {"bool": {"filter": [{"term": {"report_ids": report_id}}, CURRENT]}}
    return {"query": conditions, "sort": [_TIE], "size": 1}


def of_reports(report_ids: Iterable[str]) -> dict[str, Any]:
    """Return the request for the incidents that any of these reports are in."""
    any_of = {"terms": {"report_ids": sorted(report_ids)}}
    return {**all_incidents(True), "query": {"bool": {"filter": [CURRENT, any_of]}}}


def by_reports(report_ids: Sequence[str], fields: list[str]) -> dict[str, Any]:
    """Return the request for the incidents that these reports are in, with some fields of each."""
    conditions = of_reports(report_ids)["query"]
    return {"query": conditions, "size": min(len(report_ids), MOST_HITS), "track_total_hits": False, "_source": fields}


def most_reports(size: int, fields: list[str]) -> dict[str, Any]:
    """Return the request for the actual incidents with the highest number of reports, with some fields of each."""
    conditions = {"bool": {"filter": _state(Query())}}
    return {"query": conditions, "sort": [{"report_count": "desc"}, _TIE], "size": size, "_source": fields}


def flagged(flag: str) -> dict[str, Any]:
    """Return the request for the incidents with a report that carries a flag of intake."""
    return {**all_incidents(["reports"]), "query": {"bool": {"filter": [CURRENT, {"term": {"flags": flag}}]}}}


def all_found(fields: list[str]) -> dict[str, Any]:
    """Return the request for the incidents that a search without conditions finds."""
    return {**all_incidents(fields), "query": {"bool": {"filter": _state(Query())}}}


def all_incidents(fields: list[str] | bool) -> dict[str, Any]:
    """Return the request for all incidents but tombstones, in the byte order of their smallest report ids."""
    return {"query": {"bool": {"filter": [CURRENT]}}, "sort": [_TIE], "_source": fields}
