"""Health of one worker: lag checks for the watchdog, and the worker's metrics, written each second."""

import asyncio
import time
from pathlib import Path

from schemas.runtime import process_stats
from schemas.runtime.kafka import end_offsets
from schemas.runtime.telemetry import logger
from schemas.runtime.watchdog import Watchdog
from streams.worker.faust_consumer import Consumer
from streams.worker.stage_runner import Counts

TICK_S = 1.0
LAG_CHECK_S = 5.0

log = logger("streams.worker.health")


class Health:
    """Checks one worker of `stage` that reads from `consumer`."""

    def __init__(
        self, stage: str, counts: Counts, consumer: Consumer, bootstrap: str, home: Path, watchdog: Watchdog
    ) -> None:
        self._stage, self._counts, self._consumer, self._bootstrap, self._home = (
            stage,
            counts,
            consumer,
            bootstrap,
            home,
        )
        self._watchdog = watchdog
        self._positions: dict[tuple[str, int], tuple[int, int]] = {}

    async def watch(self) -> None:
        """Tick, write metrics, and check the lag now and then, until cancelled."""
        self._watchdog.start()
        checked_at = 0.0
        while True:
            self._watchdog.tick()
            self._write()
            if time.monotonic() - checked_at > LAG_CHECK_S:
                checked_at = time.monotonic()
                await self._check_lag()
            await asyncio.sleep(TICK_S)

    async def _check_lag(self) -> None:
        try:
            async with asyncio.timeout(LAG_CHECK_S):
                positions = await self._consumer.positions()
                # The fetcher's own high-water mark stops with the fetcher (measured): the broker is asked.
                ends = await end_offsets(self._bootstrap, list(positions)) if positions else {}
        # A broker that does not answer is for the clients to retry; the worker is not stuck.
        except Exception as exc:
            self._watchdog.waiting = False
            log.warning("health_unknown", stage=self._stage, error=type(exc).__name__)
            return
        if positions != self._positions:
            self._watchdog.finished()
        self._positions = positions
        self._watchdog.waiting = self._consumer.busy or any(positions[tp][0] < end for tp, end in ends.items())

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
