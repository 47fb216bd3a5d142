"""The watchdog of a worker: ends a process that is alive but stuck, and never one that is merely slow.

A worker that gets a tenth of a CPU does a tenth of the work, so wall-clock time proves nothing. The kernel counts what
it got: seconds on a CPU, and seconds in the run queue. A worker is stuck if it used a minute of CPU and finished
nothing, or slept for a minute with work waiting. Kafka's heartbeats go on all the while, so neither the consumer group
nor the broker would notice (measured).
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from schemas.runtime.telemetry import logger

STUCK_S = 60.0
BLOCKED_S = 5.0
"""Seconds without a tick, run queue excluded, after which the loop counts as having work."""
CHECK_INTERVAL_S = 1.0
EX_SOFTWARE = 70

log = logger("schemas.runtime.watchdog")


class ThreadTime(NamedTuple):
    """Seconds that a thread has spent on a CPU, and asleep: neither on a CPU nor in the run queue."""

    running: float
    asleep: float


class Progress(NamedTuple):
    """Progress at one check: units of work finished, ticks of the event loop, whether work is waiting."""

    finished: int
    ticks: int
    waiting: bool


_NO_PROGRESS, _NO_TIME = Progress(0, 0, False), ThreadTime(0.0, 0.0)


@dataclass(slots=True)
class ProgressMonitor:
    """Distinguishes slow from stuck, check by check; pure. `stuck_s` is in seconds of CPU or of sleep."""

    stuck_s: float = STUCK_S
    blocked_s: float = BLOCKED_S
    _last: Progress = _NO_PROGRESS
    _at_progress: ThreadTime = _NO_TIME
    _at_tick: ThreadTime = _NO_TIME

    def check(self, progress: Progress, used: ThreadTime) -> str:
        """Return how the worker is stuck: 'running', 'asleep' or 'blocked'; '' while it is not."""
        if progress.ticks != self._last.ticks:
            self._at_tick = used
        since_tick = used.running - self._at_tick.running + used.asleep - self._at_tick.asleep
        waiting = progress.waiting or since_tick > self.blocked_s
        if progress.finished != self._last.finished or not waiting:
            self._at_progress = used
        self._last = progress
        if used.asleep - self._at_tick.asleep > self.stuck_s:
            return "blocked"
        if used.running - self._at_progress.running > self.stuck_s:
            return "running"
        return "asleep" if used.asleep - self._at_progress.asleep > self.stuck_s else ""


class Watchdog:
    """Watches the thread that creates it: the worker calls `finished` and `tick`, and sets `waiting` if work waits."""

    def __init__(
        self, stage: str, monitor: ProgressMonitor | None = None, end: Callable[[int], object] = os._exit
    ) -> None:
        self.waiting = False
        self._stage, self._monitor, self._end = stage, monitor or ProgressMonitor(STUCK_S), end
        self._finished = self._ticks = 0
        self._thread_time = thread_time_meter(threading.get_native_id())

    def finished(self) -> None:
        """Count a unit of work as finished."""
        self._finished += 1

    def tick(self) -> None:
        """Record that the event loop is running."""
        self._ticks += 1

    def start(self) -> None:
        """Start watching in a daemon thread."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        while not (how := self.check()):
            time.sleep(CHECK_INTERVAL_S)
        log.critical("worker_stuck", stage=self._stage, seconds=round(self._monitor.stuck_s), how=how)
        self._end(EX_SOFTWARE)

    def check(self) -> str:
        """Check once; return how the worker is stuck ('running', 'asleep', 'blocked'), '' while it is not."""
        return self._monitor.check(Progress(self._finished, self._ticks, self.waiting), self._thread_time())


def thread_time_meter(thread_id: int) -> Callable[[], ThreadTime]:
    """Return a function that returns a thread's time in seconds since this call, from /proc/self/task/<id>/schedstat.

    Where the kernel does not report time in the run queue, that time counts as sleep.
    """
    path, began = Path(f"/proc/self/task/{thread_id}/schedstat"), time.monotonic()

    def scheduled() -> tuple[float, float]:
        try:
            running, queued = path.read_text().split()[:2]
        except (OSError, ValueError):
            return time.process_time(), 0.0
        return int(running) / 1e9, int(queued) / 1e9

    first = scheduled()

    def used() -> ThreadTime:
        running, queued = (now - then for now, then in zip(scheduled(), first, strict=True))
        return ThreadTime(running, max(0.0, time.monotonic() - began - running - queued))

    return used
