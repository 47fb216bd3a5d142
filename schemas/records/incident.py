"""Incidents as records: their members, the decisions on pairs, and what is released of them; UTC milliseconds."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

Verdict = Literal["SAME", "CONTINUES", "RELATED", "NOT_SAME", "UNSURE"]
LINKING_VERDICTS: frozenset[Verdict] = frozenset({"SAME", "CONTINUES", "RELATED"})
"""Verdicts that connect two reports: of one incident, of one that goes on as the other, of two that have to do."""
IncidentState = Literal["ACTIVE", "CANCELLED", "MERGED", "WITHDRAWN", "PURGED"]
TOMBSTONE_STATES: frozenset[str] = frozenset({"MERGED", "WITHDRAWN", "PURGED"})
"""States in which a record keeps no data and no query returns it."""


class ReportVersion(TypedDict):
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
    history: list[ReportVersion]


class Comparison(TypedDict):
    """One row of the evidence for or against a pair."""

    name: str
    level: str
    weight: float
    detail: str


IDENTIFYING_COMPARISONS = ("distance", "address", "plate", "vehicle", "person", "unit", "reference")
"""What tells where it was or who was there: without any of it, two reports of one kind and time are never joined."""

WHOLE_FORMS = (0, 0)
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
    state: IncidentState
    into: str | None
    members: list[Member]
    decisions: list[PairDecision]
    departed: list[str]


class SentNotice(TypedDict):
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
    state: IncidentState
    into: str | None
    published_at: int
    document: bytes
    noticed: NotRequired[Sequence[SentNotice]]
