"""Whether the sink has something to do and gets on, asked of broker and index for the watchdog."""

import asyncio

from schemas.errors import Transient
from schemas.runtime.watchdog import Watchdog
from sinks.index.port import Index
from sinks.indexing.consume import Consume, Source
from sinks.indexing.provision import Provision
from sinks.indexing.writer import Writer

LOOK_S = 5.0
PATIENCE_S = 10.0


class Watch:
    """Tells `watchdog` what the parts of a sink do: bulks that ended, indices made and offsets committed are progress.

    A broker or an index that does not answer is waited for, and nobody is stuck meanwhile.
    """

    def __init__(
        self, watchdog: Watchdog, source: Source, consume: Consume, writer: Writer, index: Index, provision: Provision
    ) -> None:
        self._watchdog, self._source, self._consume = watchdog, source, consume
        self._writer, self._index, self._provision = writer, index, provision
        self._reached = self._progress()

    async def run(self) -> None:
        """Look every LOOK_S seconds until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Look once."""
        try:
            # Python 3.11's wait_for may turn a cancellation into a time-out, and `run` would go on for ever.
            async with asyncio.timeout(PATIENCE_S):
                ends = await self._source.ends()
            async with asyncio.timeout(PATIENCE_S):
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
        return self._consume.ended, self._provision.made, dict(self._consume.committed)
