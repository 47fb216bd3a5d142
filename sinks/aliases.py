"""Aliases of agreements' audiences, kept in line with the orders that stand, whatever failed before.

Readers are held to an order by `sinks.rights` from the moment that it is written; the alias follows here, once
Elasticsearch answers, also when a term begins or ends by the clock. Several workers may do so at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from schemas import telemetry
from schemas.agreements import AUDIENCE
from schemas.errors import PipelineError
from schemas.orders import Orders
from sinks.backoff import pause_s
from sinks.index import Index

WAIT_S = 1.0
"""How long to wait for further orders, and so how late the clock is looked at, seconds."""
AGAIN_S = 60.0
"""After so many seconds the aliases are compared again, whoever changed them."""
_log = telemetry.logger(__name__)


class Feed(Protocol):
    """The orders on agreements: `orders` is what stands."""

    orders: Orders

    async def learn(self, seconds: float) -> None:
        """Take in all orders there are, the first time; later wait up to `seconds` for more. Raises: Transient."""
        ...


def in_force(orders: Orders, now: int) -> frozenset[str]:
    """Return the audiences of agreements in force at `now`, UTC milliseconds."""
    return frozenset(who.name for one in orders.agreements.values() if one.in_force(now) for who in one.audiences)


async def align(index: Index, audiences: frozenset[str], generation: int) -> None:
    """Expose `audiences` in `generation`, and hide every other audience of an agreement. Raises: PipelineError."""
    held = await index.indices()
    readable = {name.audience for name, carried in held.items() if carried}
    for name in sorted(one for one in readable - audiences if AUDIENCE.fullmatch(one)):
        await index.hide(name)
        _log.info("audience_hidden", audience=name)
    for one in held:
        if one.audience in audiences - readable and one.generation == generation:
            await index.expose(one)
            _log.info("audience_exposed", audience=one.audience)


class Aliases:
    """Aligns the aliases with `feed`; `clock` gives UTC seconds, `monotonic` seconds of any origin."""

    def __init__(
        self,
        index: Index,
        feed: Feed,
        generation: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._index, self._feed, self._generation = index, feed, generation
        self._clock, self._monotonic, self._sleep = clock, monotonic, sleep
        self._aligned: frozenset[str] | None = None
        self._aligned_at = 0.0

    async def keep(self) -> None:
        """Align after each change and every AGAIN_S seconds, and try again after trouble, until cancelled."""
        attempt = 0
        while True:
            try:
                await self._feed.learn(WAIT_S)
                await self._align()
                attempt = 0
            except PipelineError as exc:
                seconds = pause_s(attempt)
                attempt += 1
                _log.warning("aliases_wait", error=str(exc), attempt=attempt, seconds=seconds)
                await self._sleep(seconds)

    async def _align(self) -> None:
        audiences = in_force(self._feed.orders, int(self._clock() * 1000))
        if audiences == self._aligned and self._monotonic() - self._aligned_at < AGAIN_S:
            return
        self._aligned = None
        await align(self._index, audiences, self._generation)
        self._aligned, self._aligned_at = audiences, self._monotonic()
