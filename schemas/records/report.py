"""Reports as records: as an agency publishes them, and enriched for later stages; times in UTC milliseconds."""

from typing import Any, Literal, NotRequired, TypedDict

IncidentReport = dict[str, Any]
"""A decoded IncidentReport: 45 fields with nested records; see `avro/incident_report.v1.avsc`."""

Traffic = Literal["ACTUAL", "EXERCISE", "TEST"]
VOID_STATUSES: frozenset[str] = frozenset({"CANCELLED", "UNFOUNDED"})
"""Statuses of a report that is still matched, but contributes no values and no counts."""


class SourcePosition(TypedDict):
    """The position of a published report in Kafka."""

    topic: str
    partition: int
    offset: int
    timestamp: NotRequired[int]


class Offense(TypedDict):
    """The standard codes of an agency's own code; empty where no table maps it."""

    concept: str
    family: str
    nibrs: list[str]
    apco: str
    cnie: str
    mapped_by: Literal["", "source", "code", "words", "narrative"]


class Place(TypedDict):
    """The location of a report, looked up in tables; distances in meters."""

    side: Literal["US", "MX", "UNKNOWN"]
    state: str
    county: str
    nearest: str
    port_of_entry: str
    port_distance_m: int | None
    border_distance_m: int | None
    sector: str
    corridor: str
    checkpoint: str
    jurisdiction: str


class Flow(TypedDict):
    """What was moved across the border, and in which direction."""

    direction: Literal["NORTHBOUND", "SOUTHBOUND", "LATERAL", "UNKNOWN"]
    commodities: list[str]


class MatchKeys(TypedDict):
    """The values by which reports are compared, parsed once; lists are sorted and without duplicates."""

    streets: list[str]
    number: int
    route: str
    route_km: float | None
    plates: list[str]
    vehicles: list[str]
    persons: list[str]
    units: list[str]
    references: list[str]
    words: list[str]
    duplicate: bool
    injury: Literal["", "NONE", "MINOR", "SEVERE", "FATAL"]
    heading_deg: float | None
    handover_to: str


class Enrichment(TypedDict):
    """What the resolve stage needs of a report; precision in seconds, coordinates in WGS 84 degrees."""

    occurred_from: int | None
    occurred_precision_s: int
    updated_at: int
    lat: float | None
    lon: float | None
    precision: str
    flags: list[str]
    tables_version: str
    language: str
    offense: Offense
    place: Place
    flow: Flow
    match: MatchKeys


class RedactedForm(TypedDict):
    """A report without its withheld field groups; `enrichment` is None where it equals that of the whole report."""

    withheld: list[str]
    enrichment: Enrichment | None
    search_text: str


class EnrichedReport(TypedDict):
    """A report's bytes, and what later stages need of it."""

    report_id: str
    agency_id: str
    version: int
    content_sha256: bytes
    source: SourcePosition
    cancelled: bool
    traffic: Traffic
    enrichment: Enrichment
    document: bytes
    report: bytes
    search_text: str
    forms: list[RedactedForm]
    judged: str
