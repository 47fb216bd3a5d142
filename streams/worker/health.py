"""Whether this worker has something to do, asked of the broker for the watchdog; and its figures, each second."""

import asyncio
import time
from pathlib import Path

from schemas.runtime import process_stats
from schemas.runtime.kafka import end_offsets
from schemas.runtime.telemetry import logger
from schemas.runtime.watchdog import Watchdog
from streams.worker.faust_consumer import Lane
from streams.worker.stage_runner import Counts

TICK_S = 1.0
ASK_S = 5.0

log = logger("streams.worker.health")


class Health:
    """Looks after one worker of `stage` that reads from `lane`."""

    def __init__(self, stage: str, counts: Counts, lane: Lane, bootstrap: str, home: Path, watchdog: Watchdog) -> None:
        self._stage, self._counts, self._lane, self._bootstrap, self._home = stage, counts, lane, bootstrap, home
        self._watchdog = watchdog
        self._positions: dict[tuple[str, int], tuple[int, int]] = {}

    async def watch(self) -> None:
        """Tick, write figures, and ask the broker now and then, until cancelled."""
        self._watchdog.start()
        asked = 0.0
        while True:
            self._watchdog.tick()
            self._write()
            if time.monotonic() - asked > ASK_S:
                asked = time.monotonic()
                await self._look()
            await asyncio.sleep(TICK_S)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(ASK_S):
                positions = await self._lane.positions()
                # The fetcher's own high-water mark stands still with the fetcher (measured): the broker is asked.
                ends = await end_offsets(self._bootstrap, list(positions)) if positions else {}
        # A broker that does not answer is the clients' to retry; it is not a stuck worker.
        except Exception as exc:
            self._watchdog.waiting = False
            log.warning("health_unknown", stage=self._stage, error=type(exc).__name__)
            return
        if positions != self._positions:
            self._watchdog.finished()
        self._positions = positions
        self._watchdog.waiting = self._lane.busy or any(positions[tp][0] < end for tp, end in ends.items())

    def _write(self) -> None:
        counts = self._counts
        values = {
            "records": counts.records,
            "outputs": counts.outputs,
            "refused": counts.refused,
            "batches": counts.batches,
            **counts.noticed,
        }
        process_stats.write(self._home, self._stage, values)
