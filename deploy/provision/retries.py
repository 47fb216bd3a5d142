"""Retry what a service cannot do now: it may be slow, restarting, or not up yet."""

from collections.abc import Callable
from typing import TypeVar

import stamina

from schemas.errors import Transient
from schemas.runtime.backoff import FIRST_PAUSE_S, LONGEST_PAUSE_S
from schemas.runtime.telemetry import logger

TIMEOUT_S = 120.0
"""A service that its supervisor restarts on a slow machine answers within this time."""

log = logger(__name__)

# The log below names the service; stamina's own entry would repeat it without that.
stamina.instrumentation.set_on_retry_hooks([])

T = TypeVar("T")


def retry_transient(service: str, call: Callable[[], T], timeout_s: float = TIMEOUT_S) -> T:
    """Return the result of an idempotent `call`; repeat it, after growing pauses, while it raises Transient.

    Raises: Transient, the last one, once `timeout_s` seconds have passed; any other error at once.
    """
    number = 0
    attempts = stamina.retry_context(
        Transient,
        attempts=None,
        timeout=timeout_s,
        wait_initial=FIRST_PAUSE_S,
        wait_max=LONGEST_PAUSE_S,
        wait_jitter=0,
    )
    try:
        for attempt in attempts:
            number = attempt.num
            with attempt:
                return _logged(service, call, number, attempt.next_wait)
    except Transient as exc:
        raise Transient(f"{exc}; this was tried {number} times in {timeout_s:.0f} s") from exc
    raise AssertionError("unreachable")


def _logged(service: str, call: Callable[[], T], attempt: int, pause_s: float) -> T:
    try:
        return call()
    except Transient as exc:
        log.warning("service_trouble", service=service, error=str(exc), attempt=attempt, seconds=pause_s)
        raise
