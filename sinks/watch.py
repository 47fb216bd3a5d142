"""Alive but stuck: what ends a sink that stands still, so that its supervisor starts it again.

Heartbeats go on while an await never returns, and a blocked loop cannot notice that it is blocked: so the tick is read
by a thread, and progress is judged by offsets that the broker is asked for (measured).
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas import telemetry
from schemas.errors import Transient
from sinks.consume import Consume, Source
from sinks.index import Index
from sinks.provision import Provision
from sinks.writer import Writer

TICK_S = 1.0
BLOCKED_S = 30.0
LOOK_S = 10.0
STUCK_S = 60.0
EX_SOFTWARE = 70
_log = telemetry.logger(__name__)


@dataclass(slots=True)
class Progress:
    """Judges whether offsets stand still; pure, `now` in seconds of any origin."""

    since: float
    committed: dict[int, int] = field(default_factory=dict)

    def stuck(self, committed: Mapping[int, int], ends: Mapping[int, int], excused: bool, now: float) -> bool:
        """Tell whether records have waited for STUCK_S seconds without one being committed, and without excuse."""
        waiting = any(end > committed.get(partition, 0) for partition, end in ends.items())
        if excused or not waiting or committed != self.committed:
            self.since, self.committed = now, dict(committed)
        return now - self.since > STUCK_S


class Watch:
    """Ends the process with code 70 when the loop is blocked or the sink is stuck."""

    def __init__(
        self, end: Callable[[int], object] = os._exit, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._end, self._monotonic = end, monotonic
        self._ticked = monotonic()

    def start(self) -> None:
        """Watch the loop's ticks from a thread, which ends with the process."""
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def tick(self) -> None:
        """The loop runs."""
        self._ticked = self._monotonic()

    def blocked(self) -> bool:
        """Tell whether the loop has not ticked for BLOCKED_S seconds."""
        return self._monotonic() - self._ticked > BLOCKED_S

    def _watch(self) -> None:
        while not self.blocked():
            time.sleep(TICK_S)
        _log.error("worker_stuck", stage="index", seconds=BLOCKED_S, blocked=True)
        self._end(EX_SOFTWARE)

    async def progress(
        self, source: Source, consume: Consume, writer: Writer, index: Index, provision: Provision
    ) -> None:
        """Look every LOOK_S seconds whether the sink is stuck; making indices is progress. Runs until cancelled."""
        progress, made = Progress(self._monotonic()), provision.made
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                # Python 3.11's wait_for may turn a cancellation into a time-out, and this would run for ever.
                async with asyncio.timeout(LOOK_S):
                    ends = await source.ends()
                async with asyncio.timeout(LOOK_S):
                    healthy = await index.healthy()
            except (Transient, TimeoutError):
                # Kafka or Elasticsearch does not answer: standing still is right.
                ends, healthy = {}, False
            excused = writer.in_trouble or not healthy or provision.made > made
            made = provision.made
            if progress.stuck(consume.committed, ends, excused, self._monotonic()):
                _log.error("worker_stuck", stage="index", seconds=STUCK_S, blocked=False)
                self._end(EX_SOFTWARE)
