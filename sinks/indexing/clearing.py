"""Mark orders on reports that no index shows any longer, so that readers need not check those orders forever.

A round takes the current orders and waits until their effects have passed through the pipeline: release has evaluated
every incident under them, what resolve had written by then is released, and what release had written is indexed. Orders
whose reports no index shows then, nor after the lifetime of a point in time, are marked: no reader has an older view
from then on. By then the bytes of purged reports have left the index, which retains overwritten documents as history
for some minutes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from schemas.errors import PipelineError, Transient
from schemas.identity import INTERNAL
from schemas.records.rejection import KafkaRecord
from schemas.runtime import telemetry
from schemas.topics import INCIDENTS, PURGES, RELEASED_INCIDENTS, broadcast_group, consumer_group
from sinks.access.cleared import Clearable, UnclearedOrders
from sinks.index.names import PATTERN, IndexName
from sinks.index.port import PIT_LIFE_S, History
from sinks.search.query import CURRENT

AGAIN_S = 60.0
AT_ONCE = 5_000
"""Orders per round."""
OF_A_SEARCH = 500
HISTORY_LOOK_S, HISTORY_LOOKS = 15.0, 120
"""A retention lease is renewed after half of its period, five minutes: see `mapping.DYNAMIC_SETTINGS`."""
MOST_HITS = 10_000
_log = telemetry.logger(__name__)

Following = Callable[[], AsyncIterator[tuple[Sequence[KafkaRecord], bool]]]
"""Yields the records of the topic `purges` from its beginning, and then as they arrive."""


class Progress(Protocol):
    """The progress of the stages."""

    async def ends(self, topic: str) -> Mapping[int, int]:
        """Return partition -> the offset after the last committed record. Raises: Transient."""
        ...

    async def pass_by(self, group: str, topic: str, ends: Mapping[int, int]) -> None:
        """Return when a group has committed all records of a topic before `ends`, partition -> offset.

        Raises: Transient.
        """
        ...

    async def mark(self, orders: Sequence[Clearable]) -> None:
        """Write a mark for each of some orders, and return when Kafka has stored them. Raises: Transient."""
        ...

    async def begin_at(self, offset: int) -> None:
        """Make readers begin at an offset of the topic `purges`. Raises: Transient."""
        ...


class Searching(Protocol):
    """The part of `sinks.index.port.SearchableIndex` that clearing needs."""

    async def refresh(self, names: Sequence[str]) -> None:
        """See `sinks.index.port.Index`."""
        ...

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """See `sinks.index.port.ReadableIndex`."""
        ...

    async def histories(self) -> dict[str, History]:
        """See `sinks.index.port.SearchableIndex`."""
        ...

    async def expunge(self) -> None:
        """See `sinks.index.port.SearchableIndex`."""
        ...


class Clearing:
    """Marks orders that are cleared in `generation`, while this process is the one that is `responsible`."""

    def __init__(
        self,
        index: Searching,
        progress: Progress,
        generation: int,
        follow: Following,
        responsible: Callable[[], Awaitable[bool]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._index, self._progress, self._generation = index, progress, generation
        self._follow, self._responsible, self._sleep = follow, responsible, sleep

    async def run(self) -> None:
        """Follow the orders and clear those that can be, one round per minute; runs until cancelled."""
        while True:
            try:
                await self._rounds()
            except PipelineError as exc:
                _log.warning("clearing_trouble", error=str(exc))
            await self._sleep(AGAIN_S)

    async def _rounds(self) -> None:
        known = UnclearedOrders()
        working: asyncio.Task[None] | None = None
        loop, until = asyncio.get_running_loop(), 0.0
        try:
            async with aclosing(self._follow()) as lists:  # type: ignore[type-var]
                async for records, whole in lists:
                    for record in records:
                        known.take(record)
                    if not whole or loop.time() < until or (working is not None and not working.done()):
                        continue
                    if working is not None:
                        await working
                        working, until = None, loop.time() + AGAIN_S
                    elif await self._responsible():
                        working = asyncio.create_task(self.round(known))
        finally:
            if working is not None:
                working.cancel()

    async def round(self, known: UnclearedOrders) -> None:
        """Make readers begin after the marked orders, and mark those whose reports no index shows any longer.

        Raises: Transient.
        """
        if low := known.low():
            await self._progress.begin_at(low)
        if orders := known.clearable()[:AT_ONCE]:
            await self._clear(orders)

    async def _clear(self, orders: Sequence[Clearable]) -> None:
        await self._gone_through(max(order.offset for order in orders) + 1)
        hidden, before = await self._hidden(orders), await self._index.histories()
        if hidden:
            await self._sleep(PIT_LIFE_S)
            hidden = await self._hidden(hidden)
        if any(order.order["kind"] == "PURGE" for order in hidden):
            await self._expunge(before)
        if hidden:
            await self._progress.mark(hidden)
            _log.info("orders_cleared", count=len(hidden))

    async def _expunge(self, before: Mapping[str, History]) -> None:
        """Erase the bytes of documents overwritten up to `before` from disk. Raises: Transient."""
        for _ in range(HISTORY_LOOKS):
            now = await self._index.histories()
            if all(now[name].kept_from > history.written for name, history in before.items() if name in now):
                await self._index.expunge()
                return
            await self._sleep(HISTORY_LOOK_S)
        raise Transient("the index still retains the history of overwritten documents")

    async def _gone_through(self, ordered: int) -> None:
        """Wait until the effects of orders before the offset `ordered` are in the index."""
        release, index = consumer_group("release", self._generation), consumer_group("index", self._generation)
        for partition in range(INCIDENTS.partitions):
            await self._progress.pass_by(broadcast_group(release, partition), PURGES.name, {0: ordered})
        for group, topic in ((release, INCIDENTS), (index, RELEASED_INCIDENTS)):
            name = topic.at(self._generation)
            await self._progress.pass_by(group, name, await self._progress.ends(name))

    async def _hidden(self, orders: Sequence[Clearable]) -> list[Clearable]:
        """Return the orders whose report is in no view that they bar it from."""
        await self._index.refresh([PATTERN])
        internal = f"{PATTERN},-{IndexName(INTERNAL, self._generation)}"
        hidden: list[Clearable] = []
        for name, kind in ((PATTERN, "PURGE"), (internal, "SEAL")):
            of_kind = [order for order in orders if order.order["kind"] == kind]
            for first in range(0, len(of_kind), OF_A_SEARCH):
                part = of_kind[first : first + OF_A_SEARCH]
                visible = await self._visible_reports(name, sorted({order.order["report_id"] for order in part}))
                hidden += [order for order in part if order.order["report_id"] not in visible]
        return hidden

    async def _visible_reports(self, name: str, reports: list[str]) -> set[str]:
        query = {"bool": {"filter": [CURRENT, {"terms": {"report_ids": reports}}]}}
        body = {"query": query, "size": MOST_HITS, "_source": ["report_ids"], "track_total_hits": False}
        # A partial response would look as if the missing shards had no such report.
        hits = (await self._index.search(name, {**body, "allow_partial_search_results": False}))["hits"]["hits"]
        if len(hits) >= MOST_HITS:
            raise Transient("more views show reports under orders than one search returns")
        return {report for hit in hits for report in hit["_source"]["report_ids"]}
