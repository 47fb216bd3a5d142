"""What persons say and order, as records: adjudications, agreements and vettings, orders on single reports."""

from typing import Literal, TypedDict

MODEL = "model"
"""Who decides by the sum of weights alone: no person has this login."""


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
