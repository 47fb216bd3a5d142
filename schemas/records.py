"""The records of `schemas/avro` as types, for those who make and read them; times are UTC milliseconds."""

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

IncidentReport = dict[str, Any]
"""An IncidentReport as decoded: 45 fields with nested records; see `avro/incident_report.v1.avsc`."""

Traffic = Literal["ACTUAL", "EXERCISE", "TEST"]
Verdict = Literal["SAME", "CONTINUES", "RELATED", "NOT_SAME", "UNSURE"]
LINKS: frozenset[Verdict] = frozenset({"SAME", "CONTINUES", "RELATED"})
"""Verdicts that connect two reports: of one incident, of one that goes on as the other, of two that have to do."""
LifeState = Literal["ACTIVE", "CANCELLED", "MERGED", "WITHDRAWN", "PURGED"]
STUBS: frozenset[str] = frozenset({"MERGED", "WITHDRAWN", "PURGED"})
"""States in which a record keeps no data and no query returns it."""
IDLE: frozenset[str] = frozenset({"CANCELLED", "UNFOUNDED"})
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


class Form(TypedDict):
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
    forms: list[Form]
    judged: str


class VersionSeen(TypedDict):
    """One version of a report that came."""

    version: int
    action: str
    status: str
    offense_code: str
    updated_at: int
    published_at: int
    judged: str


class Member(TypedDict):
    """A report's newest version within its incident."""

    report_id: str
    agency_id: str
    version: int
    content_sha256: bytes
    topic: str
    partition: int
    offset: int
    cancelled: bool
    enriched: bytes
    history: list[VersionSeen]


class Comparison(TypedDict):
    """One row of the evidence for or against a pair."""

    name: str
    level: str
    weight: float
    detail: str


WHERE_OR_WHO = ("distance", "address", "plate", "vehicle", "person", "unit", "reference")
"""What tells where it was or who was there: without any of it, two reports of one kind and time are never joined."""

WHOLE = (0, 0)
"""Forms of two reports that were compared whole."""


class PairDecision(TypedDict):
    """Whether two reports speak of the same incident; why is spelled out from the two by whoever shows it.

    `forms` are those that were compared; `levels` has a byte for each comparison, see
    `streams.dedupe.weights.Table.packed`; `source_weight` is what of `weight` is due to one agency speaking twice.
    """

    left: str
    right: str
    forms: tuple[int, int]
    verdict: Verdict
    weight: float
    source_weight: float
    threshold: float
    levels: bytes
    decided_by: str
    tables_version: str


class ExplainedDecision(TypedDict):
    """A PairDecision as it is shown, with the evidence."""

    left: str
    right: str
    verdict: Verdict
    weight: float
    threshold: float
    evidence: list[Comparison]
    decided_by: str
    tables_version: str


class Incident(TypedDict):
    """Reports that pair decisions connect, in full, and these decisions; each audience clusters what it sees."""

    incident_id: str
    domain: int
    generation: int
    revision: int
    state: LifeState
    into: str | None
    members: list[Member]
    decisions: list[PairDecision]
    departed: list[str]


class Noticed(TypedDict):
    """A notice that went out, by which it can be withdrawn: never told to an agency."""

    notice_id: str
    agency_id: str
    report_id: str
    other_report_id: str
    audience: str
    limited: bool
    standing: bool


class ReleasedIncident(TypedDict):
    """One incident as one audience may see it."""

    audience: str
    view_id: str
    incident_id: str
    domain: int
    generation: int
    revision: int
    state: LifeState
    into: str | None
    published_at: int
    document: bytes
    noticed: NotRequired[Sequence[Noticed]]


class Adjudication(TypedDict):
    """A person's word on a pair of reports."""

    left: str
    right: str
    verdict: Literal["SAME", "NOT_SAME", "WITHDRAWN"]
    by: str
    audience: str
    why: str
    at: int


class AgreementOrder(TypedDict):
    """What somebody ordered of an agreement, or of a vetting: the newest order of each id stands."""

    order_id: str
    kind: Literal["AGREEMENT", "VETTING"]
    text: str
    begins: int
    ends: int | None
    by: str
    why: str
    at: int


OrderKind = Literal["HOLD", "SEAL", "PURGE"]


class ReportOrder(TypedDict):
    """One order on one report, whatever its version: the newest of each kind stands. See `custody`."""

    report_id: str
    kind: OrderKind | None
    ordered: bool
    by: str
    why: str
    at: int
    effective_at: int | None
    cleared_at: int | None
    held: bool
    sealed: bool
    purged: bool


class AgencyRow(TypedDict):
    """A row of the agency registry."""

    agency_id: str
    name: str
    country: str
    kind: str
    time_zone: str
    code_system: str
    match_domain: int
    default_handling: dict[str, str]
    ori: str
    corridor: str
    added_by: str
