"""Whether this worker moves: a thread that ends the process when it is alive but stuck, and its figures.

Heartbeats go on while a stage waits for ever or the loop is blocked, so neither the group nor the fetcher's own
high-water mark would tell (measured): the broker is asked for the ends, and the loop's clock is read from outside it.
"""

import asyncio
import os
import threading
import time
from pathlib import Path

from schemas import figures
from schemas.telemetry import logger
from streams.lane import Lane
from streams.readback import end_offsets
from streams.worker import Worker

LOOP_BLOCKED_S = 45.0
STUCK_S = 60.0
ASK_S = 5.0

log = logger("streams.health")


class Health:
    """Watches one worker: `stuck_for` is how long it has had something to do and did nothing, in seconds."""

    def __init__(self, worker: Worker, lane: Lane, bootstrap: str, home: Path) -> None:
        self._worker, self._lane, self._bootstrap, self._home = worker, lane, bootstrap, home
        self._ticked = time.monotonic()
        self._stuck_since: float | None = None
        self._positions: dict[tuple[str, int], tuple[int, int]] = {}

    async def watch(self) -> None:
        """Tick, write figures, and look for standstill, until cancelled."""
        threading.Thread(target=self._outside, name="health", daemon=True).start()
        asked = 0.0
        while True:
            self._ticked = time.monotonic()
            self._write()
            if self._ticked - asked > ASK_S:
                asked = self._ticked
                await self._look()
            await asyncio.sleep(1.0)

    async def _look(self) -> None:
        try:
            positions = await self._lane.positions()
            ends = await end_offsets(self._bootstrap, list(positions)) if positions else {}
        # A broker that does not answer is the clients' to retry; it is not a stuck worker.
        except Exception as exc:
            log.warning("health_unknown", stage=self._worker.stage.name, error=type(exc).__name__)
            return
        behind = self._lane.busy or any(positions[tp][0] < end for tp, end in ends.items())
        moved = positions != self._positions or time.monotonic() - self._worker.moved_at < ASK_S
        self._positions = positions
        if moved or not behind:
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = time.monotonic()

    def _outside(self) -> None:
        while True:
            time.sleep(1.0)
            now = time.monotonic()
            blocked = now - self._ticked
            stuck = now - (self._stuck_since or now)
            if blocked > LOOP_BLOCKED_S or stuck > STUCK_S:
                log.critical(
                    "worker_stuck",
                    stage=self._worker.stage.name,
                    seconds=round(max(blocked, stuck)),
                    blocked=blocked > stuck,
                )
                os._exit(70)

    def _write(self) -> None:
        counts = self._worker.counts
        values = {
            "records": counts.records,
            "outputs": counts.outputs,
            "refused": counts.refused,
            "batches": counts.batches,
            **counts.noticed,
        }
        figures.write(self._home, self._worker.stage.name, values)
