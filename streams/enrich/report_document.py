"""A report's JSON for the index: the fields of `search_document.REPORT_FIELDS`, made once at intake."""

from collections.abc import Mapping
from typing import Any

import orjson

from schemas.records.report import Enrichment

_EMPTY: tuple[Any, ...] = ("", None, [], {})
_NO_KEYS = {"number": -1, "duplicate": False}


def _told(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if (value != "UNKNOWN" if value else value not in _EMPTY)}


def _compared_by(found: Enrichment) -> dict[str, Any]:
    return {name: value for name, value in _told(found["match"]).items() if _NO_KEYS.get(name, ...) != value}


def derived(told: Mapping[str, Any], found: Enrichment) -> dict[str, Any]:
    """Return the fields of a report's JSON that are read from it; `told` is its JSON, with the offense as stated."""
    stated = {name: told.get("offense", {}).get(name, "") for name in ("system", "code", "text")}
    made = {
        "occurred_at": found["occurred_from"],
        "occurred_precision_s": found["occurred_precision_s"],
        "lat": found["lat"],
        "lon": found["lon"],
        "precision": found["precision"],
        "offense": _told({**stated, **found["offense"]}),
        "place": _told(found["place"]),
        "flow": _told(found["flow"]),
        "language": found["language"],
    }
    return {name: value if value not in _EMPTY else None for name, value in made.items()}


def document(report: Mapping[str, Any], envelope: Mapping[str, Any], found: Enrichment, published_at: int) -> bytes:
    """Make the JSON of a report, empty fields left out; `envelope` has its ids, `published_at` is UTC milliseconds."""
    kind = report["classification"]
    offense = {"system": kind["code_system"], "code": kind["internal_code"], "text": kind["internal_text"]}
    made = {
        "report_id": envelope["report_id"],
        "agency": envelope["agency_id"],
        "source_id": report["local_incident_id"],
        "version": report["sequence"],
        "action": report["action"],
        "status": report["status"],
        "cancel_reason": report["cancel_reason"],
        "traffic": report["traffic"],
        "occurred_at": found["occurred_from"],
        "occurred_precision_s": found["occurred_precision_s"],
        "updated_at": found["updated_at"],
        "published_at": published_at,
        "lat": found["lat"],
        "lon": found["lon"],
        "precision": found["precision"],
        "address": report["location"]["address"],
        "offense": _told({**offense, **found["offense"]}),
        "place": _told(found["place"]),
        "flow": _told(found["flow"]),
        "language": found["language"],
        "match": _compared_by(found),
        "narratives": [{"lang": one["lang"], "text": one["text"]} for one in report["narratives"]],
        "persons": [_told(person) for person in report["persons"]],
        "vehicles": [_told(vehicle) for vehicle in report["vehicles"]],
        "weapons": [_told(weapon) for weapon in report["weapons"]],
        "cautions": [_told(caution) for caution in report["cautions"]],
        "trafficking": {name: said for name, said in (report["trafficking"] or {}).items() if said is not None},
        "handling": report["handling"] and _told(report["handling"]),
        "flags": found["flags"],
    }
    return orjson.dumps({name: value for name, value in made.items() if value or value not in _EMPTY})
