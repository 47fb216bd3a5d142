"""Intake takes what can be believed and refuses, alone and with a reason, what cannot be read."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import wire
from schemas.errors import Reason
from schemas.search_document import REPORT_FIELDS
from streams import intake
from streams.stage import Record
from tests.streams.fakes import NOW, MemoryState, agencies, published, report

STAGE = intake.stage(agencies, 1)


def enriched(*records: Record) -> list[dict[str, Any]]:
    result = STAGE.process(records, MemoryState(), NOW)
    assert not result.refusals
    return [wire.trusted("enriched_report", output.value) for output in result.outputs]


def test_a_report_goes_on_as_it_came_with_what_later_stages_need() -> None:
    record = published(report("a_pd", "26-1", version=4), offset=7)

    (made,) = enriched(record)

    assert made["report"] == record.value
    assert (made["report_id"], made["version"], made["cancelled"]) == ("a_pd:26-1", 4, False)
    assert made["source"] == {"topic": record.topic, "partition": 0, "offset": 7, "timestamp": record.timestamp}
    assert STAGE.trace(record) == ("a_pd", {"topic": record.topic, "partition": 0, "offset": 7})


def test_the_document_holds_the_fields_of_the_contract_and_no_others() -> None:
    (made,) = enriched(published(report(), 0))
    document = orjson.loads(made["document"])

    assert set(document) <= set(REPORT_FIELDS)
    assert document["narratives"][1] == {"lang": "es", "text": "parabrisas roto por piedras"}


def without_values(**changes: Any) -> Record:
    return published(report(**changes), 0)


@pytest.mark.parametrize(
    ("record", "reason", "field"),
    [
        (published(report("b_so"), 0, topic="incident-reports.a_pd"), Reason.AGENCY_MISMATCH, "agency.agency_id"),
        (published(report("z_pd"), 0), Reason.AGENCY_UNKNOWN, "agency.agency_id"),
        (without_values(number=""), Reason.BAD_VALUE, "local_incident_id"),
        (without_values(number="x" * 129), Reason.BAD_VALUE, "local_incident_id"),
        (without_values(version=0), Reason.BAD_VALUE, "sequence"),
        (without_values(units=["u"] * 201), Reason.TOO_LARGE, "units"),
        (
            without_values(narratives=[{"lang": "en", "text": "x" * 32_769, "author_role": "", "machine": False}]),
            Reason.TOO_LARGE,
            "narratives.text",
        ),
        (Record("incident-reports.a_pd", 0, 0, NOW, b"k", b"rubbish"), Reason.BAD_FRAME, ""),
        (Record("incident-reports.a_pd", 0, 0, NOW, b"k", None), Reason.BAD_FRAME, ""),
        (Record("incident-reports.a_pd", 0, 0, NOW, b"k", b"\x00" * 300_000), Reason.TOO_LARGE, ""),
    ],
)
def test_what_is_refused_has_a_reason_and_costs_nobody_else(record: Record, reason: Reason, field: str) -> None:
    result = STAGE.process([published(report(), 1), record, published(report(number="2"), 2)], MemoryState(), NOW)

    (refusal,) = result.refusals
    assert (refusal.cause, refusal.why.reason, refusal.why.field) == (1, reason, field)
    assert [output.cause for output in result.outputs] == [0, 2]


@pytest.mark.parametrize(
    ("changes", "flag", "left_out"),
    [
        ({"occurred_from": None}, "no_time", "occurred_at"),
        ({"occurred_from": -62_135_596_800_000}, "time_unbelievable", "occurred_at"),
        ({"occurred_from": 253_402_300_799_000}, "time_unbelievable", "occurred_at"),
        ({"occurred_from": NOW + 600_000}, "time_in_future", None),
        ({"occurred_ambiguous": True}, "time_ambiguous", None),
        ({"location": {"lat": None, "lon": None}}, "no_coordinates", "lat"),
        ({"location": {"lat": 0.0, "lon": 0.0}}, "coordinates_unbelievable", "lat"),
        ({"location": {"lat": -115.0, "lon": 32.0}}, "coordinates_unbelievable", "lat"),
        ({"location": {"lat": float("nan"), "lon": 32.0}}, "coordinates_unbelievable", "lat"),
    ],
)
def test_what_cannot_be_believed_is_flagged_and_left_out(
    changes: dict[str, Any], flag: str, left_out: str | None
) -> None:
    (made,) = enriched(published(report(**changes), 0))
    document = orjson.loads(made["document"])

    assert flag in document["flags"]
    assert left_out is None or left_out not in document


@pytest.mark.parametrize("status", ["CANCELLED", "UNFOUNDED"])
def test_a_withdrawn_report_is_marked(status: str) -> None:
    (made,) = enriched(published(report(status=status), 0))

    assert made["cancelled"]


def test_how_a_report_was_sent_is_not_what_it_says() -> None:
    one = report()
    again = {**one, "event_id": "other", "provenance": {**one["provenance"], "seq": 99}}
    changed = {**one, "priority": 9}
    first, second, third = (intake.content_sha256(r) for r in (one, again, changed))

    assert first == second
    assert first != third


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_an_output_or_a_refusal(data: bytes) -> None:
    result = STAGE.process([Record("incident-reports.a_pd", 0, 0, NOW, b"k", data)], MemoryState(), NOW)

    assert len(result.outputs) + len(result.refusals) == 1
