"""What is written down for the audit, as types: decisions, what views showed, what readers were shown."""

from collections.abc import Sequence
from typing import Literal, TypedDict

Kind = Literal[
    "UNKNOWN", "SUPERSEDED", "REPEATED", "CONFLICTING", "LINK", "UNSURE", "RELEASE", "ADJUDICATION", "PURGED"
]


class Decision(TypedDict):
    """One line of the audit of decisions."""

    decision_id: str
    kind: Kind
    agency_id: str
    report_id: str
    other_report_id: str
    version: int
    standing_version: int
    incident_id: str
    detail: str
    decided_at: int


class ExposedReport(TypedDict):
    """What a view shows of a report."""

    report_id: str
    version: int
    outcome: str
    withheld: Sequence[str]
    rules: Sequence[str]


class Exposure(TypedDict):
    """What one writing of a view shows an agreement's audience, from then until the next one."""

    audience: str
    view_id: str
    generation: int
    revision: int
    at: int
    reports: Sequence[ExposedReport]


class Notice(TypedDict):
    """To an agency: its report was joined with another agency's."""

    notice_id: str
    kind: Literal["UNKNOWN", "JOINED", "DECONFLICTION"]
    agency_id: str
    report_id: str
    verdict: str
    other_agency_id: str
    other_report_id: str
    contact: str
    audience: str
    at: int


class Dissemination(TypedDict):
    """One line of the dissemination log."""

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
