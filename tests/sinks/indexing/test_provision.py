"""Indices are made when their audiences are learned, and no reader gets what an agreement closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from schemas.agreements import bundled_text
from schemas.errors import Transient
from schemas.records import codec
from schemas.records.rejection import KafkaRecord
from schemas.topics import AGENCIES, AGREEMENTS
from sinks.index.names import IndexName
from sinks.index.port import NoAudience
from sinks.indexing.provision import AGAIN_S, Provision
from tests.patience import eventually
from tests.schemas.agreements.test_register import AT, order
from tests.sinks.fakes import FakeRecord, Moody, no_sleep
from tests.sinks.indexing.test_audiences import OF_AGREEMENTS


class World:
    """A provision on an index in memory, and the topics that it follows."""

    def __init__(self) -> None:
        self.index, self.now = Moody(), AT
        self.records: list[KafkaRecord] = []
        self.whole = True
        self.followed = self.broken = 0
        self.provision = Provision(self.index, 1, self.follow, lambda: self.now / 1000, no_sleep)

    async def follow(self) -> AsyncIterator[tuple[list[KafkaRecord], bool]]:
        self.followed += 1
        position = 0
        while True:
            records = self.records[position:]
            position += len(records)
            if self.broken:
                self.broken -= 1
                raise Transient("no broker")
            yield records, self.whole
            await asyncio.sleep(0.01)

    def learn(self, topic: str, key: str, value: bytes = b"") -> None:
        self.records.append(FakeRecord(0, value, topic=topic, key=key.encode()))

    def end(self, at: int) -> None:
        self.learn(
            AGREEMENTS.name, "cit", codec.encode("agreement_order", order("cit", text=bundled_text("cit"), ends=at))
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.provision.run())
        try:
            yield
        finally:
            task.cancel()

    async def readable(self, *audiences: str) -> bool:
        return set(audiences) <= await self.exposed()

    async def hidden(self, audience: str) -> bool:
        return audience not in await self.exposed()

    async def exposed(self) -> set[str]:
        return {name.audience for name, read in (await self.index.indices()).items() if read}


@pytest.fixture
def world() -> World:
    return World()


async def test_an_index_is_made_when_its_audience_is_learned_and_is_found_empty(world: World) -> None:
    async with world.running():
        await eventually(lambda: world.readable("internal", *OF_AGREEMENTS))
        world.learn(AGENCIES.name, "yuma_pd")
        await eventually(lambda: world.readable("yuma_pd"))

    assert await world.index.count("incidents-yuma_pd") == 0
    assert world.provision.created == len(OF_AGREEMENTS) + 2
    assert world.index.bulks == []


async def test_nothing_is_opened_before_everything_was_read(world: World) -> None:
    world.whole = False
    async with world.running():
        await eventually(lambda: world.followed)
        await world.provision.ensure(IndexName("cit-team", 1))
        await world.provision.ensure(IndexName("yuma_pd", 1))
        assert await world.exposed() == {"yuma_pd"}

        world.end(AT - 1)
        world.whole = True
        await eventually(lambda: world.readable("actt-us"))
        assert await world.hidden("cit-team")


async def test_an_end_closes_and_a_new_order_opens_again(world: World) -> None:
    async with world.running():
        await eventually(lambda: world.readable("cit-team"))
        world.end(AT)
        await eventually(lambda: world.hidden("cit-team"))
        world.end(AT + 1)
        await eventually(lambda: world.readable("cit-team"))
        world.now += 1
        await eventually(lambda: world.hidden("cit-team"))

    with pytest.raises(NoAudience):
        await world.index.count("incidents-cit-team")


async def test_an_index_that_is_made_for_an_ended_agreement_gets_no_alias(world: World) -> None:
    world.end(AT - 1)
    async with world.running():
        await eventually(lambda: world.readable("actt-us"))
        await world.provision.ensure(IndexName("cit-team", 1))

    assert await world.hidden("cit-team")
    assert await world.index.count("incidents-cit-team-g1") == 0


async def test_what_no_agreement_makes_any_more_is_closed(world: World) -> None:
    await world.index.ensure(IndexName("cit-unit", 1))
    async with world.running():
        await eventually(lambda: world.hidden("cit-unit"))
        await eventually(lambda: world.readable("cit-team"))


async def test_an_end_is_tried_until_the_index_answers(world: World) -> None:
    async with world.running():
        await eventually(lambda: world.readable("cit-team"))
        world.index.deaf = 20
        world.end(AT)
        await eventually(lambda: world.hidden("cit-team"))

    assert world.index.deaf == 0


async def test_an_alias_that_somebody_else_put_back_goes_again(world: World) -> None:
    world.end(AT)
    async with world.running():
        await eventually(lambda: world.readable("actt-us"))
        await world.provision.ensure(IndexName("cit-team", 1))
        await world.index.expose(IndexName("cit-team", 1))
        world.now += int(AGAIN_S * 1000)
        await eventually(lambda: world.hidden("cit-team"))


async def test_topics_that_cannot_be_read_are_tried_again_and_what_was_open_stays(world: World) -> None:
    async with world.running():
        await eventually(lambda: world.readable("cit-team"))
        world.broken = 3
        await eventually(lambda: world.followed == 4)
        assert await world.readable("cit-team")
        world.end(AT)
        await eventually(lambda: world.hidden("cit-team"))


async def test_a_dropped_index_is_made_again(world: World) -> None:
    name = IndexName("yuma_pd", 1)
    await world.provision.ensure(name)
    world.index._indices.clear()
    await world.provision.ensure(name)
    assert str(name) not in world.index._indices

    world.provision.forget(str(name))
    await world.provision.ensure(name)

    assert str(name) in world.index._indices


async def test_one_index_is_made_once_whoever_asks(world: World) -> None:
    names = [IndexName("yuma_pd", 1)] * 5

    await asyncio.gather(*map(world.provision.ensure, names))

    assert world.provision.created == 1
