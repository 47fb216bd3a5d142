"""Repeat what a service cannot do now: it may be slow, restarting, or not up yet."""

from collections.abc import Callable
from itertools import count
from time import monotonic, sleep
from typing import TypeVar

from schemas.errors import Transient
from schemas.runtime.backoff import pause_s
from schemas.runtime.telemetry import logger

PATIENCE_S = 120.0
"""A service that its supervisor restarts on a slow machine answers before that."""

log = logger(__name__)

T = TypeVar("T")


def patiently(service: str, work: Callable[[], T], seconds: float = PATIENCE_S) -> T:
    """Call `work`, which may be repeated without harm, until it raises no Transient; pauses grow between the calls.

    Raises: Transient, the last one, once `seconds` have passed; any other error at once.
    """
    deadline = monotonic() + seconds
    for attempt in count():
        try:
            return work()
        except Transient as exc:
            pause = pause_s(attempt)
            if monotonic() + pause > deadline:
                raise Transient(f"{exc}; this was tried {attempt + 1} times in {seconds:.0f} s") from exc
            log.warning("service_trouble", service=service, error=str(exc), attempt=attempt + 1, seconds=pause)
            sleep(pause)
    raise AssertionError("unreachable")
