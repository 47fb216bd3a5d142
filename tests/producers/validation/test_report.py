"""A vendor's report, and the Avro record that every report becomes."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.feeds.plain import parse
from producers.validation.report import Report, build_record, check_report, encode, event_id, to_record
from schemas.errors import Reason, Rejected
from schemas.records import codec
from tests.factories import OCCURRED_MS, agency, line, report

EVENT_ID = event_id(1_769_932_740_000, 7)


def _record(report: Report) -> dict[str, Any]:
    made = to_record(report, agency(), EVENT_ID)
    assert not isinstance(made, Rejected), made
    return made


def _decoded(report: Report) -> dict[str, Any]:
    read = codec.decode("incident_report", codec.encode("incident_report", _record(report)))
    assert not isinstance(read, Rejected), read
    return read


@pytest.mark.parametrize(("event", "reason", "action", "status"), [
    ("created", None, "NEW", "ACTIVE"),
    ("updated", None, "UPDATE", "ACTIVE"),
    ("cancelled", None, "CANCEL", "CANCELLED"),
    ("cancelled", "DUPLICATE", "CANCEL", "CANCELLED"),
    ("cancelled", "UNFOUNDED", "CANCEL", "UNFOUNDED"),
    ("cancelled", "unfounded", "CANCEL", "UNFOUNDED"),
    ("updated", "UNFOUNDED", "UPDATE", "ACTIVE"),
    ("closed", None, "CLOSE", "CLOSED"),
    ("reopened", None, "REOPEN", "REOPENED"),
])  # fmt: skip
def test_event_becomes_action_and_status(event: str, reason: str | None, action: str, status: str) -> None:
    made = _decoded(report(event=event, cancel_reason=reason))
    assert (made["action"], made["status"], made["cancel_reason"]) == (action, status, reason or "")


def test_report_of_three_fields_is_enough() -> None:
    made = _decoded(report())
    assert made["incident_uid"] == "urn:incident:USA:calexico_pd:26-004711"
    assert (made["event_id"], made["local_incident_id"], made["sequence"]) == (EVENT_ID, "26-004711", 1)
    assert (made["occurred_from"], made["updated_at"], made["occurred_precision_s"]) == (OCCURRED_MS, OCCURRED_MS, 60)
    assert (made["traffic"], made["handling"], made["narratives"]) == ("ACTUAL", None, [])
    assert made["location"]["precision"] == "UNKNOWN"


def test_same_report_sent_twice_differs_in_its_event_id_alone() -> None:
    first, second = to_record(report(), agency(), "a"), to_record(report(), agency(), "b")
    assert isinstance(first, dict)
    assert first != second
    assert {**first, "event_id": "b"} == second


def test_everything_told_arrives() -> None:
    made = _decoded(
        report(
            lat=32.5, lon=-115, precision="milepost", address="I-8 MP 115", type_system="chp", type_code="1183",
            type_text="Trfc Collision", narrative="LLANTAS QUEMADAS", lang="es", traffic="exercise", seq=9,
            ori="CA0130000", source_tz="America/Tijuana", occurred_precision_s=86_400,
            persons=[{"name": "INVENTADA", "roles": ["VICTIM"], "dob": "1990"}], vehicles=({"year": 2001},),
            handling={"level": "YELLOW", "caveats": ("NOFORN",), "rel_to": ["MEX"], "categories": ["JUVENILE"],
                      "purposes": ["criminal_investigation"]},
        )
    )  # fmt: skip
    assert made["location"] | {"lat": 32.5, "lon": -115.0, "precision": "MILEPOST"} == made["location"]
    assert made["classification"]["code_system"] == "chp"
    assert made["narratives"][0] | {"lang": "es", "text": "LLANTAS QUEMADAS"} == made["narratives"][0]
    assert (made["traffic"], made["provenance"]["seq"], made["agency"]["ori"]) == ("EXERCISE", 9, "CA0130000")
    assert made["persons"][0]["roles"] == ["VICTIM"]
    assert made["vehicles"][0]["year"] == 2001
    assert (
        made["handling"]
        | {
            "owner_level": "YELLOW",
            "caveats": ["NOFORN"],
            "rel_to": ["MEX"],
            "cui_categories": ["JUVENILE"],
            "purposes": ["criminal_investigation"],
        }
        == made["handling"]
    )


def test_handling_without_a_level_is_the_most_restrictive() -> None:
    assert _decoded(report(handling={"caveats": ["NOFORN"]}))["handling"]["owner_level"] == "RED"


def test_narrative_without_a_language_is_undetermined() -> None:
    assert _decoded(report(narrative="x"))["narratives"][0]["lang"] == "und"


@pytest.mark.parametrize(("changes", "field", "reason"), [
    ({"occurred_at": datetime(2026, 1, 1)}, "occurred_at", Reason.BAD_VALUE),  # noqa: DTZ001  # that is the point
    ({"occurred_at": None}, "occurred_at", Reason.BAD_VALUE),
    ({"version": 0}, "version", Reason.BAD_VALUE),
    ({"lat": 32.0}, "lon", Reason.BAD_VALUE),
    ({"lat": float("nan"), "lon": 0.0}, "lat", Reason.BAD_VALUE),
    ({"narrative": "half \ud83d"}, "narrative", Reason.BAD_VALUE),
    ({"narrative": b"bytes"}, "narrative", Reason.BAD_VALUE),
    ({"persons": [{5: "x"}]}, "persons[0]", Reason.BAD_VALUE),
    ({"handling": {"level": "RED", "lvel": "x"}}, "handling.lvel", Reason.UNKNOWN_FIELD),
    ({"narrative": "x" * 300_000}, "", Reason.TOO_LARGE),
])  # fmt: skip
def test_report_is_refused_by_the_rules_of_the_plain_feed(changes: Any, field: str, reason: Reason) -> None:
    values = check_report(report(**changes), "calexico_pd")
    rejected = values if isinstance(values, Rejected) else encode(values, agency(), EVENT_ID)
    assert isinstance(rejected, Rejected)
    assert (rejected.field, rejected.reason) == (field, reason)


def test_line_and_report_of_the_same_content_become_the_same_record() -> None:
    values = parse(line(seq=3, handling={"level": "GREEN"}))
    assert not isinstance(values, Rejected)
    at = datetime(2026, 2, 1, 7, 59, tzinfo=UTC)
    same = Report(
        source_id="26-004711", version=1, event="created", occurred_at=at, emitted_at=at + timedelta(seconds=30),
        lat=32.6789, lon=-115.4989, precision="intersection", address="2ND ST / HEFFERNAN AVE", type_system="ca_pc",
        type_code="20-1183", type_text="TRAFFIC COLLISION", narrative="TWO VEH, NO INJ", lang="en", seq=3,
        persons=[{"name": "INVENTED, PERSON"}], vehicles=[{"plate": "0INV123"}], handling={"level": "GREEN"},
    )  # fmt: skip
    assert codec.encode("incident_report", build_record(values, agency(), EVENT_ID)) == codec.encode(
        "incident_report", _record(same)
    )


def test_record_is_what_apache_avro_writes() -> None:
    values = parse(line(handling={"level": "GREEN"}, traffic="test"))
    assert not isinstance(values, Rejected)
    made = build_record(values, agency(), EVENT_ID)
    whole = codec.decode("incident_report", codec.encode("incident_report", made))
    assert not isinstance(whole, Rejected)
    assert codec.reference_encode("incident_report", whole) == codec.encode("incident_report", made)


def test_event_id_is_a_uuid_of_version_7_that_tells_its_time() -> None:
    made = UUID(event_id(OCCURRED_MS, 2**80 - 1))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == OCCURRED_MS
    assert event_id(OCCURRED_MS, 1) != event_id(OCCURRED_MS, 2)


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
_TOLD = st.none() | _TEXT
_TIMES = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001  # Hypothesis wants it naive and adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
)
_WORDS = st.lists(_TEXT.filter(bool), max_size=3)
_REPORTS = st.fixed_dictionaries(
    {"source_id": _TEXT.filter(bool), "version": st.integers(1, 2**63 - 1), "occurred_at": _TIMES},
    optional={
        "event": st.sampled_from(["created", "updated", "cancelled", "closed", "reopened"]),
        "emitted_at": st.none() | _TIMES,
        "precision": _TOLD,
        "address": _TOLD,
        "type_system": _TOLD,
        "type_code": _TOLD,
        "type_text": _TOLD,
        "narrative": _TOLD,
        "lang": st.sampled_from([None, "", "en", "es-MX"]),
        "persons": st.lists(st.fixed_dictionaries({}, optional={"name": _TOLD, "roles": _WORDS}), max_size=3),
        "vehicles": st.lists(
            st.fixed_dictionaries({}, optional={"plate": _TOLD, "year": st.integers(0, 9999)}), max_size=3
        ),
        "occurred_precision_s": st.none() | st.integers(1, 86_400),
        "source_tz": st.sampled_from([None, "", "America/Phoenix"]),
        "seq": st.none() | st.integers(-(2**62), 2**62),
        "cancel_reason": _TOLD,
        "traffic": st.sampled_from([None, "actual", "exercise", "test"]),
        "handling": st.none()
        | st.fixed_dictionaries({"level": st.sampled_from(["GREEN", "YELLOW", "RED"])}, optional={"purposes": _WORDS}),
    },
)


@given(_REPORTS, st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
def test_any_report_comes_back_from_the_wire_as_it_was_told(fields: dict[str, Any], at: Any) -> None:
    told = Report(**fields, lat=at[0] if at else None, lon=at[1] if at else None)
    read = _decoded(told)
    assert (read["local_incident_id"], read["sequence"]) == (told.source_id, told.version)
    assert read["occurred_from"] == (told.occurred_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert (read["location"]["lat"], read["location"]["lon"]) == (told.lat, told.lon)
    assert read["location"]["address"] == (told.address or "")
    assert read["classification"]["internal_text"] == (told.type_text or "")
    assert [one["text"] for one in read["narratives"]] == [told.narrative] * bool(told.narrative)
    assert [one["name"] for one in read["persons"]] == [one.get("name") or "" for one in told.persons]
    assert [one["year"] for one in read["vehicles"]] == [one.get("year", 0) for one in told.vehicles]
    assert read["provenance"]["seq"] == told.seq
    assert (read["handling"] or {}).get("owner_level") == (told.handling or {}).get("level")
