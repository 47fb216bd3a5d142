"""A report as a dispatch vendor's code states it, and the Avro record that every report becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypedDict

from producers.validation.fields import UNKNOWN_PRECISION, Values, check
from schemas.errors import Reason, Rejected
from schemas.identity import incident_uid
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.records.report import IncidentReport

# What the source did -> action and status of the record (CAP 1.2 msgType; EIDO IncidentStatus).
_ACTIONS = {
    "created": ("NEW", "ACTIVE"),
    "updated": ("UPDATE", "ACTIVE"),
    "cancelled": ("CANCEL", "CANCELLED"),
    "closed": ("CLOSE", "CLOSED"),
    "reopened": ("REOPEN", "REOPENED"),
}
_UNFOUNDED = "UNFOUNDED"
_62_BITS = 2**62 - 1


class Handling(TypedDict, total=False):
    """Who may see a report: `level` GREEN, YELLOW or RED; `rel_to` in ISO 3166-1 alpha-3."""

    level: str
    caveats: Sequence[str]
    rel_to: Sequence[str]
    categories: Sequence[str]
    purposes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One agency's statement about an incident, in one version; the fields are those of the plain feed.

    Times are aware datetimes, `lat` and `lon` WGS 84 degrees, `occurred_precision_s` seconds. `emitted_at` defaults to
    the time of the incident, so that the same report sent twice is the same report.
    """

    source_id: str
    version: int
    occurred_at: datetime
    event: str = "created"
    emitted_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    precision: str | None = None
    address: str | None = None
    type_system: str | None = None
    type_code: str | None = None
    type_text: str | None = None
    narrative: str | None = None
    lang: str | None = None
    persons: Sequence[Mapping[str, Any]] = ()
    vehicles: Sequence[Mapping[str, Any]] = ()
    occurred_precision_s: int | None = None
    source_tz: str | None = None
    ori: str | None = None
    seq: int | None = None
    cancel_reason: str | None = None
    traffic: str | None = None
    handling: Handling | None = None


_NAMES = tuple(field.name for field in fields(Report))


def check_report(report: Report, agency_id: str) -> Values | Rejected:
    """Return the values of a report of `agency_id`, checked by the rules of the plain feed, or why it is rejected."""
    raw: dict[str, Any] = {"agency": agency_id}
    raw.update((name, getattr(report, name)) for name in _NAMES)
    if report.emitted_at is None:
        raw["emitted_at"] = report.occurred_at
    return check(raw)


def to_record(report: Report, agency: AgencyRow, event_id: str) -> IncidentReport | Rejected:
    """Return the Avro record IncidentReport of a report, or the rejection that names the invalid field."""
    values = check_report(report, agency["agency_id"])
    return values if isinstance(values, Rejected) else build_record(values, agency, event_id)


def event_id(now_ms: int, random: int) -> str:
    """Return a version 7 UUID (RFC 9562, section 5.7) from UTC milliseconds and the lowest 62 bits of `random`."""
    digits = f"{now_ms << 80 | 7 << 76 | 2 << 62 | random & _62_BITS:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def encode(values: Values, agency: AgencyRow, message_id: str) -> bytes | Rejected:
    """Return the framed Avro record of a checked report as bytes, or why it cannot be encoded."""
    try:
        framed = codec.encode("incident_report", build_record(values, agency, message_id))
    except ValueError as exc:
        # Every reader returns values of the schema's types, so this is a bug of ours; refuse the report all the same.
        return Rejected(Reason.BAD_VALUE, "", str(exc))
    if len(framed) > codec.MAX_REPORT_BYTES:
        detail = f"{len(framed)} bytes as Avro, at most {codec.MAX_REPORT_BYTES} are allowed"
        return Rejected(Reason.TOO_LARGE, "", detail)
    return framed


def has_unknown_precision(values: Values) -> bool:
    """Return whether the stated precision is not in the list; the caller counts it."""
    return values.get("precision") == UNKNOWN_PRECISION


def _location(values: Values) -> dict[str, Any]:
    return {
        "lat": values.get("lat"),
        "lon": values.get("lon"),
        "precision": values.get("precision") or "UNKNOWN",
        "address": values.get("address", ""),
    }


def _classification(values: Values) -> dict[str, Any]:
    return {
        "code_system": values.get("type_system", ""),
        "internal_code": values.get("type_code", ""),
        "internal_text": values.get("type_text", ""),
    }


def build_record(values: Values, agency: AgencyRow, event_id: str) -> IncidentReport:
    """Return the Avro record of a checked report; fields at their default are left to the schema."""
    get = values.get
    source_id = values["source_id"]
    action, status = _ACTIONS[values["event"]]
    reason = get("cancel_reason", "")
    if action == "CANCEL" and reason.upper() == _UNFOUNDED:
        status = _UNFOUNDED
    narrative = get("narrative")
    return {
        "event_id": event_id,
        "incident_uid": incident_uid(agency["country"], agency["agency_id"], source_id),
        "local_incident_id": source_id,
        "sequence": values["version"],
        "action": action,
        "status": status,
        "cancel_reason": reason,
        "traffic": get("traffic", "ACTUAL"),
        "agency": {"agency_id": agency["agency_id"], "ori": get("ori", ""), "country": agency["country"]},
        "occurred_from": values["occurred_at"],
        "occurred_precision_s": get("occurred_precision_s", 60),
        "occurred_ambiguous": get("occurred_ambiguous", False),
        "updated_at": values["emitted_at"],
        "source_tz": get("source_tz", ""),
        "classification": _classification(values),
        "location": _location(values),
        "persons": get("persons", ()),
        "vehicles": get("vehicles", ()),
        "narratives": [{"lang": get("lang") or "und", "text": narrative}] if narrative else (),
        "handling": get("handling"),
        "provenance": {"seq": get("seq")},
    }
