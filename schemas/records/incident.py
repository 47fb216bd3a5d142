"""Incidents as records: their members, the pair decisions, and what is released of them; times in UTC milliseconds."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

Verdict = Literal["SAME", "CONTINUES", "RELATED", "NOT_SAME", "UNSURE"]
LINKING_VERDICTS: frozenset[Verdict] = frozenset({"SAME", "CONTINUES", "RELATED"})
"""Verdicts that link two reports: the same incident, one that continues as another, or two related ones."""
IncidentState = Literal["ACTIVE", "CANCELLED", "MERGED", "WITHDRAWN", "PURGED"]
TOMBSTONE_STATES: frozenset[str] = frozenset({"MERGED", "WITHDRAWN", "PURGED"})
"""States of a record that keeps no data and that no query returns."""


class ReportVersion(TypedDict):
    """A version of a report, as it was received."""

    version: int
    action: str
    status: str
    offense_code: str
    updated_at: int
    published_at: int
    judged: str


class Member(TypedDict):
    """A report in its incident, in its current version."""

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
    """One item of evidence for or against linking a pair of reports; `weight` in bits."""

    name: str
    level: str
    weight: float
    detail: str


IDENTIFYING_COMPARISONS = ("distance", "address", "plate", "vehicle", "person", "unit", "reference")
"""Comparisons of place, person or vehicle: without evidence from any of them, two reports are never linked."""

WHOLE_FORMS = (0, 0)
"""`forms` of a pair that was compared without redaction."""


class PairDecision(TypedDict):
    """Whether two reports describe the same incident; the evidence is recomputed from the two when it is shown.

    `weight`, `source_weight` and `threshold` are in bits. `forms` are the redacted forms that were compared; `levels`
    holds one byte per comparison, see `streams.dedupe.weights.Table.packed`; `source_weight` is the part of `weight`
    that comes from both reports having one source.
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
    """A PairDecision with its evidence, as it is shown."""

    left: str
    right: str
    verdict: Verdict
    weight: float
    threshold: float
    evidence: list[Comparison]
    decided_by: str
    tables_version: str


class Incident(TypedDict):
    """Reports connected by pair decisions, unredacted, with these decisions; each audience clusters what it may see."""

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
    """A notice that was sent, kept so that it can be withdrawn; never disclosed to an agency."""

    notice_id: str
    agency_id: str
    report_id: str
    other_report_id: str
    audience: str
    limited: bool
    standing: bool


class ReleasedIncident(TypedDict):
    """An incident as one audience may see it."""

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
