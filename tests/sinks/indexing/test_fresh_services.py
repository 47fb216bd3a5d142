"""What readers rely on: Elasticsearch refreshes an index because it is read, never because it is written to."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from itertools import count
from typing import Any

import httpx
import orjson
import pytest

from schemas.runtime.settings import Endpoints
from sinks.index import mapping
from sinks.index.elastic import Elastic
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from sinks.index.port import DONE
from sinks.search import query
from tests.patience import eventually
from tests.sinks.factories import released

pytestmark = pytest.mark.services

PATIENCE_S = 200.0
Request = Callable[[Elastic, str], Awaitable[int]]


async def searched(index: Elastic, name: str) -> int:
    return len((await index.search(name, query.by_report("a:1")))["hits"]["hits"])


async def counted(index: Elastic, name: str) -> int:
    return await index.count(name)


async def paged(index: Elastic, name: str) -> int:
    async with aclosing(index.pages(name, query.all_incidents(["report_ids"]), 10)) as pages:
        return sum([len(page) async for page in pages])


REQUESTS: dict[str, Request] = {"search": searched, "count": counted, "point in time": paged}


@pytest.fixture
async def index(endpoints: Endpoints) -> AsyncIterator[Elastic]:
    made = Elastic(endpoints.elasticsearch)
    yield made
    await made.close()


def unused(what: str) -> IndexName:
    return IndexName(f"{what}_{uuid.uuid4().hex[:12]}", 1)


async def write(index: Elastic, name: IndexName, view_id: str = "a") -> None:
    made = orjson.dumps({"state": "ACTIVE", "report_ids": ["a:1"]})
    one = entry(released(audience=name.audience, view_id=view_id, document=made), 1, 0)
    assert isinstance(one, Entry)
    assert await index.bulk([one.operation]) == [DONE]


def shard(endpoints: Endpoints, name: IndexName) -> Any:
    told = httpx.get(f"{endpoints.elasticsearch}/{name}/_stats?level=shards", trust_env=False, timeout=60).json()
    return told["indices"][str(name)]["shards"]["0"][0]


async def refreshed_twice(index: Elastic, witness: IndexName, numbers: Any) -> None:
    """Wait until Elasticsearch by itself has twice refreshed an index that is read: it looks at all in turn."""
    for _ in range(2):
        await write(index, witness, f"w{next(numbers)}")
        before = await index.count(str(witness))

        async def grown(before: int = before) -> bool:
            return await index.count(str(witness)) > before

        await eventually(grown, PATIENCE_S)


@pytest.mark.timeout(400)
async def test_the_first_request_to_an_idle_index_finds_what_was_indexed_before_it(
    index: Elastic, endpoints: Endpoints
) -> None:
    witness, numbers = unused("witness"), count()
    asked = [(unused("idle"), request, by_alias) for request in REQUESTS.values() for by_alias in (False, True)]
    for name in (witness, *(name for name, _, _ in asked)):
        await index.ensure(name)
    await eventually(lambda: all(shard(endpoints, name)["search_idle"] for name, _, _ in asked), PATIENCE_S)
    before = [shard(endpoints, name)["refresh"]["total"] for name, _, _ in asked]

    await asyncio.gather(*(write(index, name) for name, _, _ in asked))
    await refreshed_twice(index, witness, numbers)
    assert [shard(endpoints, name)["refresh"]["total"] for name, _, _ in asked] == before, "written to, and not read"

    found = {
        f"{request.__name__} {by_alias}": await request(index, name.alias if by_alias else str(name))
        for name, request, by_alias in asked
    }
    assert found == dict.fromkeys(found, 1)


async def test_an_index_that_is_read_shows_what_comes_without_being_asked_to(index: Elastic) -> None:
    name = unused("read")
    await index.ensure(name)
    for number in range(3):
        await write(index, name, f"v{number}")

        async def shown(number: int = number) -> bool:
            return await counted(index, name.alias) == number + 1

        await eventually(shown, PATIENCE_S)


async def test_an_index_of_an_earlier_release_is_no_longer_refreshed_by_the_clock(
    index: Elastic, endpoints: Endpoints
) -> None:
    name = unused("older")
    body = {"settings": {"refresh_interval": "5s", "translog.flush_threshold_age": "1m"}}
    httpx.put(f"{endpoints.elasticsearch}/{name}", json=body, trust_env=False).raise_for_status()

    await index.ensure(name)

    told = httpx.get(f"{endpoints.elasticsearch}/{name}/_settings?flat_settings=true", trust_env=False).json()
    held = told[str(name)]["settings"]
    assert {key: held.get(key) for key in mapping.DYNAMIC_SETTINGS} == mapping.DYNAMIC_SETTINGS
