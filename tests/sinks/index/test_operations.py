"""ReleasedIncident -> operation: bytes spliced as they came, versions external, what spoils a bulk refused before."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Reason, Rejected
from schemas.identity import document_version
from sinks.index.operations import Entry, bulks, entry, newest_revisions
from tests.sinks.factories import released


def made(generation: int = 1, cause: int = 0, **fields: Any) -> Entry:
    one = entry(released(generation=generation, **fields), generation, cause)
    assert isinstance(one, Entry)
    return one


@given(
    st.text(min_size=1, max_size=128).filter(lambda text: text.isprintable()),
    st.integers(1, 2**40 - 1),
    st.integers(1, 1000),
    st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53)),
)
def test_an_operation_is_two_lines_that_say_what_the_record_says(
    view_id: str, revision: int, generation: int, document: dict[str, Any]
) -> None:
    bytes_ = orjson.dumps(document)

    one = made(generation, view_id=view_id, revision=revision, document=bytes_, audience="el_paso_pd")

    action, spliced, rest = one.operation.split(b"\n")
    assert (spliced, rest) == (bytes_, b"")
    assert orjson.loads(action)["index"] == {
        "_index": f"incidents-el_paso_pd-g{generation}",
        "_id": view_id,
        "version": document_version(generation, revision),
        "version_type": "external",
    }
    assert one.version == document_version(generation, revision)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"view_id": "x" * 513}, "view_id"),
        ({"view_id": "ñ" * 257}, "view_id"),
        ({"view_id": ""}, "view_id"),
        ({"revision": 0}, "revision"),
        ({"revision": 2**40}, "revision"),
        ({"revision": -1}, "revision"),
        ({"generation": 2}, "generation"),
        ({"generation": 0}, "generation"),
        ({"audience": "a-g2"}, "audience"),
        ({"audience": ""}, "audience"),
        ({"document": b""}, "document"),
        ({"document": b"[1]"}, "document"),
        ({"document": b'{"a":1'}, "document"),
        # Would be carried out as an operation of its own.
        ({"document": b'{}\n{"delete":{"_index":"incidents-internal-g1","_id":"i1"}}\n{}'}, "document"),
    ],
)
def test_what_would_spoil_a_bulk_is_refused_before_it_is_sent(fields: dict[str, Any], field: str) -> None:
    refused = entry(released(**fields), 1, 0)

    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.field) == (Reason.BAD_VALUE, field)


def test_an_id_of_512_bytes_is_taken() -> None:
    assert made(view_id="x" * 512).document_id == "x" * 512


revisions = st.lists(st.tuples(st.sampled_from(["i1", "i2", "i3"]), st.integers(1, 6)), max_size=30)


def chain(one: Entry | None) -> list[Entry]:
    return [] if one is None else [one, *chain(one.older)]


@given(revisions)
def test_of_each_view_the_newest_revision_is_kept_and_holds_the_others(told: list[tuple[str, int]]) -> None:
    entries = [made(view_id=name, revision=revision, cause=cause) for cause, (name, revision) in enumerate(told)]

    kept = newest_revisions(entries)

    assert len({one.document_id for one in kept}) == len(kept)
    for one in kept:
        mine = [revision for name, revision in told if name == one.document_id]
        assert [document_version(1, revision) for revision in sorted(mine, reverse=True)] == [
            older.version for older in chain(one)
        ]
    assert sorted(older.cause for one in kept for older in chain(one)) == list(range(len(told)))


def test_views_of_different_audiences_are_never_one() -> None:
    assert len(newest_revisions([made(audience="internal"), made(audience="el_paso_pd")])) == 2


@given(st.lists(st.integers(1, 300), max_size=40), st.integers(1, 7), st.integers(1, 1000))
def test_bulks_hold_all_entries_in_order_and_no_more_than_they_may(sizes: list[int], documents: int, size: int) -> None:
    entries = [made(cause=cause, document=b'{"a":"%s"}' % (b"x" * length)) for cause, length in enumerate(sizes)]

    cut = bulks(entries, documents, size)

    assert [one for bulk in cut for one in bulk] == entries
    for bulk in cut:
        assert 1 <= len(bulk) <= documents
        assert len(bulk) == 1 or sum(len(one.operation) for one in bulk) <= size
