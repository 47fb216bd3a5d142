"""A refused record is kept byte for byte, with the reason, and names no value."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Reason, Rejected
from schemas.records import codec
from sinks.indexing.decode import decode_batch
from sinks.indexing.rejected import Refusal, rejected
from tests.sinks.factories import released
from tests.sinks.fakes import FakeRecord, framed


@given(st.none() | st.binary(max_size=200), st.none() | st.binary(max_size=20))
def test_the_record_is_kept_byte_for_byte(value: bytes | None, record_key: bytes | None) -> None:
    record = FakeRecord(7, value, partition=2, key=record_key, headers=(("a", b"\x00"), ("b", None)))
    refusal = Refusal(record, Rejected(Reason.BAD_FRAME, "", "not framed"))

    made = rejected(refusal, 5, "0.1.0")
    report = codec.decode_trusted("rejected_report", made.value)

    assert (report["value"], report["key"]) == (value, record_key)
    assert report["headers"] == [{"key": "a", "value": b"\x00"}, {"key": "b", "value": None}]
    assert (report["topic"], report["partition"], report["offset"]) == ("released-incidents", 2, 7)
    assert (report["stage"], report["reason"], report["rejected_at"]) == ("index", "bad_frame", 5)
    assert made.key == b"released-incidents/2/7/index"


@given(st.binary(max_size=300))
def test_no_bytes_stop_a_batch(value: bytes) -> None:
    records = [framed(released(view_id="i1"), 0), FakeRecord(1, value), framed(released(view_id="i2"), 2)]

    entries, refusals = decode_batch(records, 1)

    assert [one.document_id for one in entries if one.cause != 1] == ["i1", "i2"]
    assert len(entries) + len(refusals) == 3


def test_a_record_of_another_schema_is_refused() -> None:
    made = rejected(Refusal(FakeRecord(0, b"x"), Rejected(Reason.BAD_FRAME, "", "")), 0, "")
    record = FakeRecord(0, made.value)

    _, refusals = decode_batch([record], 1)

    assert [refusal.why.reason for refusal in refusals] == [Reason.SCHEMA_NOT_ALLOWED]


def test_the_detail_quotes_nothing_of_the_document() -> None:
    _, refusals = decode_batch([framed(released(document=b'{"text":"SECRET"'), 0)], 1)

    assert refusals
    assert "SECRET" not in repr(refusals[0].why)
