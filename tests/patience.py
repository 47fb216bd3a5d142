"""How long tests wait: seconds of an idle reference machine, grown by how much slower this one is just now.

A wait ends as soon as what it waits for is there, so patience costs nothing but the time until a red test is red.
"""

import asyncio
import inspect
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from deploy.cli.speed import REFERENCE_S, measure

LONG_S = 20.0
"""Seconds in which anything that starts or settles has done so, on the reference machine."""
TEST_S = 120.0
"""Seconds after which a test hangs, on the reference machine."""
SUITES = 3
"""`make test` runs so many at once."""
MOST = 40.0
"""Beyond this a hang would not end on the day on which it began."""

T = TypeVar("T")


def _slower() -> float:
    crowd = SUITES / min(2, len(os.sched_getaffinity(0)))
    return min(MOST, max(1.0, measure().clock_s / REFERENCE_S) * crowd)


_factor = [_slower()]


def patience(seconds: float) -> float:
    """Return what `seconds` of the reference machine are here: for time-outs, and for windows of time in a test."""
    return seconds * _factor[0]


def _described(holds: Callable[[], Any]) -> str:
    try:
        return " ".join(inspect.getsource(holds).split()) if "<lambda>" in repr(holds) else repr(holds)
    except OSError:
        return repr(holds)


class _Wait:
    """One wait: over when its time is up and the machine is no slower than was thought."""

    def __init__(self, holds: Callable[[], Any], seconds: float, what: str) -> None:
        self._holds, self._seconds, self._what, self._began = holds, seconds, what, time.monotonic()

    def check(self, seen: Any) -> None:
        """Raise AssertionError when it is over, with what was waited for and what was seen last."""
        waited = time.monotonic() - self._began
        if waited < patience(self._seconds):
            return
        _factor[0] = max(_factor[0], _slower())
        assert waited < patience(self._seconds), (
            f"waited {waited:.0f} s ({self._seconds:g} s of an idle reference machine) for "
            f"{self._what or _described(self._holds)}; seen last: {str(seen)[:3000]}"
        )


def until(
    holds: Callable[[], T],
    seconds: float = LONG_S,
    what: str = "",
    every: float = 0.05,
    seen: Callable[[], Any] | None = None,
) -> T:
    """Wait until `holds` gives something true, and return it; a red test says what it waited for and saw last."""
    wait = _Wait(holds, seconds, what)
    while not (found := holds()):
        wait.check(seen() if seen else found)
        time.sleep(every)
    return found


async def eventually(holds: Callable[[], Any], seconds: float = LONG_S, what: str = "", every: float = 0.01) -> Any:
    """Wait until `holds` gives, or its coroutine returns, something true, and return it."""
    wait = _Wait(holds, seconds, what)
    while True:
        found = holds()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        wait.check(found)
        await asyncio.sleep(every)
