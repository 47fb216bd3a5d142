"""One suite for the boundary to the index, on the one in memory and on a real Elasticsearch."""

import uuid
from collections.abc import AsyncIterator

import orjson
import pytest

from schemas.errors import Configuration
from schemas.runtime.settings import Endpoints
from sinks.index.elastic import Elastic
from sinks.index.elastic_reader import ElasticReader
from sinks.index.memory import Memory
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from sinks.index.port import INDEX_MISSING, Index, NoAudience, Outcome, SearchableIndex
from sinks.search import lookouts, query
from tests.sinks.factories import released


class ReadByCommands(Elastic):
    """Written by a worker's client, and read, opened and closed as commands do it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._reader = ElasticReader(url)
        self.indices = self._reader.indices  # type: ignore[method-assign]
        self.hide, self.expose = self._reader.hide, self._reader.expose  # type: ignore[method-assign]
        self.get, self.search = self._reader.get, self._reader.search  # type: ignore[method-assign]
        self.pages = self._reader.pages  # type: ignore[method-assign]


REAL = {"elastic": Elastic, "reader": ReadByCommands}


@pytest.fixture(params=["memory", *(pytest.param(name, marks=pytest.mark.services) for name in REAL)])
async def index(request: pytest.FixtureRequest) -> AsyncIterator[SearchableIndex]:
    if request.param == "memory":
        made: SearchableIndex = Memory()
    else:
        endpoints: Endpoints = request.getfixturevalue("endpoints")
        made = REAL[request.param](endpoints.elasticsearch)
    yield made
    await made.close()


@pytest.fixture
async def name(index: Index) -> IndexName:
    """An audience that no other test has."""
    made = IndexName(f"port_{uuid.uuid4().hex[:12]}", 1)
    await index.ensure(made)
    return made


def operation(name: IndexName, view_id: str, revision: int = 1, document: bytes = b'{"state":"ACTIVE"}') -> bytes:
    """An operation that `document.entry` makes, before its checks for `view_id`."""
    made = entry(released(audience=name.audience, view_id="PLACEHOLDER", revision=revision, document=document), 1, 0)
    assert isinstance(made, Entry)
    return made.operation.replace(b'"PLACEHOLDER"', orjson.dumps(view_id))


async def outcomes(index: Index, *operations: bytes) -> list[Outcome]:
    return [answer.outcome for answer in await index.bulk(operations)]


async def test_a_written_document_is_read_back_by_alias(index: Index, name: IndexName) -> None:
    assert await outcomes(index, operation(name, "a")) == [Outcome.DONE]

    hit = await index.get(name.alias, "a")

    assert hit is not None
    assert (hit.id, hit.source) == ("a", {"state": "ACTIVE"})
    assert await index.get(name.alias, "b") is None


@pytest.mark.parametrize(
    "name_of", ["", ".", "..", "a/b", "a b", "a?b=c#d", "%2e%2e", "_search", "*", "\u00f1", "\x01"]
)
async def test_any_id_is_one_document_or_none(index: Index, name: IndexName, name_of: str) -> None:
    await index.bulk([operation(name, "a")])
    assert await index.get(name.alias, name_of) is None

    if name_of:
        await index.bulk([operation(name, name_of)])
        hit = await index.get(name.alias, name_of)
        assert (hit.id if hit else None) == (None if name_of in (".", "..") else name_of)


async def test_a_hidden_audience_reads_nothing_until_it_is_exposed_again(index: Index, name: IndexName) -> None:
    await index.bulk([operation(name, "a")])
    await index.hide(name.audience)
    await index.hide(name.audience)
    with pytest.raises(NoAudience):
        await index.get(name.alias, "a")
    assert await outcomes(index, operation(name, "b")) == [Outcome.DONE], "what writes goes on"

    await index.expose(name)
    assert await index.get(name.alias, "a") is not None
    await index.expose(IndexName(name.audience, 2))
    assert await index.get(name.alias, "a") is not None


async def test_which_indices_an_audience_has_and_which_it_reads_is_told(index: Index, name: IndexName) -> None:
    longer = IndexName(f"{name.audience}-gulf", 1)
    await index.ensure(longer)
    assert await index.indices(name.audience) == {name: True}
    assert await index.indices(f"{name.audience}_other") == {}

    await index.hide(name.audience)
    assert await index.indices(name.audience, longer.audience) == {name: False, longer: True}
    every = await index.indices()
    assert (every[name], every[longer]) == (False, True)


async def test_an_index_made_without_an_alias_is_not_read_and_making_it_again_changes_that_not(index: Index) -> None:
    made = IndexName(f"port_{uuid.uuid4().hex[:12]}", 1)
    for exposed in (False, True):
        await index.ensure(made, exposed)
        assert await index.indices(made.audience) == {made: False}
        with pytest.raises(NoAudience):
            await index.count(made.alias)

    await index.expose(made)
    assert await index.indices(made.audience) == {made: True}
    assert await index.count(made.alias) == 0


async def test_what_was_written_to_is_told_from_what_was_not(index: Index, name: IndexName) -> None:
    other = IndexName(f"{name.audience}_other", 1)
    await index.ensure(other)
    before = await index.written()
    await index.bulk([operation(name, "a"), operation(name, "a", 2)])
    after = await index.written()

    assert after[str(name)] > before[str(name)]
    assert after[str(other)] == before[str(other)]


async def test_an_equal_or_older_version_is_stale_and_changes_nothing(index: Index, name: IndexName) -> None:
    await index.bulk([operation(name, "a", 2, b'{"state":"CANCELLED"}')])

    assert await outcomes(index, operation(name, "a", 1), operation(name, "a", 2)) == [Outcome.STALE] * 2
    hit = await index.get(str(name), "a")
    assert hit is not None
    assert hit.source == {"state": "CANCELLED"}


async def test_a_newer_version_replaces(index: Index, name: IndexName) -> None:
    await index.bulk([operation(name, "a", 1)])

    assert await outcomes(index, operation(name, "a", 3, b'{"state":"MERGED","into":"b"}')) == [Outcome.DONE]
    hit = await index.get(str(name), "a")
    assert hit is not None
    assert hit.source["into"] == "b"


@pytest.mark.parametrize(
    "document",
    [b'{"narrative":"x"}', b'{"state":}', b'{"state":"A"}}', b"{\xff}"],
    ids=["unknown field", "not JSON", "too many braces", "not UTF-8"],
)
async def test_a_bad_document_is_told_and_its_neighbors_are_written(
    index: Index, name: IndexName, document: bytes
) -> None:
    answers = await index.bulk([operation(name, "a"), operation(name, "bad", 1, document), operation(name, "c")])

    assert [answer.outcome for answer in answers] == [Outcome.DONE, Outcome.BAD_RECORD, Outcome.DONE]
    assert answers[1].error.endswith("_exception")
    assert await index.get(str(name), "c") is not None


async def test_an_id_that_spoils_the_whole_request_does_not_fail_its_neighbors(index: Index, name: IndexName) -> None:
    operations = [operation(name, view_id) for view_id in ("a", "b", "x" * 600, "c", "d")]

    expected = [Outcome.DONE, Outcome.DONE, Outcome.BAD_RECORD, Outcome.DONE, Outcome.DONE]
    # The halves that were written before the bad one was found are answered once, not again.
    assert await outcomes(index, *operations) == expected


async def test_a_missing_index_is_trouble_and_never_made_by_a_write(index: Index, name: IndexName) -> None:
    other = IndexName(f"{name.audience}_other", 1)

    answers = await index.bulk([operation(other, "a"), operation(name, "b")])

    assert [answer.outcome for answer in answers] == [Outcome.TROUBLE, Outcome.DONE]
    assert answers[0].error == INDEX_MISSING
    with pytest.raises(NoAudience):
        await index.get(other.alias, "a")
    with pytest.raises(NoAudience):
        await index.count(other.alias)


async def test_refreshed_documents_are_counted(index: Index, name: IndexName) -> None:
    await index.bulk([operation(name, "a"), operation(name, "b"), operation(name, "a", 2)])

    await index.refresh([str(name), f"{name}9"])

    assert await index.count(name.alias) == 2


async def test_making_an_index_again_keeps_what_it_holds(index: Index, name: IndexName) -> None:
    await index.bulk([operation(name, "a")])

    await index.ensure(name)

    assert await index.get(name.alias, "a") is not None


async def test_no_index_is_made_of_another_generation_than_the_one_that_is_read(index: Index, name: IndexName) -> None:
    await index.bulk([operation(name, "a")])

    with pytest.raises(Configuration, match="of generation 1, but INTERAGENCY_GENERATION is 2"):
        await index.ensure(IndexName(name.audience, 2))

    assert await index.get(name.alias, "a") is not None
    assert await index.indices(name.audience) == {name: True}


async def test_an_index_that_is_hidden_stays_hidden_when_it_is_ensured(index: Index, name: IndexName) -> None:
    await index.hide(name.audience)

    await index.ensure(name)

    assert await index.indices(name.audience) == {name: False}


async def test_it_is_healthy(index: Index) -> None:
    assert await index.healthy()


async def test_a_search_finds_what_was_refreshed_by_any_of_its_values(index: SearchableIndex, name: IndexName) -> None:
    living = b'{"state":"ACTIVE","report_ids":["a:1","b:2"]}'
    await index.bulk([operation(name, "x", 1, living), operation(name, "stub", 1, b'{"state":"MERGED","into":"x"}')])
    await index.refresh([str(name)])

    for report, found in (("a:1", ["x"]), ("b:2", ["x"]), ("a", []), ("x", [])):
        hits = (await index.search(name.alias, query.by_report(report)))["hits"]["hits"]
        assert [hit["_id"] for hit in hits] == found
    with pytest.raises(NoAudience):
        await index.search(f"{name.alias}_other", query.by_report("a:1"))


async def test_pages_give_all_that_lives_in_the_order_of_its_smallest_report(
    index: SearchableIndex, name: IndexName
) -> None:
    documents = {"v2": ["b:2", "a:3"], "v1": ["b:1"], "v3": ["a:9", "c:1"]}
    written = [
        operation(name, view_id, 1, orjson.dumps({"state": "ACTIVE", "report_ids": reports}))
        for view_id, reports in documents.items()
    ]
    await index.bulk([*written, operation(name, "stub", 1, b'{"state":"WITHDRAWN"}')])
    await index.refresh([str(name)])

    pages = [page async for page in index.pages(name.alias, query.all_incidents(["report_ids"]), 2)]

    assert [[hit.id for hit in page] for page in pages] == [["v2", "v3"], ["v1"]]
    assert pages[0][0].source["report_ids"] == ["b:2", "a:3"]


async def test_pages_of_the_wanted_give_what_an_agency_looks_for(index: SearchableIndex, name: IndexName) -> None:
    own = {"state": "ACTIVE", "traffic": "ACTUAL"}
    documents = {
        "w": own | {"report_ids": ["a:1"], "wanted_by": ["a:1"]},
        "none": own | {"report_ids": ["a:2"]},
        "test": own | {"report_ids": ["a:3"], "wanted_by": ["a:3"], "traffic": "TEST"},
    }
    await index.bulk([operation(name, view_id, 1, orjson.dumps(told)) for view_id, told in documents.items()])
    await index.refresh([str(name)])

    pages = [page async for page in index.pages(name.alias, lookouts.lookouts_query(), 10)]
    assert [[hit.id for hit in page] for page in pages] == [["w"]]
