"""A report's JSON for the index: the fields of `search_document.REPORT_FIELDS`, made once at intake."""

from collections.abc import Mapping
from typing import Any

import orjson

from schemas.records.report import Enrichment

_EMPTY: tuple[Any, ...] = ("", None, [], {})
_NO_KEYS = {"number": -1, "duplicate": False}


def _stated(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if (value != "UNKNOWN" if value else value not in _EMPTY)}


def _compared_by(enrichment: Enrichment) -> dict[str, Any]:
    return {name: value for name, value in _stated(enrichment["match"]).items() if _NO_KEYS.get(name, ...) != value}


def derived(report: Mapping[str, Any], enrichment: Enrichment) -> dict[str, Any]:
    """Return the fields of a report's JSON that are read from it; `told` is its JSON, with the offense as stated."""
    stated = {name: report.get("offense", {}).get(name, "") for name in ("system", "code", "text")}
    fields = {
        "occurred_at": enrichment["occurred_from"],
        "occurred_precision_s": enrichment["occurred_precision_s"],
        "lat": enrichment["lat"],
        "lon": enrichment["lon"],
        "precision": enrichment["precision"],
        "offense": _stated({**stated, **enrichment["offense"]}),
        "place": _stated(enrichment["place"]),
        "flow": _stated(enrichment["flow"]),
        "language": enrichment["language"],
    }
    return {name: value if value not in _EMPTY else None for name, value in fields.items()}


def document(
    report: Mapping[str, Any], envelope: Mapping[str, Any], enrichment: Enrichment, published_at: int
) -> bytes:
    """Make the JSON of a report, empty fields left out; `envelope` has its ids, `published_at` is UTC milliseconds."""
    kind = report["classification"]
    offense = {"system": kind["code_system"], "code": kind["internal_code"], "text": kind["internal_text"]}
    fields = {
        "report_id": envelope["report_id"],
        "agency": envelope["agency_id"],
        "source_id": report["local_incident_id"],
        "version": report["sequence"],
        "action": report["action"],
        "status": report["status"],
        "cancel_reason": report["cancel_reason"],
        "traffic": report["traffic"],
        "occurred_at": enrichment["occurred_from"],
        "occurred_precision_s": enrichment["occurred_precision_s"],
        "updated_at": enrichment["updated_at"],
        "published_at": published_at,
        "lat": enrichment["lat"],
        "lon": enrichment["lon"],
        "precision": enrichment["precision"],
        "address": report["location"]["address"],
        "offense": _stated({**offense, **enrichment["offense"]}),
        "place": _stated(enrichment["place"]),
        "flow": _stated(enrichment["flow"]),
        "language": enrichment["language"],
        "match": _compared_by(enrichment),
        "narratives": [{"lang": narrative["lang"], "text": narrative["text"]} for narrative in report["narratives"]],
        "persons": [_stated(person) for person in report["persons"]],
        "vehicles": [_stated(vehicle) for vehicle in report["vehicles"]],
        "weapons": [_stated(weapon) for weapon in report["weapons"]],
        "cautions": [_stated(caution) for caution in report["cautions"]],
        "trafficking": {name: stated for name, stated in (report["trafficking"] or {}).items() if stated is not None},
        "handling": report["handling"] and _stated(report["handling"]),
        "flags": enrichment["flags"],
    }
    return orjson.dumps({name: value for name, value in fields.items() if value or value not in _EMPTY})
