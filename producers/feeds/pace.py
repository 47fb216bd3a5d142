"""Send a feed at a steady rate, as a dispatch system would."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

MAX_LEAD_S = 0.05
MAX_CATCH_UP_S = 1.0
Item = TypeVar("Item")


def paced(
    items: Iterable[Item],
    rate: float,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Item]:
    """Yield items at `rate` per second; after a delay, catch up on at most MAX_CATCH_UP_S seconds of it.

    `monotonic` and `sleep` are in seconds, as those of `time`.
    """
    due = monotonic()
    for item in items:
        now = monotonic()
        due = max(due, now - MAX_CATCH_UP_S)
        if due - now > MAX_LEAD_S:
            sleep(due - now)
        yield item
        due += 1 / rate
