"""A batch becomes entries and refusals, each with its own record; no bytes stop it, and no value is quoted."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Reason, Rejected
from sinks.indexing.decode import decode_batch, index_refusal
from sinks.indexing.rejected import Refusal, rejected
from tests.sinks.factories import released
from tests.sinks.fakes import FakeRecord, framed


def test_an_empty_batch_has_neither_entries_nor_refusals() -> None:
    assert decode_batch([], 1) == ([], [])


def test_each_entry_names_its_record_although_others_of_the_batch_are_refused() -> None:
    records = [FakeRecord(7, b"x"), framed(released(view_id="i1"), 8), FakeRecord(9, None), framed(released(), 10)]

    entries, refusals = decode_batch(records, 1)

    assert [(entry.document_id, entry.cause) for entry in entries] == [("i1", 1), ("i1", 3)]
    assert [refusal.record.offset for refusal in refusals] == [7, 9]


def test_a_record_of_another_generation_than_its_topic_is_refused() -> None:
    entries, (refusal,) = decode_batch([framed(released(generation=1), 0)], 2)

    assert entries == []
    assert (refusal.why.reason, refusal.why.field) == (Reason.BAD_VALUE, "generation")


def test_what_the_index_rejects_is_refused_with_the_record_that_caused_it() -> None:
    records = [framed(released(view_id=name), offset) for offset, name in enumerate("abc")]
    entries, _ = decode_batch(records, 1)

    refusal = index_refusal(entries[2], "mapper_parsing_exception", records)

    assert refusal.record is records[2]
    assert (refusal.why.reason, refusal.why.field) == (Reason.INDEX_REFUSED, "document")
    assert "mapper_parsing_exception" in refusal.why.detail


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
