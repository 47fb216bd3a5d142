"""A refused record is kept byte for byte, with the reason, and names no value."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Reason, Rejected
from schemas.records import codec
from sinks.indexing.rejected import Refusal, rejected
from tests.sinks.fakes import FakeRecord


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
