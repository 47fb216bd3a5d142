"""The aliases of agreements' audiences follow the orders, whatever failed before and however often."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from schemas.agreements import BUNDLED, bundled_text
from schemas.errors import Denied, PipelineError, Transient
from schemas.orders import Orders
from sinks.aliases import AGAIN_S, Aliases, align, in_force
from sinks.memory import Memory
from sinks.versions import IndexName
from tests.patience import eventually
from tests.schemas.test_orders import AT, CIT, order
from tests.sinks.fakes import no_sleep

OTHERS = ("internal", "calexico_pd")


class Shaky(Memory):
    """The index in memory, whose aliases cannot be changed while it has `trouble`."""

    trouble: PipelineError | None = None

    async def hide(self, audience: str) -> None:
        if self.trouble:
            raise self.trouble
        await super().hide(audience)

    async def readable(self) -> set[str]:
        return {name.audience for name, carried in (await self.indices()).items() if carried}


class Feed:
    """Orders that the test gives; `down` times they cannot be read."""

    def __init__(self, orders: Orders | None = None) -> None:
        self.orders = orders or Orders()
        self.down = 0

    async def learn(self, seconds: float) -> None:
        await asyncio.sleep(0)
        if self.down:
            self.down -= 1
            raise Transient("down")


@pytest.fixture
async def index() -> Shaky:
    made = Shaky()
    for audience in (*OTHERS, "cit-team", "actt-us"):
        await made.ensure(IndexName(audience, 1))
    return made


def ended(at: int = AT) -> Orders:
    orders = Orders()
    orders.learn(order("cit", text=bundled_text("cit"), ends=at))
    return orders


@asynccontextmanager
async def kept(index: Memory, feed: Feed, now: list[int]) -> AsyncIterator[None]:
    """Keep the aliases in line; `now` holds the time, UTC milliseconds, which also is that of the steady clock."""
    aliases = Aliases(index, feed, 1, lambda: now[0] / 1000, lambda: now[0] / 1000, no_sleep)
    task = asyncio.create_task(aliases.keep())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_only_what_is_in_force_is_open() -> None:
    assert "cit-team" in in_force(Orders(), AT)
    assert "cit-team" not in in_force(ended(), AT)
    assert "cit-team" not in in_force(Orders(), CIT.ends)
    assert "cit-team" not in in_force(Orders(), CIT.begins - 1)


@pytest.mark.parametrize("again", [1, 3])
async def test_what_is_not_in_force_is_hidden_and_what_is_no_agreements_stays(index: Shaky, again: int) -> None:
    for _ in range(again):
        await align(index, frozenset({"actt-us"}), 1)

    assert await index.readable() == {*OTHERS, "actt-us"}


async def test_what_is_in_force_again_is_exposed_in_the_generation_of_the_worker(index: Shaky) -> None:
    await align(index, frozenset(), 1)
    assert await index.readable() == set(OTHERS)

    await align(index, frozenset({"cit-team", "not-made"}), 2)
    assert await index.readable() == set(OTHERS)
    await align(index, frozenset({"cit-team", "not-made"}), 1)
    assert await index.readable() == {*OTHERS, "cit-team"}


@pytest.mark.parametrize("trouble", [Transient("away"), Denied("not allowed")])
async def test_an_end_is_tried_again_until_it_is_done(index: Shaky, trouble: PipelineError) -> None:
    feed, now = Feed(), [AT]
    async with kept(index, feed, now):
        await eventually(index.readable)
        index.trouble = trouble
        feed.orders, feed.down = ended(), 3
        await eventually(lambda: feed.down == 0)
        assert "cit-team" in await index.readable()

        index.trouble = None

        async def hidden() -> bool:
            return await index.readable() == {*OTHERS, "actt-us"}

        await eventually(hidden)


async def test_a_worker_that_starts_later_does_what_its_predecessor_could_not(index: Shaky) -> None:
    async with kept(index, Feed(ended()), [AT]):

        async def hidden() -> bool:
            return "cit-team" not in await index.readable()

        await eventually(hidden)


async def test_a_term_that_ends_by_the_clock_hides_without_an_order(index: Shaky) -> None:
    now = [BUNDLED["cit"].ends - 1]
    async with kept(index, Feed(), now):
        await eventually(index.readable)
        now[0] += 1

        async def hidden() -> bool:
            return "cit-team" not in await index.readable()

        await eventually(hidden)


async def test_an_alias_that_somebody_else_put_back_goes_again(index: Shaky) -> None:
    now = [AT]
    async with kept(index, Feed(ended()), now):

        async def hidden() -> bool:
            return "cit-team" not in await index.readable()

        await eventually(hidden)
        await index.expose(IndexName("cit-team", 1))
        now[0] += int(AGAIN_S * 1000)
        await eventually(hidden)
