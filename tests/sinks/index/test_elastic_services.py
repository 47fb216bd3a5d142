"""What only a real Elasticsearch can show: mappings of older releases, blocks, and a server that is not there."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from schemas.errors import Configuration, Transient
from schemas.runtime.settings import Endpoints
from schemas.search_document import FIELDS
from sinks.index import mapping
from sinks.index.elastic import Elastic
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from sinks.index.port import DONE, Outcome
from tests.sinks.factories import document, released, report
from tests.sinks.joined import DOCUMENT

pytestmark = pytest.mark.services


@pytest.fixture
async def index(endpoints: Endpoints) -> AsyncIterator[Elastic]:
    made = Elastic(endpoints.elasticsearch)
    yield made
    await made.close()


@pytest.fixture
def name() -> IndexName:
    return IndexName(f"es_{uuid.uuid4().hex[:12]}", 1)


def operation(name: IndexName, made: bytes) -> bytes:
    one = entry(released(audience=name.audience, document=made), 1, 0)
    assert isinstance(one, Entry)
    return one.operation


def put(endpoints: Endpoints, path: str, body: object) -> None:
    httpx.put(f"{endpoints.elasticsearch}/{path}", json=body, trust_env=False).raise_for_status()


async def test_a_whole_document_is_taken(index: Elastic, name: IndexName) -> None:
    await index.ensure(name)

    assert await index.bulk([operation(name, document(report(1), flags=["no_coordinates"]))]) == [DONE]


async def test_a_document_with_everything_in_it_is_taken_and_given_back(index: Elastic, name: IndexName) -> None:
    await index.ensure(name)

    assert await index.bulk([operation(name, orjson.dumps(DOCUMENT))]) == [DONE]

    hit = await index.get(name.alias, "i1")
    assert hit is not None
    assert hit.source == DOCUMENT


async def test_what_is_only_stored_may_differ_in_shape_from_document_to_document(
    index: Elastic, name: IndexName
) -> None:
    await index.ensure(name)
    shapes: list[Any] = [[], {}, [{"value": 1}, {"value": {"lat": 1}}], [[1]], "text", 7, {"a:1": [{"version": 1}]}]

    for field in (one for one, told in FIELDS.items() if told.type == "stored"):
        made = [
            entry(released(audience=name.audience, view_id=f"{field}{n}", document=orjson.dumps({field: shape})), 1, 0)
            for n, shape in enumerate(shapes)
        ]
        operations = [one.operation for one in made if isinstance(one, Entry)]
        assert await index.bulk(operations) == [DONE] * len(shapes)


async def test_an_index_without_the_fields_of_this_release_takes_them(
    index: Elastic, endpoints: Endpoints, name: IndexName
) -> None:
    first = (
        "state",
        "occurred_at",
        "location",
        "offense_code",
        "offense_text",
        "agencies",
        "report_ids",
        "text",
        "reports",
    )
    mapped = mapping.mapping()["properties"]
    older = {"dynamic": "strict", "properties": {field: mapped[field] for field in first}}
    template = {"index_patterns": [str(name)], "priority": 700, "template": {"mappings": older}}
    put(endpoints, "_index_template/first", template)
    put(endpoints, str(name), {})
    assert (await index.bulk([operation(name, orjson.dumps(DOCUMENT))]))[0].outcome is Outcome.BAD_RECORD

    await index.ensure(name)

    assert await index.bulk([operation(name, orjson.dumps(DOCUMENT))]) == [DONE]
    httpx.delete(f"{endpoints.elasticsearch}/_index_template/first", trust_env=False).raise_for_status()


async def test_an_index_of_an_earlier_release_takes_the_fields_since_then(
    index: Elastic, endpoints: Endpoints, name: IndexName
) -> None:
    older = mapping.mapping()
    del older["properties"]["flags"]
    await index.ensure_template()
    put(endpoints, str(name), {})
    await index.ensure(name)
    other = IndexName(f"{name.audience}_b", 1)
    # Without a name of ours the template does not apply: this is what an older template made.
    put(
        endpoints,
        "_index_template/older",
        {"index_patterns": [str(other)], "priority": 600, "template": {"mappings": older}},
    )
    put(endpoints, str(other), {})
    made = operation(other, document(report(1), flags=["no_coordinates"]))
    assert (await index.bulk([made]))[0].outcome is Outcome.BAD_RECORD

    await index.ensure(other)

    assert await index.bulk([made]) == [DONE]
    httpx.delete(f"{endpoints.elasticsearch}/_index_template/older", trust_env=False).raise_for_status()


async def test_another_type_for_a_field_asks_for_a_rebuild(
    index: Elastic, endpoints: Endpoints, name: IndexName
) -> None:
    body = {
        "index_patterns": [str(name)],
        "priority": 600,
        "template": {"mappings": {"properties": {"state": {"type": "integer"}}}},
    }
    put(endpoints, "_index_template/other", body)
    put(endpoints, str(name), {})

    with pytest.raises(Configuration, match="generation"):
        await index.ensure(name)
    httpx.delete(f"{endpoints.elasticsearch}/_index_template/other", trust_env=False).raise_for_status()


@pytest.mark.parametrize("block", ["read_only_allow_delete", "write"])
async def test_a_block_is_trouble_and_not_the_documents_fault(
    index: Elastic, endpoints: Endpoints, name: IndexName, block: str
) -> None:
    await index.ensure(name)
    put(endpoints, f"{name}/_settings", {f"index.blocks.{block}": True})

    assert [answer.outcome for answer in await index.bulk([operation(name, b"{}")])] == [Outcome.TROUBLE]

    put(endpoints, f"{name}/_settings", {f"index.blocks.{block}": None})
    assert await index.bulk([operation(name, b"{}")]) == [DONE]


async def test_a_closed_index_is_trouble(index: Elastic, endpoints: Endpoints, name: IndexName) -> None:
    await index.ensure(name)
    httpx.post(f"{endpoints.elasticsearch}/{name}/_close", trust_env=False).raise_for_status()

    assert [answer.outcome for answer in await index.bulk([operation(name, b"{}")])] == [Outcome.TROUBLE]


async def test_no_sentence_of_elasticsearch_and_no_value_is_told(index: Elastic, name: IndexName) -> None:
    await index.ensure(name)

    answers = await index.bulk([operation(name, b'{"occurred_at":"CANARY"}'), operation(name, b'{"CANARY":1}')])

    assert [answer.outcome for answer in answers] == [Outcome.BAD_RECORD] * 2
    assert "CANARY" not in repr(answers)


async def test_every_action_and_field_is_told_to_a_server_that_is_not_there_as_transient() -> None:
    index = Elastic("http://127.0.0.1:1")
    try:
        assert not await index.healthy()
        with pytest.raises(Transient):
            await index.bulk([b"{}\n{}\n"])
        with pytest.raises(Transient):
            await index.ensure(IndexName("internal", 1))
        with pytest.raises(Transient):
            await index.get("incidents-internal", "i1")
    finally:
        await index.close()


async def test_many_indices_are_refreshed_at_once(index: Elastic) -> None:
    await index.refresh([f"incidents-{'x' * 60}{n}-g1" for n in range(300)])
