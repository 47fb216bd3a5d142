"""The watchdog of a worker: ends a process that is alive but stuck, and never one that is only slow.

A worker that gets a tenth of a processor does a tenth of the work: the clock says nothing about it. What it was given
is told by the kernel: seconds on a processor, and seconds in the queue for one. Stuck is who used a minute of processor
and finished nothing, or who slept for a minute with something to do. Heartbeats go on all the while, so that neither
the group nor the broker would tell (measured).
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
"""Seconds, queues aside, after which a loop that does not tick is taken to have something to do."""
CHECK_INTERVAL_S = 1.0
EX_SOFTWARE = 70

log = logger("schemas.runtime.watchdog")


class ThreadTime(NamedTuple):
    """What a thread had so far, in seconds: on a processor, and neither on one nor waiting for one."""

    running: float
    asleep: float


class Progress(NamedTuple):
    """What the watchdog sees in one look: things finished, ticks of the loop, whether something waits to be done."""

    finished: int
    ticks: int
    waiting: bool


_NOTHING_SEEN, _NOTHING_USED = Progress(0, 0, False), ThreadTime(0.0, 0.0)


@dataclass(slots=True)
class ProgressMonitor:
    """Tells slow from stuck, look by look; pure. `stuck_s` is in seconds of processor or of sleep."""

    stuck_s: float = STUCK_S
    blocked_s: float = BLOCKED_S
    _seen: Progress = _NOTHING_SEEN
    _since: ThreadTime = _NOTHING_USED
    _ticked: ThreadTime = _NOTHING_USED

    def check(self, seen: Progress, used: ThreadTime) -> str:
        """Return how the worker is stuck: 'running', 'asleep' or 'blocked'; '' while it is not."""
        if seen.ticks != self._seen.ticks:
            self._ticked = used
        in_one_go = used.running - self._ticked.running + used.asleep - self._ticked.asleep
        waiting = seen.waiting or in_one_go > self.blocked_s
        if seen.finished != self._seen.finished or not waiting:
            self._since = used
        self._seen = seen
        if used.asleep - self._ticked.asleep > self.stuck_s:
            return "blocked"
        if used.running - self._since.running > self.stuck_s:
            return "running"
        return "asleep" if used.asleep - self._since.asleep > self.stuck_s else ""


class Watchdog:
    """Watches the thread that makes it: `finished` and `tick` are called as it goes on, `waiting` is set by others."""

    def __init__(
        self, stage: str, judge: ProgressMonitor | None = None, end: Callable[[int], object] = os._exit
    ) -> None:
        self.waiting = False
        self._stage, self._judge, self._end = stage, judge or ProgressMonitor(STUCK_S), end
        self._finished = self._ticks = 0
        self._used = thread_time_meter(threading.get_native_id())

    def finished(self) -> None:
        """Count one more thing as done."""
        self._finished += 1

    def tick(self) -> None:
        """Say that the loop runs."""
        self._ticks += 1

    def start(self) -> None:
        """Watch from a thread of its own, which ends with the process."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        while not (how := self.look()):
            time.sleep(CHECK_INTERVAL_S)
        log.critical("worker_stuck", stage=self._stage, seconds=round(self._judge.stuck_s), how=how)
        self._end(EX_SOFTWARE)

    def look(self) -> str:
        """Look once; return how the worker is stuck, '' while it is not."""
        return self._judge.check(Progress(self._finished, self._ticks, self.waiting), self._used())


def thread_time_meter(thread_id: int) -> Callable[[], ThreadTime]:
    """Return what tells the seconds that a thread of this process had since now.

    Where the kernel does not tell the time in the queue, that counts as sleep.
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
