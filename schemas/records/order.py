"""Decisions by persons, as records: adjudications, orders on agreements and vettings, orders on single reports."""

from typing import Literal, TypedDict

MODEL = "model"
"""`decided_by` of a decision made by weights alone; no person may use this login."""


class Adjudication(TypedDict):
    """A person's decision on a pair of reports; `at` in UTC milliseconds."""

    left: str
    right: str
    verdict: Literal["SAME", "NOT_SAME", "WITHDRAWN"]
    by: str
    audience: str
    why: str
    at: int


class AgreementOrder(TypedDict):
    """An order that changes an agreement or a vetting; the newest order of each id is in force. UTC milliseconds."""

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
    """An order on all versions of a report; the newest of each kind is in force (`schemas.agreements.report_orders`).

    Times are in UTC milliseconds.
    """

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
