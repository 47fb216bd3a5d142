"""Entries end as indexed, stale or refused; trouble never refuses."""

import pytest

from schemas.identity import document_version
from schemas.runtime.backoff import LONGEST_PAUSE_S, pause_s
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry, newest_revisions
from sinks.indexing.writer import Writer
from tests.sinks.factories import released
from tests.sinks.fakes import EachOnce, Moody, no_sleep

NAME = IndexName("internal", 1)


def one(view_id: str = "i1", revision: int = 1, document: bytes = b'{"state":"ACTIVE"}') -> Entry:
    made = entry(released(view_id=view_id, revision=revision, document=document), 1, revision)
    assert isinstance(made, Entry)
    return made


@pytest.fixture
def index() -> Moody:
    return Moody()


@pytest.fixture
def writer(index: Moody) -> Writer:
    return Writer(index, EachOnce(index), no_sleep)


async def test_what_is_new_is_indexed_into_an_index_that_is_made_first(index: Moody, writer: Writer) -> None:
    written = await writer.write([one("i1"), one("i2")])

    assert [one.document_id for one in written.indexed] == ["i1", "i2"]
    assert await index.get(NAME.alias, "i2") is not None


async def test_what_is_older_is_stale(writer: Writer) -> None:
    await writer.write([one(revision=5)])

    written = await writer.write([one(revision=4)])

    assert (written.indexed, written.stale, written.refused) == ([], 1, [])


async def test_a_bad_document_is_refused_and_its_neighbors_are_not(writer: Writer) -> None:
    bad = one("bad", document=b'{"nonsense":1}')

    written = await writer.write([one("i1"), bad, one("i2")])

    assert written.refused == [(bad, "strict_dynamic_mapping_exception")]
    assert len(written.indexed) == 2


async def test_when_the_newest_revision_is_refused_the_one_before_stands(index: Moody, writer: Writer) -> None:
    """As it would if the two had come in batches of their own."""
    bad = one(revision=3, document=b'{"nonsense":1}')
    entries = newest_revisions([one(revision=1), bad, one(revision=2, document=b'{"state":"CANCELLED"}')])

    written = await writer.write(entries)

    assert [refused.version for refused, _ in written.refused] == [document_version(1, 3)]
    assert [indexed.version for indexed in written.indexed] == [document_version(1, 2)]
    hit = await index.get(NAME.alias, "i1")
    assert hit is not None
    assert hit.source == {"state": "CANCELLED"}


async def test_an_index_that_is_down_is_tried_until_it_answers(index: Moody, writer: Writer) -> None:
    index.down = 50

    written = await writer.write([one()])

    assert len(written.indexed) == 1
    assert len(index.bulks) == 51


async def test_a_full_disk_refuses_nothing(index: Moody) -> None:
    await index.ensure(NAME)
    index.block(str(NAME), True)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        assert patient.in_trouble
        if len(pauses) == 20:
            index.block(str(NAME), False)

    patient = Writer(index, EachOnce(index), sleep)
    written = await patient.write([one("i1"), one("i2")])

    assert len(written.indexed) == 2
    assert written.refused == []
    assert pauses == sorted(pauses)
    assert max(pauses) == LONGEST_PAUSE_S
    assert not patient.in_trouble


async def test_only_what_is_in_trouble_is_written_again(writer: Writer, index: Moody) -> None:
    other = entry(released(audience="el_paso_pd"), 1, 0)
    assert isinstance(other, Entry)
    await index.ensure(IndexName("el_paso_pd", 1))
    index.block("incidents-el_paso_pd-g1", True)

    async def unblock(_: float) -> None:
        index.block("incidents-el_paso_pd-g1", False)

    written = await Writer(index, EachOnce(index), unblock).write([one("i1"), other, one("i2")])

    assert len(written.indexed) == 3
    assert index.bulks == [3, 1]


async def test_an_answer_that_was_lost_is_no_stale_write(index: Moody, writer: Writer) -> None:
    index.lost_answers = 1

    written = await writer.write([one()])

    assert (len(written.indexed), written.stale) == (1, 0)


async def test_an_index_that_was_dropped_is_made_again(index: Moody, writer: Writer) -> None:
    await writer.write([one("i1")])
    index._indices.clear()
    index._aliases.clear()

    written = await writer.write([one("i2")])

    assert len(written.indexed) == 1
    assert await index.get(NAME.alias, "i2") is not None


@pytest.mark.parametrize("attempt", [0, 1, 5, 100, 100_000])
def test_pauses_have_a_bound(attempt: int) -> None:
    assert 0 < pause_s(attempt) <= LONGEST_PAUSE_S
