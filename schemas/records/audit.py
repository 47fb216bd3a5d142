"""Audit records: decisions, rejections, exposures, notices, inquiries, council reports, disseminations; UTC ms."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from schemas.records.report import SourcePosition

DecisionKind = Literal[
    "UNKNOWN", "SUPERSEDED", "REPEATED", "CONFLICTING", "LINK", "UNSURE", "RELEASE", "ADJUDICATION", "PURGED"
]


class Decision(TypedDict):
    """An entry of the audit of decisions."""

    decision_id: str
    kind: DecisionKind
    agency_id: str
    report_id: str
    other_report_id: str
    version: int
    standing_version: int
    incident_id: str
    detail: str
    decided_at: int


class ExposedReport(TypedDict):
    """What a view discloses of a report."""

    report_id: str
    version: int
    outcome: str
    withheld: Sequence[str]
    rules: Sequence[str]


class Exposure(TypedDict):
    """What a revision of a view discloses to an agreement's audience until the next revision."""

    audience: str
    view_id: str
    generation: int
    revision: int
    at: int
    reports: Sequence[ExposedReport]


class Notice(TypedDict):
    """To an agency: its report was linked to another agency's, or the link was withdrawn."""

    notice_id: str
    kind: Literal["UNKNOWN", "JOINED", "DECONFLICTION", "WITHDRAWN"]
    agency_id: str
    report_id: str
    verdict: str
    other_agency_id: str
    other_report_id: str
    contact: str
    audience: str
    at: int


class InquiryRequest(TypedDict):
    """To a support center: an agency's inquiry about a person in its own report."""

    request_id: str
    agreement_id: str
    clause: str
    centre: str
    service: str
    agency_id: str
    report_id: str
    version: int
    subject: str
    purpose: str
    by: str
    why: str
    at: int


class InquiryResponse(TypedDict):
    """A support center's response to an inquiry."""

    request_id: str
    asked_at: int
    outcome: Literal["UNKNOWN", "UNAVAILABLE", "NO_RECORD", "HIT"]
    reference: str
    contact: str
    by: str
    at: int


class CouncilReport(TypedDict):
    """A council report as issued under an agreement, for all its audiences, and the counts behind it."""

    agreement_id: str
    number: int
    period: str
    edition: int
    time_zone: str
    agreement_version: int
    counted: Mapping[str, int]
    snapshots: str
    withheld: str
    figures: str
    code_version: str
    tables_version: str
    by: str
    why: str
    dissemination_anchor: str
    at: int


class Dissemination(TypedDict):
    """An entry of the dissemination log (28 CFR 23.20(g)): who was shown what, why, and when."""

    number: int
    at: int
    reader: str
    audience: str
    purpose: str
    asked: str
    ids: list[str]
    outcome: Literal["DENIED", "GIVEN"]
    previous: str
    digest: str
    mac: str


class Anchor(TypedDict):
    """Identifies an entry of the dissemination log; kept apart from the log, it proves all entries up to that one."""

    number: int
    digest: str
    at: int


class Header(TypedDict):
    """A Kafka record header."""

    key: str
    value: bytes | None


class RejectedReport(TypedDict):
    """A record as received, and why a stage rejected it."""

    stage: str
    reason: str
    field: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    agency_id: str
    source: SourcePosition | None
    schema_id: int | None
    key: bytes | None
    value: bytes | None
    headers: list[Header]
    rejected_at: int
    code_version: str
