"""Lookouts (BOLO) for persons and vehicles, and the later incidents that name them; pure.

All of it comes from one audience's index: the lookouts, the plates and names, and the hits are what it may see.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sinks.index.port import Hit

KEYS: Mapping[str, str] = {"plates": "plate", "names": "person"}
"""Field of the document -> what a hit is by; the lookout has the same values in `wanted_` and this field."""
AT_ONCE = 1_000
_ACTUAL: list[dict[str, Any]] = [{"term": {"state": "ACTIVE"}}, {"term": {"traffic": "ACTUAL"}}]
_FIELDS = ["occurred_at", "agencies", "report_ids", "nearest", "side", *KEYS]


class LookoutHit(NamedTuple):
    """An incident names what a lookout of another is for; `at` UTC milliseconds, `by` plate or person, never which."""

    wanted: str
    wanted_reports: tuple[str, ...]
    by: str
    seen: str
    at: int
    agencies: tuple[str, ...]
    nearest: tuple[str, ...]
    side: tuple[str, ...]


def lookouts_query() -> dict[str, Any]:
    """Return the request for the incidents with a lookout."""
    fields = ["occurred_at", "wanted_by", *(f"wanted_{field}" for field in KEYS)]
    return _request([*_ACTUAL, {"exists": {"field": "wanted_by"}}], fields)


def matching_query(field: str, values: Iterable[str]) -> dict[str, Any]:
    """Return the request for the incidents that name any of these plates or names."""
    return _request([*_ACTUAL, {"terms": {field: sorted(values)}}], _FIELDS)


def _request(filters: list[dict[str, Any]], fields: list[str]) -> dict[str, Any]:
    return {"query": {"bool": {"filter": filters}}, "sort": [{"report_ids": "asc"}], "_source": fields}


def lookout_keys(hits: Iterable[Hit]) -> dict[str, set[str]]:
    """Return field -> whole plates, and names of two parts or more, as one part fits too many people."""
    values: dict[str, set[str]] = {field: set() for field in KEYS}
    for hit in hits:
        values["plates"] |= {plate for plate in hit.source.get("wanted_plates", ()) if "?" not in plate}
        values["names"] |= {name for name in hit.source.get("wanted_names", ()) if _parts(name) > 1}
    return values


def _parts(name: str) -> int:
    return sum(not part.isdigit() for part in name.split())


def lookout_hits(lookouts: Iterable[Hit], seen: Iterable[Hit]) -> list[LookoutHit]:
    """Return the hits: each lookout with each incident that names it at its own time or later, oldest first."""
    by_key: dict[tuple[str, str], list[Hit]] = {}
    for hit in lookouts:
        for field, values in lookout_keys([hit]).items():
            for value in values:
                by_key.setdefault((field, value), []).append(hit)
    hits = set()
    for hit in seen:
        for field, what in KEYS.items():
            for value in hit.source.get(field, ()):
                pairs = by_key.get((field, value), ())
                hits |= {_hit(lookout, what, hit) for lookout in pairs if lookout.id != hit.id and _later(lookout, hit)}
    return sorted(hits, key=lambda lookout: (lookout.at, lookout.seen, lookout.wanted, lookout.by))


def _later(lookout: Hit, seen: Hit) -> bool:
    since, at = lookout.source.get("occurred_at"), seen.source.get("occurred_at")
    return since is not None and at is not None and bool(at >= since)


def _hit(lookout: Hit, by: str, seen: Hit) -> LookoutHit:
    source = seen.source
    reports = tuple(lookout.source["wanted_by"])
    places = (tuple(source.get("agencies", ())), tuple(source.get("nearest", ())), tuple(source.get("side", ())))
    return LookoutHit(lookout.id, reports, by, seen.id, source["occurred_at"], *places)
