"""Report to the watchdog whether the sink has work left and makes progress, from the broker and the index."""

import asyncio

from schemas.errors import Transient
from schemas.runtime.watchdog import Watchdog
from sinks.index.port import Index
from sinks.indexing.consume import Consumer, Source
from sinks.indexing.provision import Provision
from sinks.indexing.writer import Writer

CHECK_EVERY_S = 5.0
TIMEOUT_S = 10.0


class ProgressCheck:
    """Reports the progress of a sink's parts to `watchdog`: bulks done, indices created and offsets committed.

    While the broker or the index does not answer, the sink waits for it and does not count as stuck.
    """

    def __init__(
        self, watchdog: Watchdog, source: Source, consume: Consumer, writer: Writer, index: Index, provision: Provision
    ) -> None:
        self._watchdog, self._source, self._consume = watchdog, source, consume
        self._writer, self._index, self._provision = writer, index, provision
        self._reached = self._progress()

    async def run(self) -> None:
        """Look every LOOK_S seconds until cancelled."""
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            await self.check()

    async def check(self) -> None:
        """Check once."""
        try:
            # Python 3.11's wait_for may turn a cancellation into a timeout, and `run` would never end.
            async with asyncio.timeout(TIMEOUT_S):
                ends = await self._source.ends()
            async with asyncio.timeout(TIMEOUT_S):
                healthy = await self._index.healthy()
        except (Transient, TimeoutError):
            ends, healthy = {}, False
        if (reached := self._progress()) != self._reached:
            self._reached = reached
            self._watchdog.finished()
        committed = self._consume.committed
        left = any(end > committed.get(partition, 0) for partition, end in ends.items())
        self._watchdog.waiting = left and healthy and not self._writer.in_trouble

    def _progress(self) -> tuple[int, int, dict[int, int]]:
        return self._consume.bulks_done, self._provision.created, dict(self._consume.committed)
