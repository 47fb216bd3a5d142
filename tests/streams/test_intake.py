"""Intake accepts what is plausible and rejects, alone and with a reason, what cannot be read."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.agencies import agency_row
from schemas.errors import Reason
from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.search_document import REPORT_FIELDS
from schemas.tables.reader import tables_version
from schemas.text.tokens import tokens
from streams import intake
from streams.dedupe.profile import pack, profile, unpack
from streams.enrich import believable
from tests.streams.fakes import NOW, MemoryState, agencies, published, report

STAGE = intake.stage(agencies, 1)


def enriched(*records: Record) -> list[dict[str, Any]]:
    result = STAGE.process(records, MemoryState(), NOW)
    assert not result.refusals
    return [codec.decode_trusted("enriched_report", output.value) for output in result.outputs]


def test_a_report_goes_on_as_it_came_with_what_later_stages_need() -> None:
    record = published(report("a_pd", "26-1", version=4), offset=7)

    (made,) = enriched(record)

    assert made["report"] == b"", "nobody reads it behind here"
    assert (made["report_id"], made["version"], made["cancelled"]) == ("a_pd:26-1", 4, False)
    assert made["source"] == {"topic": record.topic, "partition": 0, "offset": 7, "timestamp": record.timestamp}
    assert STAGE.trace(record) == ("a_pd", {"topic": record.topic, "partition": 0, "offset": 7})


def test_the_document_holds_the_fields_of_the_contract_and_no_others() -> None:
    (made,) = enriched(published(report(), 0))
    document = orjson.loads(made["document"])

    assert set(document) <= set(REPORT_FIELDS)
    assert document["narratives"][1] == {"lang": "es", "text": "parabrisas roto por piedras"}


def test_a_report_is_enriched_from_tables() -> None:
    """All that the sample tells: an address, a plate, a person, a unit, what moved, a claimed number."""
    (made,) = enriched(
        published(report(links_claimed=[{"incident_uid": "b_so:9", "type": "RELATED", "reason": ""}]), 0)
    )
    found = made["enrichment"]

    assert found["tables_version"] == tables_version()
    assert found["language"] == "en"
    assert found["offense"]["mapped_by"] == "source"
    assert (found["place"]["side"], found["place"]["jurisdiction"]) == ("US", "US/US-CA/Imperial")
    assert found["flow"] == {"direction": "NORTHBOUND", "commodities": ["drugs"]}
    assert found["match"]["streets"] == ["IMPERIAL"]
    assert (found["match"]["number"], found["match"]["route"]) == (200, "SR-111")
    assert found["match"]["plates"] == ["TEST123"]
    assert found["match"]["persons"] == ["prueba una 1990"]
    assert found["match"]["references"] == ["b_so:9"]
    assert {"rock", "windshield"} <= set(found["match"]["words"])


def test_the_document_has_common_codes_beside_the_agencys_own_and_leaves_empty_ones_out() -> None:
    (made,) = enriched(published(report(), 0))
    document = orjson.loads(made["document"])
    found = made["enrichment"]

    assert document["offense"]["code"] == "10-10R"
    assert document["offense"]["concept"] == found["offense"]["concept"] != ""
    assert document["place"] == {name: value for name, value in found["place"].items() if value not in ("", None)}
    assert document["match"]["streets"] == ["IMPERIAL"]
    assert "duplicate" not in document["match"]

    nothing = dict.fromkeys(("address", "street", "route_name", "city", "state", "country", "port_of_entry"), "")
    location = {**report()["location"], **nothing, "lat": None, "lon": None}
    (made,) = enriched(
        published(report(location=location, flow=None, narratives=[], persons=[], vehicles=[], units=[]), 0)
    )
    document = orjson.loads(made["document"])

    assert not {"flow", "language", "persons"} & set(document)
    assert "side" not in document.get("place", {})


def test_a_report_is_found_by_its_own_words_and_by_those_of_the_other_language() -> None:
    (made,) = enriched(published(report(), 0))

    assert set(tokens("piedras", "es").split()) <= set(made["search_text"].split())
    assert "_imperial" in made["search_text"].split()


@pytest.mark.parametrize(
    ("changes", "flagged"),
    [
        ({"code_system": "a_pd", "internal_code": "QX-77", "internal_text": "QUUX"}, True),
        ({"code_system": "a_pd", "internal_code": "QX-77", "internal_text": "BURGLARY"}, False),
        ({"code_system": "a_pd", "internal_code": "", "internal_text": ""}, False),
    ],
)
def test_a_code_that_no_table_knows_is_flagged(changes: dict[str, Any], flagged: bool) -> None:
    kind = {**report()["classification"], "apco": "", "nibrs": [], "cnie": "", **changes}
    (made,) = enriched(published(report(classification=kind, narratives=[]), 0))

    assert ("offense_unmapped" in made["enrichment"]["flags"]) == flagged


@pytest.mark.parametrize("found", [{"lat": None, "lon": None}, {"lat": 0.0, "lon": 0.0}, {"lat": 95.0, "lon": -115.0}])
def test_coordinates_that_are_not_believed_tell_no_place(found: dict[str, Any]) -> None:
    location = {**report()["location"], "state": "", "country": "", "port_of_entry": "", **found}
    here = intake.stage(lambda name: agency_row({"agency_id": name, "corridor": "nogales"}, "test"), 1)

    (output,) = here.process([published(report(location=location), 0)], MemoryState(), NOW).outputs
    place = codec.decode_trusted("enriched_report", output.value)["enrichment"]["place"]

    assert (place["side"], place["county"], place["corridor"]) == ("UNKNOWN", "", "nogales")


ODD = [
    "",
    " ",
    "\x00\x07",
    "🚓" * 500,
    "ﷺ" * 2_000,
    "(" * 20_000,
    "A-" * 10_000,
    "PLATE " * 4_000,
    "9" * 20_000,
    "\u202e/&@",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_no_text_in_any_field_loses_a_report(text: str) -> None:
    told = report()
    odd: dict[str, Any] = {
        "classification": {**told["classification"], "internal_code": text, "internal_text": text},
        "location": {name: text if type(value) is str else value for name, value in told["location"].items()},
        "persons": [{name: text if type(value) is str else value for name, value in told["persons"][0].items()}],
        "vehicles": [{name: text if type(value) is str else value for name, value in told["vehicles"][0].items()}],
        "narratives": [{"lang": text, "text": text, "author_role": text, "machine": False}],
        "units": [text],
        "links_claimed": [{"incident_uid": text, "type": text, "reason": text}],
    }
    odd["location"]["precision"] = "UNKNOWN"

    result = STAGE.process([published(report(**odd), 0)], MemoryState(), NOW)

    assert len(result.outputs) == 1 or {refusal.why.reason for refusal in result.refusals} == {Reason.TOO_LARGE}


@settings(max_examples=100)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_words_are_taken(one: str, other: str) -> None:
    told = report()
    (made,) = enriched(
        published(
            report(
                location={**told["location"], "address": one, "street": other, "route_name": one, "state": other},
                narratives=[{"lang": one, "text": other, "author_role": "", "machine": False}],
                classification={**told["classification"], "internal_text": one, "internal_code": other},
                cancel_reason=one,
            ),
            0,
        )
    )

    assert made["report_id"] == "a_pd:1"


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
        ({"updated_at": -(2**63)}, "updated_unbelievable", None),
        ({"updated_at": 2**63 - 1}, "updated_unbelievable", None),
        ({"updated_at": NOW + 600_000}, "updated_unbelievable", None),
        ({"occurred_precision_s": -(2**31)}, "time_width_unbelievable", None),
        ({"occurred_precision_s": 2**31 - 1}, "time_width_unbelievable", None),
        ({"motion": {"heading_deg": float("inf")}}, "heading_unbelievable", None),
    ],
)
def test_what_cannot_be_believed_is_flagged_and_left_out(
    changes: dict[str, Any], flag: str, left_out: str | None
) -> None:
    (made,) = enriched(published(report(**changes), 0))
    document = orjson.loads(made["document"])

    assert flag in document["flags"]
    assert left_out is None or left_out not in document


INT64 = st.sampled_from([-(2**63), 2**63 - 1, -1, 0, NOW, NOW * 1000]) | st.integers(-(2**63), 2**63 - 1)


@given(st.none() | INT64, INT64, st.integers(-(2**31), 2**31 - 1), INT64, st.none() | st.floats())
def test_whatever_times_a_report_states_it_is_compared_and_indexed_within_bounds(
    occurred: int | None, updated: int, width: int, received: int, heading: float | None
) -> None:
    times: dict[str, Any] = dict.fromkeys(("occurred_to", "reported_at", "dispatched_at", "cleared_at"), updated)
    times |= {"occurred_from": occurred, "updated_at": updated, "occurred_precision_s": width}
    stated = report(motion={"heading_deg": heading}, **times)
    record = published(stated, 0)._replace(timestamp=received)
    (made,) = enriched(record)
    document = orjson.loads(made["document"])

    for name in {"occurred_at", "updated_at", "published_at"} & document.keys():
        assert believable.EARLIEST <= document[name] <= NOW + 2 * 366 * 86_400_000, name
    assert 1 <= document["occurred_precision_s"] <= 366 * 86_400
    assert unpack(pack(profile(made))) == profile(made)


def test_a_replay_judges_by_the_time_at_which_kafka_got_a_report() -> None:
    record = published(report(occurred_from=NOW + 600_000, updated_at=NOW + 600_000), 0)
    at_once, years_later = (
        intake.stage(agencies, 1).process([record], MemoryState(), now) for now in (NOW, NOW + 10**11)
    )

    assert at_once.outputs[0].value == years_later.outputs[0].value
    assert b"time_in_future" in at_once.outputs[0].value


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
