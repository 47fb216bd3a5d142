"""Forms of a report: redact first, then enrich what is left when field groups are withheld.

Whoever sees a redacted report is shown, and has matched, what the pipeline derives from the rest alone. So a withheld
field cannot show in anything that is derived from it. Pure.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.records import codec
from schemas.records.report import Enrichment, Place, RedactedForm

FIELDS: Mapping[str, tuple[str, ...]] = {
    "time": (
        "occurred_from",
        "occurred_to",
        "occurred_precision_s",
        "occurred_ambiguous",
        "reported_at",
        "dispatched_at",
        "arrived_at",
        "cleared_at",
        "source_tz",
    ),
    "place": (
        "location.lat",
        "location.lon",
        "location.uncertainty_m",
        "location.method",
        "location.precision",
        "location.geometry_wkt",
        "location.address",
        "location.street",
        "location.number",
        "location.cross_street",
        "location.colonia",
        "location.city",
        "location.postal",
        "location.category",
        "location.checkpoint_id",
        "location.port_of_entry",
        "location.route_name",
        "location.route_marker",
        "motion",
    ),
    "area": ("location.state", "location.country"),
    "offense": ("classification", "trafficking", "disposition"),
    "flow": ("flow", "drugs", "cash"),
    "narrative": ("narratives", "cancel_reason", "links_claimed", "units", "report_number", "report_number_type"),
    "persons": ("persons",),
    "vehicles": ("vehicles",),
    "firearms": ("weapons",),
    "cautions": ("cautions",),
}
"""Field group of `search_document.FIELD_GROUPS` -> fields of an IncidentReport."""
KEPT = (
    "event_id",
    "incident_uid",
    "local_incident_id",
    "sequence",
    "supersedes_event_id",
    "action",
    "status",
    "traffic",
    "agency",
    "partnership_ids",
    "updated_at",
    "priority",
    "handling",
    "reliability",
    "provenance",
)
"""Fields of an IncidentReport that identify its agency, version and time; nothing else is derived from them."""
MOST = 4
"""Redacted forms of a report, at most."""
AREA = ("side", "state", "county", "sector", "corridor", "jurisdiction")
"""Fields of a place that state the area and not the point."""


def _nothing(kind: Any) -> Any:
    """Return the empty value of an Avro type."""
    if isinstance(kind, list):
        return None if "null" in kind else _nothing(kind[0])
    if isinstance(kind, str):
        return {"string": "", "int": 0, "long": 0, "double": 0.0, "boolean": False}[kind]
    match kind["type"]:
        case "record":
            return {field["name"]: field.get("default", _nothing(field["type"])) for field in kind["fields"]}
        case "array":
            return []
        case "enum":
            return kind["default"]
        case other:
            return _nothing(other)


_SCHEMA = json.loads(codec.newest("incident_report").text)
_EMPTY: Mapping[str, Any] = {
    field["name"]: _nothing(field["type"]) if field.get("default") is None else field["default"]
    for field in _SCHEMA["fields"]
}
_EMPTY_LOCATION: Mapping[str, Any] = _nothing(next(f["type"] for f in _SCHEMA["fields"] if f["name"] == "location"))


def redact(report: Mapping[str, Any], withheld: Iterable[str]) -> dict[str, Any]:
    """Return an IncidentReport without these field groups: as if its source had not stated them."""
    left, location = dict(report), dict(report["location"])
    for field in (field for group in withheld for field in FIELDS[group]):
        part, _, name = field.partition(".")
        if name:
            location[name] = _EMPTY_LOCATION[name]
        else:
            left[part] = _EMPTY[part]
    return {**left, "location": location}


def area_of(place: Place) -> Place:
    """Return a place without the point: distances, nearest place, port and checkpoint would reveal it."""
    nowhere: Place = {
        "side": place["side"],
        "state": place["state"],
        "county": place["county"],
        "nearest": "",
        "port_of_entry": "",
        "port_distance_m": None,
        "border_distance_m": None,
        "sector": place["sector"],
        "corridor": place["corridor"],
        "checkpoint": "",
        "jurisdiction": place["jurisdiction"],
    }
    return nowhere


Enrich = Callable[[Mapping[str, Any]], Enrichment]
"""IncidentReport -> its enrichment."""
Tokens = Callable[[Mapping[str, Any], Enrichment], str]
"""IncidentReport and its enrichment -> its search tokens."""


def forms(
    report: Mapping[str, Any],
    whole: Enrichment,
    search_text: str,
    withholdings: Iterable[frozenset[str]],
    enrich: Enrich,
    tokens: Tokens,
) -> list[RedactedForm]:
    """Return a form for each set of withheld field groups, at most MOST, the largest sets last.

    Where a report has no form for a set, nothing but its existence is shown there, and it links nothing.
    """
    redacted_forms: list[RedactedForm] = []
    for withheld in sorted(withholdings, key=lambda groups: (len(groups), sorted(groups)))[:MOST]:
        left = redact(report, withheld)
        enrichment = enrich(left)
        if "place" in withheld and "area" not in withheld:
            enrichment["place"] = area_of(whole["place"])
        text = tokens(left, enrichment)
        as_whole = text == search_text and _without_flags(enrichment) == _without_flags(whole)
        redacted_forms.append(
            {
                "withheld": sorted(withheld),
                "enrichment": None if as_whole else enrichment,
                "search_text": "" if as_whole else text,
            }
        )
    return redacted_forms


def _without_flags(enrichment: Enrichment) -> dict[str, Any]:
    """Return an enrichment without flags, which no redacted report shows."""
    return {name: value for name, value in enrichment.items() if name != "flags"}
