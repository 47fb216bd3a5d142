"""Who and what is wanted, and which incidents name it since: asked of the index, and told of its answers; pure.

Everything is of one audience's index: the wanted, the plates and names, and where they were seen are what it may see.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sinks.index.port import Hit

KEYS: Mapping[str, str] = {"plates": "plate", "names": "person"}
"""Field of the document -> what it is; what is wanted of it is in `wanted_` and this field."""
AT_ONCE = 1_000
_ACTUAL: list[dict[str, Any]] = [{"term": {"state": "ACTIVE"}}, {"term": {"traffic": "ACTUAL"}}]
_FIELDS = ["occurred_at", "agencies", "report_ids", "nearest", "side", *KEYS]


class Sighting(NamedTuple):
    """An incident names what another one says is wanted; `at` UTC milliseconds, `by` plate or person, never which."""

    wanted: str
    wanted_reports: tuple[str, ...]
    by: str
    seen: str
    at: int
    agencies: tuple[str, ...]
    nearest: tuple[str, ...]
    side: tuple[str, ...]


def standing() -> dict[str, Any]:
    """Make the request for the incidents in which somebody or something is wanted."""
    fields = ["occurred_at", "wanted_by", *(f"wanted_{field}" for field in KEYS)]
    return _asked([*_ACTUAL, {"exists": {"field": "wanted_by"}}], fields)


def naming(field: str, values: Iterable[str]) -> dict[str, Any]:
    """Make the request for the incidents that name any of these plates or names."""
    return _asked([*_ACTUAL, {"terms": {field: sorted(values)}}], _FIELDS)


def _asked(filters: list[dict[str, Any]], fields: list[str]) -> dict[str, Any]:
    return {"query": {"bool": {"filter": filters}}, "sort": [{"report_ids": "asc"}], "_source": fields}


def keys(hits: Iterable[Hit]) -> dict[str, set[str]]:
    """Give by field the whole plates, and the names of two parts or more: one is anybody's."""
    found: dict[str, set[str]] = {field: set() for field in KEYS}
    for hit in hits:
        found["plates"] |= {one for one in hit.source.get("wanted_plates", ()) if "?" not in one}
        found["names"] |= {one for one in hit.source.get("wanted_names", ()) if _parts(one) > 1}
    return found


def _parts(name: str) -> int:
    return sum(not part.isdigit() for part in name.split())


def sightings(wanted: Iterable[Hit], seen: Iterable[Hit]) -> list[Sighting]:
    """Pair what is wanted with the incidents that occurred then or later and name it, oldest first."""
    by_key: dict[tuple[str, str], list[Hit]] = {}
    for hit in wanted:
        for field, values in keys([hit]).items():
            for value in values:
                by_key.setdefault((field, value), []).append(hit)
    found = set()
    for hit in seen:
        for field, what in KEYS.items():
            for value in hit.source.get(field, ()):
                pairs = by_key.get((field, value), ())
                found |= {_sighting(one, what, hit) for one in pairs if one.id != hit.id and _later(one, hit)}
    return sorted(found, key=lambda one: (one.at, one.seen, one.wanted, one.by))


def _later(wanted: Hit, seen: Hit) -> bool:
    since, at = wanted.source.get("occurred_at"), seen.source.get("occurred_at")
    return since is not None and at is not None and bool(at >= since)


def _sighting(wanted: Hit, by: str, seen: Hit) -> Sighting:
    told = seen.source
    reports = tuple(wanted.source["wanted_by"])
    places = (tuple(told.get("agencies", ())), tuple(told.get("nearest", ())), tuple(told.get("side", ())))
    return Sighting(wanted.id, reports, by, seen.id, told["occurred_at"], *places)
