"""An invented incident of three reports, with everything that a document can hold, and an index in memory with it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.records.incident import Comparison, ExplainedDecision
from sinks.cli import session
from sinks.index.memory import Memory
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from sinks.index.port import Index
from tests.sinks.factories import released, report
from tests.sinks.fakes import MemoryLog

AT = 1_767_636_000_000  # 2026-01-05T18:00Z
PD, BP, SSP, OTHER = "calexico_pd:26-000123", "usbp_elc:ELC-26-0042", "ssp_mexicali:911-26-77", "imperial_so:S26000009"

NOWHERE = {
    "INTERAGENCY_KAFKA": "127.0.0.1:1",
    "INTERAGENCY_REGISTRY": "http://127.0.0.1:1",
    "INTERAGENCY_ELASTICSEARCH": "http://127.0.0.1:1",
}
"""Services that do not answer."""

Document = dict[str, Any]


def comparison(name: str, level: str, weight: float, detail: str) -> Comparison:
    return {"name": name, "level": level, "weight": weight, "detail": detail}


EVIDENCE = [
    comparison("time", "5 minutes", 4.1, "70 s apart"),
    comparison("place", "100 m", 6.0, "84 m apart, block and gps"),
    comparison("offense", "same family", 2.2, "assault and assault"),
    comparison("side", "same", 0.4, "both US"),
    comparison("street", "different", -1.7, "no street in common"),
]


def decision(left: str, right: str, verdict: str = "SAME", weight: float = 11.0, **changes: Any) -> ExplainedDecision:
    """A decision; `changes` replace its fields."""
    made: Any = {
        "left": left,
        "right": right,
        "verdict": verdict,
        "weight": weight,
        "threshold": 6.0,
        "evidence": EVIDENCE,
        "decided_by": "model",
        "tables_version": "2026.11",
        **changes,
    }
    return made  # type: ignore[no-any-return]


def version(number: int, action: str, status: str, seconds: int, code: str = "10-10R") -> Document:
    """A version in a history, emitted `seconds` after AT and published two seconds later."""
    at = AT + seconds * 1000
    return {
        "version": number,
        "action": action,
        "status": status,
        "offense_code": code,
        "updated_at": at,
        "published_at": at + 2000,
    }


def member(name: str, seconds: int, **fields: Any) -> Document:
    """A report of the incident, that happened `seconds` after AT."""
    agency, source_id = name.split(":", 1)
    own = {"report_id": name, "agency": agency, "source_id": source_id, "occurred_at": AT + seconds * 1000}
    return report(1, **{**own, "updated_at": AT + seconds * 1000, "lat": 32.67, "lon": -115.49, **fields})


REPORTS = [
    member(
        PD,
        0,
        version=3,
        action="UPDATE",
        status="CLOSED",
        precision="block",
        address="200 BLK IMPERIAL AVE",
        offense={"system": "ca_pc", "code": "10-10R", "text": "ROCKS THROWN", "concept": "assault"},
        place={"side": "US", "nearest": "Calexico", "county": "Imperial"},
        narratives=[{"lang": "en", "text": "windshield broken by rocks, subject north on foot"}],
        language="en",
    ),
    member(
        SSP,
        -30,
        status="CANCELLED",
        action="CANCEL",
        version=2,
        cancel_reason="DUPLICATE",
        narratives=[{"lang": "es", "text": "lanzan piedras desde el bordo"}],
        language="es",
    ),
    member(
        BP, 70, precision="gps", offense={"system": "usc", "code": "18-111", "text": "ASSAULT ON AGENT"}, lat=32.6704
    ),
]

DOCUMENT: Document = {
    "state": "ACTIVE",
    "traffic": "ACTUAL",
    "occurred_at": AT,
    "updated_at": AT + 900_000,
    "location": {"lat": 32.6704, "lon": -115.49},
    "precision": "gps",
    "address": "200 BLK IMPERIAL AVE",
    "offense": ["assault"],
    "offense_family": ["violence"],
    "nibrs": ["13A"],
    "offense_text": ["assault on agent", "rocks thrown"],
    "side": ["US"],
    "county": ["Imperial"],
    "nearest": ["Calexico"],
    "port_of_entry": ["2503"],
    "sector": ["ELC"],
    "corridor": ["calexico-mexicali"],
    "flow_direction": ["NORTHBOUND"],
    "commodities": ["migrants"],
    "agencies": ["calexico_pd", "usbp_elc"],
    "report_ids": sorted([PD, BP, SSP]),
    "report_count": 2,
    "languages": ["en"],
    "disagree": ["occurred_at"],
    "text": "rocks thrown windshield",
    "values": {
        "occurred_at": {
            "value": AT,
            "report_id": PD,
            "because": "narrowest time, 60 s",
            "others": [{"value": AT + 70_000, "report_id": BP}],
        },
        "location": {
            "value": {"lat": 32.6704, "lon": -115.49},
            "report_id": BP,
            "because": "most precise: gps",
            "others": [{"value": {"lat": 32.67, "lon": -115.49}, "report_id": PD}],
        },
        "address": {"value": "200 BLK IMPERIAL AVE", "report_id": PD, "because": "the only one", "others": []},
        "side": {
            "value": "US",
            "report_id": PD,
            "because": "all agree",
            "others": [{"value": "US", "report_id": BP}],
        },
    },
    "decisions": [
        decision(PD, SSP, weight=7.3),
        decision(PD, BP),
        decision(PD, OTHER, "RELATED", -2.5),
    ],
    "history": {
        PD: [
            version(1, "NEW", "ACTIVE", 20),
            version(2, "UPDATE", "ACTIVE", 95),
            version(3, "UPDATE", "CLOSED", 900),
        ],
        SSP: [version(1, "NEW", "ACTIVE", 5, "30101"), version(2, "CANCEL", "CANCELLED", 400, "30101")],
        BP: [version(1, "NEW", "ACTIVE", 84, "18-111")],
    },
    "reports": REPORTS,
}

ALONE: Document = {
    **{name: value for name, value in DOCUMENT.items() if name not in ("decisions", "history", "values", "disagree")},
    "agencies": ["imperial_so"],
    "report_ids": [OTHER],
    "report_count": 1,
    "reports": [member(OTHER, 4000)],
}


async def fill(held: Index, documents: Mapping[str, Any], audience: str) -> None:
    """Write documents, id -> source, into the index of an audience, as the sink does."""
    name = IndexName(audience, 1)
    await held.ensure(name)
    for view_id, source in documents.items():
        one = entry(released(audience=audience, view_id=view_id, document=orjson.dumps(source)), 1, 0)
        assert isinstance(one, Entry)
        await held.bulk([one.operation])
    await held.refresh([str(name)])


def index(documents: dict[str, Document], audience: str = "internal") -> Memory:
    """An index in memory that holds these documents, id -> source, for one audience."""
    made = Memory()
    asyncio.run(fill(made, documents, audience))
    return made


def read_from(monkeypatch: pytest.MonkeyPatch, memory: Memory, orders: AgreementRegister | None = None) -> MemoryLog:
    """Let the reading commands of this test read an index in memory, under these orders; gives their log."""
    log = MemoryLog()

    async def standing() -> tuple[AgreementRegister, ReportOrderRegister]:
        return orders or AgreementRegister(), ReportOrderRegister()

    monkeypatch.setattr(session, "index_at", lambda _: memory)
    monkeypatch.setattr(session, "log_at", lambda *_: log)
    monkeypatch.setattr(session, "orders_at", lambda _: standing)
    return log
