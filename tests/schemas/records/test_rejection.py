"""A rejection can always be written, and holds what came byte for byte where that fits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Reason, Rejected
from schemas.records import codec, rejection
from schemas.records.kafka_record import Record
from schemas.records.rejection import Origin

WHY = Rejected(Reason.BAD_FRAME, "agency", "not framed")
NOBODY = Origin("", None)
ANY_TEXT = st.text(st.characters(codec=None), max_size=20)


def written(record: Record, why: Rejected = WHY, origin: Origin = NOBODY, bare: bool = False) -> dict[str, Any]:
    made = rejection.rejection(record, why, "intake", origin, 5, "0.1.0", bare)
    assert made.key == f"{record.topic}/{record.partition}/{record.offset}/intake".encode()
    return codec.decode_trusted("rejected_report", made.value)


def record(value: bytes | None = b"v", key: bytes | None = b"k", headers: Any = ()) -> Record:
    return Record("incident-reports.a_pd", 1, 7, 99, key, value, headers)


@given(st.none() | st.binary(max_size=200), st.none() | st.binary(max_size=20), st.lists(st.binary(max_size=9)))
def test_any_bytes_are_kept_as_they_came(value: bytes | None, key: bytes | None, headers: list[bytes]) -> None:
    found = written(record(value, key, [("h", one) for one in headers]), origin=Origin("a_pd", None))

    assert (found["value"], found["key"]) == (value, key)
    assert found["headers"] == [{"key": "h", "value": one} for one in headers]
    assert (found["topic"], found["partition"], found["offset"], found["timestamp"]) == (record().topic, 1, 7, 99)
    assert (found["stage"], found["reason"], found["detail"]) == ("intake", "bad_frame", "not framed")
    assert (found["agency_id"], found["rejected_at"], found["code_version"]) == ("a_pd", 5, "0.1.0")


@pytest.mark.parametrize(
    "frame", [b"\x00\x80\x00\x00\x00", b"\x00\xff\xff\xff\xff", b"\x00\xff\xff\xff\xff" + b"x" * 50]
)
def test_a_schema_id_that_the_schema_has_no_room_for_is_told_by_the_bytes_alone(frame: bytes) -> None:
    found = written(record(frame))

    assert (found["schema_id"], found["value"]) == (None, frame)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_text_that_is_none_is_written_with_escapes(name: str, field: str, agency: str) -> None:
    found = written(record(headers=[(name, None)]), Rejected(Reason.BAD_VALUE, field, field), Origin(agency, None))

    for given_text, kept in ((name, found["headers"][0]["key"]), (field, found["field"]), (agency, found["agency_id"])):
        assert kept == given_text or "\\" in kept


@pytest.mark.parametrize(
    ("large", "kept"),
    [
        (record(headers=[("h", b"x" * rejection.MAX_REJECTION_BYTES)]), (b"k", b"v")),
        (record(headers=[("h", None)] * 500_000), (b"k", b"v")),
        (record(b"x" * rejection.MAX_REJECTION_BYTES), (None, None)),
        (record(key=b"x" * rejection.MAX_REJECTION_BYTES), (None, None)),
    ],
    ids=["headers", "many headers", "value", "key"],
)
def test_what_the_topic_has_no_room_for_is_left_out_and_described(large: Record, kept: Any) -> None:
    found = written(large)

    assert (found["key"], found["value"], found["headers"]) == (*kept, [])
    assert found["detail"].startswith("not framed; left out")
    assert found["reason"] == "bad_frame"
    if kept == (None, None):
        assert "SHA-256" in found["detail"]


def test_for_a_broker_that_takes_less_all_that_came_is_left_out() -> None:
    found = written(record(b"large"), bare=True)

    assert (found["value"], found["key"], found["offset"]) == (None, None, 7)
    assert "value of 5 bytes, SHA-256 " in found["detail"]
