"""Reports as records: as an agency publishes them, and the envelope in which they go on; times are UTC milliseconds."""

from typing import Any, Literal, NotRequired, TypedDict

IncidentReport = dict[str, Any]
"""An IncidentReport as decoded: 45 fields with nested records; see `avro/incident_report.v1.avsc`."""

Traffic = Literal["ACTUAL", "EXERCISE", "TEST"]
VOID_STATUSES: frozenset[str] = frozenset({"CANCELLED", "UNFOUNDED"})
"""Statuses with which a report is matched, and gives no values and no counts."""


class SourcePosition(TypedDict):
    """Where a published report stands in Kafka."""

    topic: str
    partition: int
    offset: int
    timestamp: NotRequired[int]


class Offense(TypedDict):
    """The common codes beside an agency's own; empty where no table knows it."""

    concept: str
    family: str
    nibrs: list[str]
    apco: str
    cnie: str
    mapped_by: Literal["", "source", "code", "words", "narrative"]


class Place(TypedDict):
    """Where a report lies, from tables alone; distances in metres."""

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
    """What moved, and which way."""

    direction: Literal["NORTHBOUND", "SOUTHBOUND", "LATERAL", "UNKNOWN"]
    commodities: list[str]


class MatchKeys(TypedDict):
    """What a report is compared by, parsed once; lists are sorted and without repeats."""

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
    """What resolving needs of a report."""

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
    """What a report is to those from whom field groups are withheld; no enrichment: as the whole report's."""

    withheld: list[str]
    enrichment: Enrichment | None
    search_text: str


class EnrichedReport(TypedDict):
    """A report's bytes and what later stages need of it."""

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
